/** The six OTLP/HTTP exporters of the JavaScript SDK, chosen by signal and encoding. */
import { OTLPLogExporter as JsonLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonMetricExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace";

import { type ExportOutcome, type JsRun, signalUrl } from "./options.ts";

/** Creates the exporter of spans; each export adds to `outcomes`. */
export function createSpanExporter(run: JsRun, outcomes: ExportOutcome[]): SpanExporter {
  const Exporter = run.encoding === "json" ? JsonTraceExporter : ProtoTraceExporter;
  const exporter: SpanExporter = new Exporter(exporterOptions(run, "traces"));

  return watchOutcomes(exporter, "traces", outcomes);
}

/** Creates the exporter of metric points with one temporality; each export adds to `outcomes`. */
export function createMetricExporter(
  run: JsRun,
  temporality: "delta" | "cumulative",
  outcomes: ExportOutcome[],
): PushMetricExporter {
  const Exporter = run.encoding === "json" ? JsonMetricExporter : ProtoMetricExporter;
  const exporter: PushMetricExporter = new Exporter({
    ...exporterOptions(run, "metrics"),
    temporalityPreference:
      temporality === "delta"
        ? AggregationTemporalityPreference.DELTA
        : AggregationTemporalityPreference.CUMULATIVE,
  });

  return watchOutcomes(exporter, "metrics", outcomes);
}

/** Creates the exporter of log records; each export adds to `outcomes`. */
export function createLogExporter(run: JsRun, outcomes: ExportOutcome[]): LogRecordExporter {
  const Exporter = run.encoding === "json" ? JsonLogExporter : ProtoLogExporter;
  const exporter: LogRecordExporter = new Exporter(exporterOptions(run, "logs"));

  return watchOutcomes(exporter, "logs", outcomes);
}

function exporterOptions(
  run: JsRun,
  signal: string,
): { url: string; headers: Record<string, string>; compression: CompressionAlgorithm } {
  return {
    url: signalUrl(run, signal),
    headers: { Authorization: `Bearer ${run.token}` },
    compression: run.compression === "gzip" ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
  };
}

/** The part that the exporters of all signals share. */
interface ExporterOf<Items> {
  export(
    items: Items,
    done: (result: { readonly code: number; readonly error?: Error }) => void,
  ): void;
}

/** The SDK's processors keep the result code to themselves, so it is taken on its way to them. */
function watchOutcomes<Items, Exporter extends ExporterOf<Items>>(
  exporter: Exporter & ExporterOf<Items>,
  signal: ExportOutcome["signal"],
  outcomes: ExportOutcome[],
): Exporter {
  const exportItems = exporter.export.bind(exporter);
  exporter.export = (items, done) => {
    exportItems(items, (result) => {
      outcomes.push({ signal, code: result.code, error: result.error?.message });
      done(result);
    });
  };

  return exporter;
}
