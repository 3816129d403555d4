/** The JavaScript client: the same telemetry as the Go and Python programs beside it. */
import { DiagLogLevel, diag } from "@opentelemetry/api";

import { emitPoints } from "./emit-points.ts";
import { emitRecords } from "./emit-records.ts";
import { type SpanRef, emitSpans } from "./emit-spans.ts";
import { serviceOf } from "./identity.ts";
import type { ExportOutcome, JsRun } from "./options.ts";

/** What was sent, and what the SDK thought of the answers. */
export interface JsReport {
  readonly service: string;
  /** Ids by span name. */
  readonly spans: Record<string, SpanRef>;
  readonly outcomes: readonly ExportOutcome[];
  /** Warnings and errors that the SDK logged about itself. */
  readonly complaints: readonly string[];
}

function ignore(): void {}

/** Sends spans, metric points and log records, and waits for all answers. */
export async function emit(run: JsRun): Promise<JsReport> {
  const outcomes: ExportOutcome[] = [];
  const complaints: string[] = [];
  function complain(...parts: unknown[]): void {
    complaints.push(parts.map(String).join(" "));
  }
  diag.setLogger(
    { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  try {
    const spans = await emitSpans(run, outcomes);
    await emitPoints(run, outcomes);
    await emitRecords(run, outcomes);

    return { service: serviceOf(run.runId), spans, outcomes, complaints };
  } finally {
    diag.disable();
  }
}
