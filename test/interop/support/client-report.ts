/** The line that the Go and Python programs print about what they sent. */
import { randomBytes } from "node:crypto";

import type { SpanRefs } from "../expected/spans.ts";
import type { RunResult } from "./run-program.ts";
import { isRecord } from "./stored-events.ts";

/** What one run of a client sent. */
export interface ClientReport {
  readonly service: string;
  readonly spans: SpanRefs;
  readonly counts: { readonly spans: number; readonly points: number; readonly logs: number };
}

/** A name for one run that no other run has. */
export function createRunId(client: string): string {
  return `${client}-${randomBytes(4).toString("hex")}`;
}

/**
 * Parses the report of a client that succeeded.
 *
 * @throws Error with the client's own words when it failed or printed something else
 */
export function parseReport(result: RunResult): ClientReport {
  if (result.code !== 0) {
    throw new Error(`The client ended with code ${result.code}: ${result.stderr}`);
  }
  const report: unknown = JSON.parse(result.stdout);
  if (!isReport(report)) {
    throw new Error(`Cannot read the report of the client: ${result.stdout}`);
  }

  return report;
}

function isReport(value: unknown): value is ClientReport {
  if (!isRecord(value) || typeof value["service"] !== "string") {
    return false;
  }
  const { spans, counts } = value;

  return isRecord(spans) && Object.values(spans).every(isSpanRef) && isRecord(counts);
}

function isSpanRef(value: unknown): boolean {
  return (
    isRecord(value) && typeof value["trace_id"] === "string" && typeof value["span_id"] === "string"
  );
}
