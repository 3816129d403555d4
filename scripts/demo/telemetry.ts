/** The OpenTelemetry SDK as a program sets it up, once per encoding of the wire. */
import type { Logger, Meter, Tracer } from "@opentelemetry/api";
import { OTLPLogExporter as JsonLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as JsonMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** How requests are encoded. */
export type Encoding = "protobuf" | "json";

/** Where telemetry goes. */
export interface Destination {
  /** Base URL of the gateway, without a trailing slash. */
  readonly endpoint: string;
  readonly apiKey: string;
}

/** What the instrumented part of a program sees of the SDK. */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Sends everything that was recorded and waits for the answers. */
  shutdown(): Promise<void>;
}

/** `service.name` of the demo, the one of the runtime it imitates. */
export const SERVICE_NAME = "pryx-runtime";

/** The tool latencies are recorded under this name, with buckets that adapt to the values. */
export const TOOL_LATENCY = "pryx.tool.latency_ms";

/** Instrumentation scope, as in the runtime. */
const SCOPE_NAME = "pryx-core";
const SCOPE_VERSION = "1.0.0";

/** No export but the one at shutdown. */
const NEVER_MS = 3_600_000;

/**
 * Sets up tracing, logging and metrics for one run of the imitated program.
 *
 * @param destination the gateway
 * @param encoding what the exporters send
 * @param instanceId `service.instance.id`, by which the run's metrics are found again
 */
export function createTelemetry(
  destination: Destination,
  encoding: Encoding,
  instanceId: string,
): Telemetry {
  const resource = resourceFromAttributes({
    "service.name": SERVICE_NAME,
    "service.version": SCOPE_VERSION,
    "service.instance.id": instanceId,
    "device.id": "pryx-demo-device",
    "host.arch": process.arch,
    "host.os": process.platform,
  });
  const exporters = createExporters(destination, encoding);
  const tracers = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter: exporters.spans })],
  });
  const loggers = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: exporters.logs })],
  });
  const meters = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: exporters.metrics,
        exportIntervalMillis: NEVER_MS,
      }),
    ],
    views: [
      {
        instrumentName: TOOL_LATENCY,
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 20 } },
      },
    ],
  });

  return {
    tracer: tracers.getTracer(SCOPE_NAME, SCOPE_VERSION),
    logger: loggers.getLogger(SCOPE_NAME, SCOPE_VERSION),
    meter: meters.getMeter(SCOPE_NAME, SCOPE_VERSION),
    shutdown: async () => {
      await Promise.all([tracers.shutdown(), loggers.shutdown(), meters.shutdown()]);
    },
  };
}

interface Exporters {
  readonly spans: ProtoTraceExporter | JsonTraceExporter;
  readonly logs: ProtoLogExporter | JsonLogExporter;
  readonly metrics: ProtoMetricExporter | JsonMetricExporter;
}

function createExporters({ endpoint, apiKey }: Destination, encoding: Encoding): Exporters {
  const headers = { Authorization: `Bearer ${apiKey}` };
  const traces = { url: `${endpoint}/v1/traces`, headers };
  const metrics = { url: `${endpoint}/v1/metrics`, headers };
  const logs = { url: `${endpoint}/v1/logs`, headers };

  return encoding === "json"
    ? {
        spans: new JsonTraceExporter(traces),
        metrics: new JsonMetricExporter(metrics),
        logs: new JsonLogExporter(logs),
      }
    : {
        spans: new ProtoTraceExporter(traces),
        metrics: new ProtoMetricExporter(metrics),
        logs: new ProtoLogExporter(logs),
      };
}
