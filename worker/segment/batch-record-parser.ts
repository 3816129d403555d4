/** Stored text → batch record. */
import type { BatchRecord, BatchStatus } from "./batch-record.ts";
import { isSegmentPrefix } from "./key.ts";

/** Reads a record; undefined when the text is not one. */
export function parseBatchRecord(text: string): BatchRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isBatchRecord(value) ? value : undefined;
}

function isBatchRecord(value: unknown): value is BatchRecord {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const record: Partial<Record<keyof BatchRecord, unknown>> = value;
  return (
    typeof record.batch_id === "string" &&
    typeof record.signal === "string" &&
    isSegmentPrefix(record.signal) &&
    typeof record.event_count === "number" &&
    typeof record.rejected_count === "number" &&
    typeof record.timestamp === "number" &&
    isStatus(record.status) &&
    Array.isArray(record.events) &&
    record.events.every((key) => typeof key === "string")
  );
}

function isStatus(value: unknown): value is BatchStatus {
  return value === "completed" || value === "processing" || value === "failed";
}
