/** Blocks of events → segments and the batch record that lists them. */
import { type Result, err, ok } from "../core/result.ts";
import type { EventBlock } from "../events/event-lines.ts";
import type { BatchRecord } from "../segment/batch-record.ts";
import { type SegmentPrefix, formatKey, partCode } from "../segment/key.ts";
import { encodeStored } from "../segment/stored-form.ts";
import { encodeSummary } from "../segment/summary.ts";
import type { StoreError } from "../store/store.ts";
import type { IngestContext } from "./context.ts";

/** What storing needs from outside. */
type StoreContext = Pick<IngestContext, "store" | "buffers" | "log">;

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
  readonly blocks: Iterable<EventBlock>;
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
  { store, buffers, log }: StoreContext,
): Promise<Result<BatchRecord, StoreError>> {
  const keys: string[] = [];
  let eventCount = 0;
  for (const block of batch.blocks) {
    const key = formatKey({
      prefix: batch.prefix,
      timestampMs: batch.receivedAtMs,
      code: partCode(batch.code, keys.length),
    });
    const { value, storedBytes } = encodeStored(block.bytes, block.facts.events);
    const summary = encodeSummary(block, storedBytes);
    const put = await store.putSegment({ key, value, summary });
    if (!put.ok) {
      const failed = { ...completed(batch, keys, eventCount), status: "failed" } as const;
      if (batch.isRecorded && !(await isCompleted(batch.batchId, store))) {
        await putRecord({ ...failed, error: put.error.message }, { store, log });
      }
      return err(put.error);
    }
    buffers.give(block.bytes);
    keys.push(key);
    eventCount += block.facts.events;
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
