/** Late repeats: a body that arrives long after its newest event may have been stored before. */
import { REPEAT_HORIZON_MS } from "../segment/repeats.ts";
import type { IngestContext } from "./context.ts";

/** When a batch arrived, and the latest time in its events. Epoch ms. */
export interface BatchAge {
  readonly receivedAtMs: number;
  readonly lastMs: number;
}

/**
 * Whether this batch is stored already. Asked only of batches that are late, which costs them one
 * KV read; a repeat that comes soon after the first copy is left to the readers.
 *
 * When the record cannot be read the answer is no: a doubled batch is better than a lost one.
 */
export async function isKnownRepeat(
  batchId: string,
  { receivedAtMs, lastMs }: BatchAge,
  { store }: Pick<IngestContext, "store">,
): Promise<boolean> {
  if (receivedAtMs - lastMs <= REPEAT_HORIZON_MS) {
    return false;
  }
  const record = await store.getBatch(batchId);
  return record.ok && record.value?.status === "completed";
}
