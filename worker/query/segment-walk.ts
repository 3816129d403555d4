/** The segments of a query's range and signals, newest first, in groups that one read may fetch. */
import { type Result, ok } from "../core/result.ts";
import { SEGMENT_LIMIT_BYTES } from "../segment/limits.ts";
import { REPEAT_HORIZON_MS } from "../segment/repeats.ts";
import { READ_LIMIT_BYTES, READ_LIMIT_KEYS, type Store, type StoreError } from "../store/store.ts";
import type { Budget } from "./budget.ts";
import { KeyStream, type SegmentRef } from "./key-stream.ts";
import { matchesAll } from "./match.ts";
import { type Position, type Query, comparePosition } from "./query.ts";

/** Size taken for a segment whose summary is unreadable. */
const UNKNOWN_SEGMENT_BYTES = SEGMENT_LIMIT_BYTES;

/** Some segments to read together. */
export interface Group {
  readonly refs: readonly SegmentRef[];
  /** size of their values together, as far as the summaries tell */
  readonly bytes: number;
  /** whether no segment is left behind these; false also when the budget ended the listing */
  readonly isLast: boolean;
}

/** One walk from the newest segment to the oldest. */
export class SegmentWalk {
  readonly #streams: readonly KeyStream[];
  readonly #query: Query;

  private constructor(streams: readonly KeyStream[], query: Query) {
    this.#streams = streams;
    this.#query = query;
  }

  /** Starts a walk. The segments of batches are found by their records, without listing. */
  static async open(
    query: Query,
    store: Store,
    budget: Budget,
  ): Promise<Result<SegmentWalk, StoreError>> {
    const { filters, startMs, endMs, after } = query;
    const range = { startMs, endMs: Math.min(endMs, after?.timestampMs ?? endMs) };
    const streams = filters.signals.map(
      (prefix) => new KeyStream(store, prefix, { range, budget }),
    );
    const keys: string[] = [];
    for (const batchId of filters.batchIds) {
      budget.reads += 1;
      const record = await store.getBatch(batchId);
      if (!record.ok) {
        return record;
      }
      if (record.value?.status !== "completed") {
        // Unknown, or lost while the events were stored, or of a first try that failed half-way
        // while the record of the second was lost: look everywhere.
        return ok(new SegmentWalk(streams, query));
      }
      keys.push(...record.value.events);
    }
    if (filters.batchIds.length > 0) {
      for (const stream of streams) {
        stream.use(keys);
      }
    }
    return ok(new SegmentWalk(streams, query));
  }

  /**
   * Takes the next segments: as many as one read may fetch, or as are needed.
   *
   * @param wantedEvents how many events are still to be found
   */
  async nextGroup(wantedEvents: number): Promise<Result<Group, StoreError>> {
    const isPlain = matchesAll(this.#query.filters);
    const refs: SegmentRef[] = [];
    let bytes = 0;
    let events = 0;
    for (;;) {
      const filled = await this.#fill();
      if (!filled.ok) {
        return filled;
      }
      const stream = this.#newest();
      const ref = stream?.head;
      if (stream === undefined || ref === undefined) {
        return ok({ refs, bytes, isLast: this.#streams.every(({ isListed }) => isListed) });
      }
      if (!this.#isListedDownTo(ref.timestampMs)) {
        return ok({ refs, bytes, isLast: false });
      }
      const size = ref.summary?.bytes ?? UNKNOWN_SEGMENT_BYTES;
      const isFull = refs.length >= READ_LIMIT_KEYS || bytes + size > READ_LIMIT_BYTES;
      if (refs.length > 0 && (isFull || (isPlain && events >= wantedEvents))) {
        return ok({ refs, bytes, isLast: false });
      }
      const verdict = await this.#judge(stream, ref, { mayExceedBudget: refs.length === 0 });
      if (!verdict.ok) {
        return verdict;
      }
      if (verdict.value === "unknown") {
        return ok({ refs, bytes, isLast: false });
      }
      stream.take();
      if (verdict.value === "show") {
        refs.push(ref);
        bytes += size;
        events += ref.summary?.events ?? 1;
      }
    }
  }

  /**
   * How far a walk came that ran out of budget before it found a segment: a place in front of the
   * segments that were listed and not taken, and of all that were not listed.
   */
  passed(): Position {
    const aheadMs = this.#streams.map(
      (stream) => stream.head?.timestampMs ?? stream.listedDownToMs - 1,
    );
    // Keys begin with a letter, so this is in front of all keys of its millisecond.
    return { timestampMs: Math.max(...aheadMs), key: "~", row: 0 };
  }

  async #fill(): Promise<Result<void, StoreError>> {
    for (const stream of this.#streams) {
      const filled = await stream.fill();
      if (!filled.ok) {
        return filled;
      }
    }
    return ok(undefined);
  }

  /** Whether no stream may still list a segment of this time or later: else the order is not known. */
  #isListedDownTo(timeMs: number): boolean {
    return this.#streams.every(
      (stream) => stream.head !== undefined || stream.listedDownToMs <= timeMs,
    );
  }

  #newest(): KeyStream | undefined {
    let best: KeyStream | undefined;
    for (const stream of this.#streams) {
      const bestHead = best?.head;
      if (
        stream.head !== undefined &&
        (bestHead === undefined || comparePosition(stream.head, bestHead) < 0)
      ) {
        best = stream;
      }
    }
    return best;
  }

  /**
   * Whether a segment is shown: not before the place where the last page ended, and not when it
   * repeats a batch whose first copy lies in the range, at most {@link REPEAT_HORIZON_MS} older.
   * The oldest copy counts, so the choice is the same on every page, whatever arrives meanwhile.
   *
   * @returns "unknown" only when the budget may not be exceeded; each page decides on one segment
   *   at least, so that paging comes to an end
   */
  async #judge(
    stream: KeyStream,
    ref: SegmentRef,
    { mayExceedBudget }: { readonly mayExceedBudget: boolean },
  ): Promise<Result<"show" | "skip" | "unknown", StoreError>> {
    const { after, startMs } = this.#query;
    if (after !== undefined) {
      const order = comparePosition(ref, after);
      if (order < 0 || (order === 0 && after.row === 0)) {
        return ok("skip");
      }
    }
    const horizonMs = Math.max(startMs, ref.timestampMs - REPEAT_HORIZON_MS);
    const filled = await stream.fillDownTo(horizonMs, { mayExceedBudget });
    if (!filled.ok) {
      return filled;
    }
    if (stream.listedDownToMs > horizonMs) {
      // The budget is spent.
      return ok("unknown");
    }
    return ok(stream.isRepeat(ref) ? "skip" : "show");
  }
}
