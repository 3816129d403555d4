/** What one query may cost. When it is used up the answer says so and carries a cursor. */

/**
 * KV allows 1,000 operations per request. A query that needs more than these is better continued
 * by a second request than cut off by the platform in the middle.
 */
const LIST_LIMIT = 200;
const READ_LIMIT = 200;
/** Bytes of segments parsed: at some 100 MB/s about a second of CPU. */
const BYTES_LIMIT = 96 * 1024 * 1024;

/** Counts what a query has used. */
export class Budget {
  lists = 0;
  reads = 0;
  bytes = 0;

  /** Whether there is nothing left for another step. */
  isSpent(): boolean {
    return this.lists >= LIST_LIMIT || this.reads >= READ_LIMIT || this.bytes >= BYTES_LIMIT;
  }
}
