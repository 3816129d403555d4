/** The segments of a query that must be read, newest first, in groups that one read may fetch. */
import { type Result, ok } from "../core/result.ts";
import { SEGMENT_LIMIT_BYTES } from "../segment/limits.ts";
import { REPEAT_HORIZON_MS } from "../segment/repeats.ts";
import { READ_LIMIT_BYTES, READ_LIMIT_KEYS, type Store, type StoreError } from "../store/store.ts";
import type { Budget } from "./budget.ts";
import type { KeyDensity } from "./key-density.ts";
import { KeyStream, type SegmentRef } from "./key-stream.ts";
import type { ScanPlan } from "./plan.ts";
import { type Position, type Query, comparePosition } from "./query.ts";

/** Size taken for a segment whose summary is unreadable. */
const UNKNOWN_SEGMENT_BYTES = SEGMENT_LIMIT_BYTES;
/**
 * Segments in the first group of a query with a filter; each further group may have twice as many.
 * Who finds enough in the first few reads little in vain, who finds little soon reads 100 at once.
 */
const FIRST_GROUP_KEYS = 12;
/** A range that ends this close to now tells how dense keys are now: traffic changes over hours. */
const RECENT_MS = 60 * 60 * 1000;

/** Some segments to read together. */
export interface Group {
  readonly refs: readonly SegmentRef[];
  /** whether no segment is left behind these; false also when the budget ended the listing */
  readonly isLast: boolean;
}

/** What a walk needs from outside. */
export interface WalkContext {
  readonly store: Store;
  readonly density: KeyDensity;
  readonly budget: Budget;
  readonly plan: ScanPlan;
}

/** One walk from the newest segment to the oldest. */
export class SegmentWalk {
  readonly #streams: readonly KeyStream[];
  readonly #query: Query;
  readonly #budget: Budget;
  readonly #plan: ScanPlan;
  #groupKeys = FIRST_GROUP_KEYS;
  /** the last segment taken, whether it was read, ruled out or skipped */
  #last: Position | undefined;

  private constructor(
    streams: readonly KeyStream[],
    query: Query,
    { budget, plan }: Pick<WalkContext, "budget" | "plan">,
  ) {
    this.#streams = streams;
    this.#query = query;
    this.#budget = budget;
    this.#plan = plan;
    this.#last = query.after;
  }

  /** Starts a walk. The segments of batches are found by their records, without listing. */
  static async open(query: Query, context: WalkContext): Promise<Result<SegmentWalk, StoreError>> {
    const { store, density, budget, plan } = context;
    const { batchIds, range, oldestMs, nowMs, after } = query;
    // Newer copies of what comes next may have been answered: they must be known.
    const passMs = after?.timestampMs ?? range.endMs;
    const rest = { ...range, endMs: Math.min(range.endMs, passMs + REPEAT_HORIZON_MS) };
    const isRecent = Math.abs(nowMs - rest.endMs) <= RECENT_MS;
    const options = { range: rest, oldestMs, passMs, budget, density, isRecent };
    const streams = plan.prefixes.map((prefix) => new KeyStream(store, prefix, options));
    const walk = new SegmentWalk(streams, query, context);
    const keys: string[] = [];
    for (const batchId of batchIds) {
      budget.reads += 1;
      budget.segments += 1;
      const record = await store.getBatch(batchId);
      if (!record.ok) {
        return record;
      }
      if (record.value?.status !== "completed") {
        // Unknown, or lost while the events were stored, or of a first try that failed half-way
        // while the record of the second was lost: look everywhere.
        return ok(walk);
      }
      keys.push(...record.value.events);
    }
    if (batchIds.length > 0) {
      for (const stream of streams) {
        stream.use(keys);
      }
    }
    return ok(walk);
  }

  /**
   * Takes the next segments that must be read: as many as one read may fetch, or as are needed.
   *
   * @param wantedEvents how many events are still to be found; it counts only where every event of
   *   a segment is one of them
   */
  async nextGroup(wantedEvents: number): Promise<Result<Group, StoreError>> {
    const refs: SegmentRef[] = [];
    let bytes = 0;
    let storedBytes = 0;
    let events = 0;
    for (;;) {
      if (refs.length > 0 && this.#plan.takesEveryEvent && events >= wantedEvents) {
        // Before the next list, not after it.
        return this.#group(refs, { isLast: false });
      }
      const filled = await this.#fill();
      if (!filled.ok) {
        return filled;
      }
      const stream = this.#newest();
      const ref = stream?.head;
      if (stream === undefined || ref === undefined) {
        return this.#group(refs, { isLast: this.#streams.every(({ isListed }) => isListed) });
      }
      if (!this.#isListedDownTo(ref.timestampMs)) {
        return this.#group(refs, { isLast: false });
      }
      if (ref.isRepeat || this.#isAnswered(ref) || this.#plan.isPruned(ref)) {
        this.#take(stream, ref);
        continue;
      }
      const size = ref.summary?.bytes ?? UNKNOWN_SEGMENT_BYTES;
      const storedSize = ref.summary?.storedBytes ?? UNKNOWN_SEGMENT_BYTES;
      const isFull =
        refs.length >= (this.#plan.takesEveryEvent ? READ_LIMIT_KEYS : this.#groupKeys) ||
        bytes + size > this.#budget.bytesLeft ||
        storedBytes + storedSize > READ_LIMIT_BYTES;
      if (refs.length > 0 && isFull) {
        return this.#group(refs, { isLast: false });
      }
      this.#take(stream, ref);
      refs.push(ref);
      bytes += size;
      storedBytes += storedSize;
      events += ref.summary?.events ?? 1;
    }
  }

  /**
   * How far the walk came: every segment in front of this place has been taken, and none behind
   * it. The place of the last segment taken, or, where a walk ran out of budget before it found
   * one, in front of the segments that were listed and not taken, and of all that were not listed.
   */
  get place(): Position {
    const aheadMs = this.#streams.map(
      (stream) => stream.head?.timestampMs ?? stream.listedDownToMs - 1,
    );
    // Keys begin with a letter, so this is in front of all keys of its millisecond.
    const passed = { timestampMs: Math.max(...aheadMs), key: "~", row: 0 };
    return this.#last === undefined || comparePosition(this.#last, passed) < 0
      ? passed
      : this.#last;
  }

  #group(refs: readonly SegmentRef[], { isLast }: Pick<Group, "isLast">): Result<Group, never> {
    this.#groupKeys = Math.min(this.#groupKeys * 2, READ_LIMIT_KEYS);
    return ok({ refs, isLast });
  }

  #take(stream: KeyStream, { timestampMs, key }: SegmentRef): void {
    stream.take();
    if (!this.#isAnswered({ timestampMs, key })) {
      this.#last = { timestampMs, key, row: 0 };
    }
  }

  /**
   * Lists until the newest segment is known, as far as the budget goes. A stream whose next segment
   * can only be older than another's is left alone: the walk may never come that far.
   */
  async #fill(): Promise<Result<void, StoreError>> {
    for (;;) {
      const newestMs = this.#newest()?.head?.timestampMs ?? 0;
      const behind = this.#streams.filter(
        (stream) =>
          stream.head === undefined && stream.listedDownToMs > newestMs && stream.canAdvance,
      );
      if (behind.length === 0) {
        return ok(undefined);
      }
      const advanced = await this.#advance(behind);
      const failed = advanced.find((result) => !result.ok);
      if (failed !== undefined) {
        return failed;
      }
    }
  }

  /**
   * Streams go on together, unless all begin without an idea of how dense keys are, as in a new
   * isolate: then one goes ahead, and the others begin with what it has seen. That is a list less for
   * each of them where keys are dense, and a list to wait for only where they are sparse.
   */
  async #advance(streams: readonly KeyStream[]): Promise<readonly Result<void, StoreError>[]> {
    const [first, ...others] = streams.filter(({ estimate }) => estimate.isBlind);
    if (first === undefined || others.length === 0) {
      return Promise.all(streams.map((stream) => stream.advance()));
    }
    const advanced = await first.advance();
    for (const stream of others) {
      stream.estimate.suppose(first.estimate.keysPerMs);
    }
    return [advanced];
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

  /** Whether a segment stands before the place where the last page ended. */
  #isAnswered(ref: Pick<SegmentRef, "timestampMs" | "key">): boolean {
    const { after } = this.#query;
    const order = after === undefined ? 1 : comparePosition(ref, after);
    return order < 0 || (order === 0 && after?.row === 0);
  }
}
