/** The store as a contract: what callers may rely on, whatever stands behind it. */
import type { Result } from "../core/result.ts";
import type { BatchRecord } from "../segment/batch-record.ts";

/** Why an operation did not happen. It was retried already where that could help. */
export interface StoreError {
  readonly kind: "store";
  /** whether a later try may succeed: 429, 5xx, a used-up quota */
  readonly isTransient: boolean;
  readonly message: string;
}

/** A segment to write. The value is not changed after the call. */
export interface StoredSegment {
  readonly key: string;
  /** in either of its stored forms (segment/stored-form.ts) */
  readonly value: Uint8Array | string;
  readonly summary: string;
}

/** A key found by {@link Store.list}. */
export interface ListedKey {
  readonly key: string;
  /** whatever stands in the metadata; parse with `decodeSummary` */
  readonly summary: unknown;
}

/** One page of a list. It may be empty without being the last. */
export interface ListPage {
  readonly keys: readonly ListedKey[];
  /** where the next page starts; undefined at the end */
  readonly cursor: string | undefined;
}

/**
 * Consistency: what was written MAY be invisible to reads and lists for 60 s and more, elsewhere
 * and, rarely, here. A read of a missing key MAY make it look missing for as long. Expiry: every
 * entry vanishes by itself after the retention time.
 */
export interface Store {
  /** Writes a segment. When it returns ok, the segment is durable. Writing a key again replaces it. */
  putSegment(segment: StoredSegment): Promise<Result<void, StoreError>>;
  /** Writes a batch record, replacing an earlier one. At most one write per second and id succeeds. */
  putBatch(record: BatchRecord): Promise<Result<void, StoreError>>;
  /** Reads a batch record; undefined when there is none, or none yet. */
  getBatch(batchId: string): Promise<Result<BatchRecord | undefined, StoreError>>;
  /** Lists segment keys with a prefix in ascending byte order, at most 1,000 a page. */
  list(prefix: string, cursor?: string): Promise<Result<ListPage, StoreError>>;
  /**
   * Reads 1 to 100 segments at once; MUST NOT be asked for more than {@link READ_LIMIT_BYTES}
   * together. A segment that is gone is missing from the answer.
   */
  readSegments(keys: readonly string[]): Promise<Result<ReadonlyMap<string, string>, StoreError>>;
}

/** Keys per bulk read (https://developers.cloudflare.com/kv/api/read-key-value-pairs/). */
export const READ_LIMIT_KEYS = 100;
/** KV refuses bulk answers above 25 MB; 20 leave room for keys and for sizes that were unknown. */
export const READ_LIMIT_BYTES = 20 * 1024 * 1024;
