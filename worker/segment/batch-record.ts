/** The status record of a batch, under `batch:{batch_id}` (docs/kv-schema.md). */
import type { SegmentPrefix } from "./key.ts";

/** How a batch ended. `processing` is for work that goes on after the answer; nothing does yet. */
export type BatchStatus = "completed" | "processing" | "failed";

/** What is stored, and what `GET /api/telemetry/batch/:batchId` answers. */
export interface BatchRecord {
  readonly batch_id: string;
  readonly signal: SegmentPrefix;
  /** events stored */
  readonly event_count: number;
  /** items that were not stored because they were malformed */
  readonly rejected_count: number;
  /** when the gateway received the batch, epoch ms */
  readonly timestamp: number;
  readonly status: BatchStatus;
  /** keys of the segments that hold the events */
  readonly events: readonly string[];
  /** why it failed */
  readonly error?: string;
}

const PREFIX = "batch:";
/** KV keys take 512 bytes; the prefix and some room for later suffixes are kept free. */
export const BATCH_ID_LIMIT = 256;
const BATCH_ID = /^[\x21-\x7e]+$/;

/** The key of a batch's record. */
export function batchKey(batchId: string): string {
  return `${PREFIX}${batchId}`;
}

/** Whether a client may use this text as a batch id: 1 to 256 printable ASCII characters. */
export function isBatchId(text: string): boolean {
  return text.length <= BATCH_ID_LIMIT && BATCH_ID.test(text);
}
