/**
 * The segment keys of one prefix within a time range, newest first, although KV lists oldest first
 * and only by prefix (docs/kv-schema.md, "Reading newest first").
 *
 * A range of 13-digit timestamps is a set of decimal prefixes. The coarsest one is listed; where it
 * does not fit one page it is split into its ten children, the newest first. Sparse data costs one
 * list, dense data about one for each digit plus one for each thousand keys looked at.
 */
import { type Result, ok } from "../core/result.ts";
import { type SegmentPrefix, TIMESTAMP_DIGITS, formatTimestamp, parseKey } from "../segment/key.ts";
import { type Summary, decodeSummary } from "../segment/summary.ts";
import type { ListedKey, Store, StoreError } from "../store/store.ts";
import type { Budget } from "./budget.ts";

/** A segment as a list shows it. */
export interface SegmentRef {
  readonly key: string;
  readonly timestampMs: number;
  readonly code: string;
  /** undefined: unknown, so the segment must be read */
  readonly summary: Summary | undefined;
}

/** A range of received_at, epoch ms, both ends included. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** Fewer keys than this on a page that is not the last: mostly expired ones, so list on. */
const SPARSE_PAGE_KEYS = 500;

/** Keys of one prefix. `refs` grows at its end as more of the past is listed. */
export class KeyStream {
  readonly #store: Store;
  readonly #prefix: SegmentPrefix;
  readonly #range: TimeRange;
  readonly #budget: Budget;
  /** decimal prefixes still to be listed, the newest last */
  readonly #pending: string[];
  /** what was listed and not taken yet, newest first */
  #refs: SegmentRef[] = [];
  /** key of the oldest copy listed so far, by code */
  readonly #oldest = new Map<string, string>();
  /** everything at this time and later has been listed */
  #listedDownToMs = Number.POSITIVE_INFINITY;

  constructor(
    store: Store,
    prefix: SegmentPrefix,
    { range, budget }: { readonly range: TimeRange; readonly budget: Budget },
  ) {
    this.#store = store;
    this.#prefix = prefix;
    this.#range = range;
    this.#budget = budget;
    this.#pending = range.endMs < range.startMs ? [] : [commonDigits(range)];
  }

  /** Puts known keys into the stream instead of listing: those of a batch record. */
  use(keys: readonly string[]): void {
    this.#pending.length = 0;
    this.#add(keys.map((key) => ({ key, summary: undefined })).toSorted(byKey));
  }

  /** The newest segment not taken yet; undefined when none is listed. */
  get head(): SegmentRef | undefined {
    return this.#refs[0];
  }

  /** Takes the head. */
  take(): void {
    this.#refs.shift();
  }

  /** Everything at this time and later has been listed; infinite before the first list. */
  get listedDownToMs(): number {
    return this.isListed ? 0 : this.#listedDownToMs;
  }

  /** Whether everything of the range has been listed. */
  get isListed(): boolean {
    return this.#pending.length === 0;
  }

  /**
   * Whether an older copy of the same batch part has been listed. Native events have random codes:
   * the same one twice is chance.
   */
  isRepeat(ref: SegmentRef): boolean {
    return this.#prefix !== "telemetry" && this.#oldest.get(ref.code) !== ref.key;
  }

  /**
   * Lists until there is a head or nothing is left, as far as the budget goes, but at least a
   * little: a page that finds nothing must still come nearer to the end.
   */
  async fill(): Promise<Result<void, StoreError>> {
    while (
      this.#refs.length === 0 &&
      !this.isListed &&
      (!this.#budget.isSpent() || this.#listedDownToMs === Number.POSITIVE_INFINITY)
    ) {
      const listed = await this.#listNext();
      if (!listed.ok) {
        return listed;
      }
    }
    return ok(undefined);
  }

  /** Lists everything at `timeMs` and later, as far as the budget goes unless that does not matter. */
  async fillDownTo(
    timeMs: number,
    { mayExceedBudget }: { readonly mayExceedBudget: boolean },
  ): Promise<Result<void, StoreError>> {
    while (this.#listedDownToMs > timeMs && !this.isListed) {
      if (!mayExceedBudget && this.#budget.isSpent()) {
        break;
      }
      const listed = await this.#listNext();
      if (!listed.ok) {
        return listed;
      }
    }
    return ok(undefined);
  }

  async #listNext(): Promise<Result<void, StoreError>> {
    const digits = this.#pending.pop() ?? "";
    const listed = await this.#list(digits);
    if (!listed.ok) {
      return listed;
    }
    if (listed.value === undefined) {
      this.#pending.push(...childrenWithin(digits, this.#range));
    } else {
      this.#add(listed.value);
      this.#listedDownToMs = Number(digits.padEnd(TIMESTAMP_DIGITS, "0"));
    }
    return ok(undefined);
  }

  /** Lists one decimal prefix; undefined when it holds more than a page and can be split. */
  async #list(digits: string): Promise<Result<readonly ListedKey[] | undefined, StoreError>> {
    const found: ListedKey[] = [];
    let cursor: string | undefined;
    do {
      this.#budget.lists += 1;
      const page = await this.#store.list(`${this.#prefix}:${digits}`, cursor);
      if (!page.ok) {
        return page;
      }
      found.push(...page.value.keys);
      cursor = page.value.cursor;
      if (
        cursor !== undefined &&
        digits.length < TIMESTAMP_DIGITS &&
        found.length >= SPARSE_PAGE_KEYS
      ) {
        return ok(undefined);
      }
    } while (cursor !== undefined);
    return ok(found);
  }

  #add(listed: readonly ListedKey[]): void {
    const refs: SegmentRef[] = [];
    for (const { key, summary } of listed) {
      const parsed = parseKey(key);
      if (
        parsed !== undefined &&
        parsed.prefix === this.#prefix &&
        parsed.timestampMs >= this.#range.startMs &&
        parsed.timestampMs <= this.#range.endMs
      ) {
        const { timestampMs, code } = parsed;
        refs.push({ key, timestampMs, code, summary: decodeSummary(summary) });
      }
    }
    refs.reverse();
    for (const ref of refs) {
      this.#oldest.set(ref.code, ref.key);
    }
    this.#refs.push(...refs);
  }
}

function byKey(left: ListedKey, right: ListedKey): number {
  return left.key < right.key ? -1 : 1;
}

/** The digits that start and end of a range share. */
function commonDigits({ startMs, endMs }: TimeRange): string {
  const start = formatTimestamp(startMs);
  const end = formatTimestamp(endMs);
  let length = 0;
  while (length < TIMESTAMP_DIGITS && start[length] === end[length]) {
    length += 1;
  }
  return start.slice(0, length);
}

/** The ten children of a decimal prefix that touch the range, the newest last. */
function childrenWithin(digits: string, { startMs, endMs }: TimeRange): readonly string[] {
  return Array.from({ length: 10 }, (_none, digit) => `${digits}${digit}`).filter((child) => {
    const first = Number(child.padEnd(TIMESTAMP_DIGITS, "0"));
    const last = Number(child.padEnd(TIMESTAMP_DIGITS, "9"));
    return last >= startMs && first <= endMs;
  });
}
