import { type Meter, ValueType } from "@opentelemetry/api";
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";

import { createMetricExporter } from "./exporters.ts";
import { SCHEMA_URL, SCOPE_NAME, SCOPE_VERSION, createResource } from "./identity.ts";
import type { ExportOutcome, JsRun } from "./options.ts";
import { shutDown } from "./shut-down.ts";

/** No export but the one at shutdown. */
const NEVER_MS = 3_600_000;

/** Sends one export per temporality: the temporality belongs to the exporter. */
export async function emitPoints(run: JsRun, outcomes: ExportOutcome[]): Promise<void> {
  const programs = [
    { temporality: "cumulative", record: recordCumulative },
    { temporality: "delta", record: recordDelta },
  ] as const;
  for (const { temporality, record } of programs) {
    const reader = new PeriodicExportingMetricReader({
      exporter: createMetricExporter(run, temporality, outcomes),
      exportIntervalMillis: NEVER_MS,
    });
    const provider = new MeterProvider({
      resource: createResource(run),
      readers: [reader],
      views: [
        {
          instrumentName: "pryx.latency_ms",
          aggregation: {
            type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
            options: { boundaries: [10, 100, 1000] },
          },
        },
        {
          instrumentName: "pryx.payload.size",
          aggregation: {
            type: AggregationType.EXPONENTIAL_HISTOGRAM,
            options: { maxSize: 8 },
          },
        },
      ],
    });
    record(provider.getMeter(SCOPE_NAME, SCOPE_VERSION, { schemaUrl: SCHEMA_URL }));
    await shutDown(provider);
  }
}

function recordCumulative(meter: Meter): void {
  const requests = meter.createCounter("pryx.requests", {
    unit: "{request}",
    description: "Total request count",
  });
  requests.add(3, { name: "chat" });
  requests.add(4, { name: "chat" });
  requests.add(1, { name: "tools" });
  meter.createCounter("pryx.tokens", { valueType: ValueType.INT }).add(Number.MAX_SAFE_INTEGER);
  meter.createCounter("pryx.cost", { unit: "USD" }).add(0.75);
  const active = meter.createUpDownCounter("pryx.sessions.active", { valueType: ValueType.INT });
  active.add(5);
  active.add(-7);
  meter.createGauge("pryx.queue.depth", { valueType: ValueType.INT }).record(0);
  meter.createObservableGauge("pryx.load").addCallback((result) => result.observe(-3.5));
  const latency = meter.createHistogram("pryx.latency_ms", {
    description: "Request latency in ms",
  });
  for (const milliseconds of [5, 50, 500, 5000]) {
    latency.record(milliseconds, { name: "chat" });
  }
  latency.record(0.25, { name: "tools" });
  const payload = meter.createHistogram("pryx.payload.size", { unit: "By" });
  for (const size of [0, 1, 2, 4]) {
    payload.record(size);
  }
  payload.record(1024, { name: "chat" });
}

function recordDelta(meter: Meter): void {
  meter
    .createCounter("pryx.errors", { description: "Total error count", valueType: ValueType.INT })
    .add(2, { name: "provider" });
}
