/** Blocks of events → segments, and the batch record that lists them. */
import { type Result, err, ok } from "../core/result.ts";
import type { EventBlock } from "../events/segment-facts.ts";
import type { BatchRecord } from "../segment/batch-record.ts";
import { type SegmentPrefix, formatKey, partCode } from "../segment/key.ts";
import { encodeStored } from "../segment/stored-form.ts";
import { encodeSummary } from "../segment/summary.ts";
import type { StoreError } from "../store/store.ts";
import type { IngestContext } from "./context.ts";

/** What storing needs from outside. */
type StoreContext = Pick<IngestContext, "store" | "log">;

/** A segment as it will be stored, but for its key. */
export interface EncodedSegment {
  readonly value: Uint8Array | string;
  readonly storedBytes: number;
  readonly summary: string;
  readonly events: number;
}

/** Makes the stored form of a block, whose bytes may be overwritten afterwards. */
export function encodeSegment(block: EventBlock): EncodedSegment {
  const { events } = block.facts;
  const { value, storedBytes } = encodeStored(block.bytes, events);
  const summary = encodeSummary(block, storedBytes);
  return { value: value === block.bytes ? value.slice() : value, storedBytes, summary, events };
}

/** A batch to store. */
export interface Batch {
  readonly batchId: string;
  readonly prefix: SegmentPrefix;
  /** the code of the first segment's key */
  readonly code: string;
  readonly receivedAtMs: number;
  readonly rejectedCount: number;
  /** whether a batch record is written: events of `ingest` are no batch and save that write */
  readonly isRecorded: boolean;
  readonly segments: Iterable<EncodedSegment>;
}

/**
 * Writes the segments, then the batch record: 2 KV writes for a batch that fits one segment.
 *
 * Data comes first. When a segment cannot be written the record says `failed`, where KV takes it,
 * and the caller must not acknowledge. A record that cannot be written changes nothing: the events
 * are stored, and the log has the failure.
 *
 * @returns the record as it was to be written
 */
export async function storeBatch(
  batch: Batch,
  { store, log }: StoreContext,
): Promise<Result<BatchRecord, StoreError>> {
  const keys: string[] = [];
  let eventCount = 0;
  for (const { value, summary, events } of batch.segments) {
    const key = formatKey({
      prefix: batch.prefix,
      timestampMs: batch.receivedAtMs,
      code: partCode(batch.code, keys.length),
    });
    const put = await store.putSegment({ key, value, summary });
    if (!put.ok) {
      const failed = { ...completed(batch, keys, eventCount), status: "failed" } as const;
      if (batch.isRecorded && !(await isCompleted(batch.batchId, store))) {
        await putRecord({ ...failed, error: put.error.message }, { store, log });
      }
      return err(put.error);
    }
    keys.push(key);
    eventCount += events;
  }
  const record = completed(batch, keys, eventCount);
  if (batch.isRecorded) {
    await putRecord(record, { store, log });
  }
  return ok(record);
}

function completed(batch: Batch, keys: readonly string[], eventCount: number): BatchRecord {
  return {
    batch_id: batch.batchId,
    signal: batch.prefix,
    event_count: eventCount,
    rejected_count: batch.rejectedCount,
    timestamp: batch.receivedAtMs,
    status: "completed",
    events: keys,
  };
}

/** A repeat that fails changes nothing about the copy that was stored before. */
async function isCompleted(batchId: string, store: IngestContext["store"]): Promise<boolean> {
  const known = await store.getBatch(batchId);
  return known.ok && known.value?.status === "completed";
}

async function putRecord(
  record: BatchRecord,
  { store, log }: Pick<StoreContext, "store" | "log">,
): Promise<void> {
  const put = await store.putBatch(record);
  if (!put.ok) {
    log("error", "batch_record_lost", { batch_id: record.batch_id, reason: put.error.message });
  }
}
