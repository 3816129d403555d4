import { ROOT_CONTEXT, SeverityNumber, trace } from "@opentelemetry/api";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";

import { createLogExporter } from "./exporters.ts";
import { REMOTE, SCHEMA_URL, SCOPE_NAME, SCOPE_VERSION, at, createResource } from "./identity.ts";
import type { ExportOutcome, JsRun } from "./options.ts";
import { shutDown } from "./shut-down.ts";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL4"] as const;

/** Sends a record per level, and one with a structured body and a trace context. */
export async function emitRecords(run: JsRun, outcomes: ExportOutcome[]): Promise<void> {
  const provider = new LoggerProvider({
    resource: createResource(run),
    processors: [new BatchLogRecordProcessor({ exporter: createLogExporter(run, outcomes) })],
  });
  const logger = provider.getLogger(SCOPE_NAME, SCOPE_VERSION, {
    schemaUrl: SCHEMA_URL,
    attributes: { "scope.purpose": "interop" },
  });

  for (const [index, level] of LEVELS.entries()) {
    logger.emit({
      timestamp: at(index),
      observedTimestamp: at(index, 1000),
      context: ROOT_CONTEXT,
      severityNumber: SeverityNumber[level],
      severityText: level,
      body: `level ${level}`,
      attributes: { index },
    });
  }
  logger.emit({
    timestamp: at(100),
    observedTimestamp: at(100, 1000),
    context: trace.setSpanContext(ROOT_CONTEXT, REMOTE),
    severityNumber: SeverityNumber.INFO2,
    severityText: "INFO2",
    eventName: "session.finished",
    body: { message: "done", ratio: 2.5, steps: ["plan", { ok: true }] },
    attributes: { payload: new Uint8Array([0xde, 0xad, 0xbe, 0xef]), "session.id": "s-0001" },
  });
  await shutDown(provider);
}
