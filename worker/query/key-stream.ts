/**
 * The segment keys of one prefix within a time range, newest first, although KV lists oldest first
 * and only by prefix (docs/kv-schema.md, "Reading newest first").
 *
 * A decimal prefix of the 13-digit timestamp is a block of time. Blocks are listed from the newest
 * to the oldest, each as coarse as it may be without having to be listed in more pages than it is
 * worth: how dense the keys are is learnt from the lists before. Sparse data costs one list; the
 * newest of dense data costs two or three; everything costs about one list for each thousand keys.
 */
import { type Result, ok } from "../core/result.ts";
import { type SegmentPrefix, TIMESTAMP_DIGITS, formatTimestamp, parseKey } from "../segment/key.ts";
import { type Summary, decodeSummary } from "../segment/summary.ts";
import type { ListedKey, Store, StoreError } from "../store/store.ts";
import type { Budget } from "./budget.ts";
import type { TimeRange } from "./query.ts";

/** A segment as a list shows it. */
export interface SegmentRef {
  readonly key: string;
  readonly prefix: SegmentPrefix;
  readonly timestampMs: number;
  readonly code: string;
  /** undefined: unknown, so the segment must be read */
  readonly summary: Summary | undefined;
}

/** KV's: keys on a full page. */
const PAGE_KEYS = 1000;
/** Keys a block should have for each page it may take: room for a guess that was too low. */
const AIM_KEYS = 700;
/** Fewer keys than this on a page that is not the last: mostly expired ones, so list on. */
const SPARSE_PAGE_KEYS = 500;
/**
 * Pages a block may take, at most; the first takes one, a later one as many as there were blocks
 * before it. Who wants ten events lists little in vain, who wants all of them lists full pages.
 */
const BLOCK_LIMIT_PAGES = 8;
/** What was seen before counts this much less with each block: traffic comes and goes. */
const MEMORY_RATIO = 8;
/**
 * The first block may hold this much more time than the range, as far as anything is stored there.
 * A finer one is cheaper where data is dense; where it is sparse it may cost a list more.
 */
const FIRST_BLOCK_RATIO = 100;

/** What {@link KeyStream} lists and at whose cost. */
export interface KeyStreamOptions {
  readonly range: TimeRange;
  /** nothing older than this is stored any more, epoch ms */
  readonly oldestMs: number;
  readonly budget: Budget;
}

/** Keys of one prefix. */
export class KeyStream {
  readonly prefix: SegmentPrefix;
  readonly #store: Store;
  readonly #range: TimeRange;
  readonly #oldestMs: number;
  readonly #budget: Budget;
  /** what was listed, newest first; those before {@link #taken} have been taken */
  readonly #refs: SegmentRef[] = [];
  #taken = 0;
  /** key of the oldest copy listed so far, by code */
  readonly #oldest = new Map<string, string>();
  /** everything at this time and later has been listed */
  #listedDownToMs: number;
  #blocksListed = 0;
  /** keys seen, and the time they cover: how dense keys are; no time: nothing is known yet */
  #seenKeys = 0;
  #seenMs = 0;
  /** digits the next block has at least: coarser ones did not fit */
  #minDigits = 0;

  constructor(store: Store, prefix: SegmentPrefix, { range, oldestMs, budget }: KeyStreamOptions) {
    this.#store = store;
    this.prefix = prefix;
    this.#range = range;
    this.#oldestMs = oldestMs;
    this.#budget = budget;
    this.#listedDownToMs = range.endMs + 1;
  }

  /** Puts known keys into the stream instead of listing: those of a batch record. */
  use(keys: readonly string[]): void {
    this.#add(keys.map((key) => ({ key, summary: undefined })).toSorted(byKey));
    this.#listedDownToMs = this.#range.startMs;
  }

  /** The newest segment not taken yet; undefined when none is listed. */
  get head(): SegmentRef | undefined {
    return this.#refs[this.#taken];
  }

  /** Takes the head. */
  take(): void {
    this.#taken += 1;
  }

  /** Everything at this time and later has been listed; 0 at the end. */
  get listedDownToMs(): number {
    return this.isListed ? 0 : this.#listedDownToMs;
  }

  /** Whether everything of the range has been listed. */
  get isListed(): boolean {
    return this.#listedDownToMs <= this.#range.startMs;
  }

  /**
   * Whether an older copy of the same batch part has been listed. Native events have random codes:
   * the same one twice is chance.
   */
  isRepeat(ref: SegmentRef): boolean {
    return this.prefix !== "telemetry" && this.#oldest.get(ref.code) !== ref.key;
  }

  /**
   * Lists until there is a head or nothing is left, as far as the budget goes, but at least one
   * block: a page that finds nothing must still come nearer to the end.
   */
  async fill(): Promise<Result<void, StoreError>> {
    while (
      this.head === undefined &&
      !this.isListed &&
      (this.#budget.spent === undefined || this.#blocksListed === 0)
    ) {
      const listed = await this.#listBlock(0);
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
    while (this.listedDownToMs > timeMs) {
      if (!mayExceedBudget && this.#budget.spent !== undefined) {
        break;
      }
      const listed = await this.#listBlock(this.#listedDownToMs - timeMs);
      if (!listed.ok) {
        return listed;
      }
    }
    return ok(undefined);
  }

  /**
   * Lists the next block; where it does not fit, only what it tells about finer ones is kept.
   *
   * @param neededMs how much time must be listed, in this block or several
   */
  async #listBlock(neededMs: number): Promise<Result<void, StoreError>> {
    const digits = this.#nextBlock(neededMs);
    const pagesAllowed = neededMs > 0 ? BLOCK_LIMIT_PAGES : this.#pagesOfBlock;
    const found: ListedKey[] = [];
    let cursor: string | undefined;
    do {
      this.#budget.lists += 1;
      const page = await this.#store.list(`${this.prefix}:${digits}`, cursor);
      if (!page.ok) {
        return page;
      }
      found.push(...page.value.keys);
      cursor = page.value.cursor;
      const isFull = found.length >= (pagesAllowed - 1) * PAGE_KEYS + SPARSE_PAGE_KEYS;
      if (cursor !== undefined && isFull && digits.length < TIMESTAMP_DIGITS) {
        this.#minDigits = digits.length + 1;
        this.#seenKeys = found.length;
        this.#seenMs = spanMsOf(found);
        return ok(undefined);
      }
    } while (cursor !== undefined);
    const startMs = Number(digits.padEnd(TIMESTAMP_DIGITS, "0"));
    this.#seenKeys = this.#seenKeys / MEMORY_RATIO + this.#add(found);
    this.#seenMs = this.#seenMs / MEMORY_RATIO + this.#listedDownToMs - startMs;
    this.#blocksListed += 1;
    this.#minDigits = 0;
    this.#listedDownToMs = startMs;
    return ok(undefined);
  }

  /** How many pages the next block is worth. */
  get #pagesOfBlock(): number {
    return Math.min(Math.max(this.#blocksListed, 1), BLOCK_LIMIT_PAGES);
  }

  /** The block that ends where the listed ones begin, as coarse as it may be. */
  #nextBlock(neededMs: number): string {
    const newestMs = this.#listedDownToMs - 1;
    const { startMs } = this.#range;
    const newest = formatTimestamp(newestMs);
    const limitMs =
      this.#seenMs === 0 ? (newestMs - startMs + 1) * FIRST_BLOCK_RATIO : this.#worthMs(neededMs);
    // Blocks that reach back to where nothing is stored are no longer than that.
    const storedMs = Math.max(newestMs - Math.min(this.#oldestMs, startMs), 0);
    let length = Math.max(commonLength(formatTimestamp(startMs), newest), this.#minDigits);
    while (
      length < TIMESTAMP_DIGITS &&
      Math.min(10 ** (TIMESTAMP_DIGITS - length), storedMs) > limitMs
    ) {
      length += 1;
    }
    return newest.slice(0, length);
  }

  /** How long a block may be by what is known of the keys' density. */
  #worthMs(neededMs: number): number {
    const msPerKey = this.#seenMs / this.#seenKeys;
    const wantedMs = AIM_KEYS * this.#pagesOfBlock * msPerKey;
    // Blocks are powers of ten: one that is up to ten times what is needed may be the shortest way.
    const neededBlockMs = Math.min(PAGE_KEYS * BLOCK_LIMIT_PAGES * msPerKey, neededMs * 10);
    return Math.max(wantedMs, neededBlockMs);
  }

  /** @returns how many keys are new and within the range */
  #add(listed: readonly ListedKey[]): number {
    let count = 0;
    for (const { key, summary } of listed.toReversed()) {
      const parsed = parseKey(key);
      if (
        parsed !== undefined &&
        parsed.prefix === this.prefix &&
        parsed.timestampMs >= this.#range.startMs &&
        // Later ones were in the block before, which lay within this one.
        parsed.timestampMs < this.#listedDownToMs
      ) {
        count += 1;
        this.#oldest.set(parsed.code, key);
        this.#refs.push({ key, ...parsed, summary: decodeSummary(summary) });
      }
    }
    return count;
  }
}

function byKey(left: ListedKey, right: ListedKey): number {
  return left.key < right.key ? -1 : 1;
}

/** The time that the keys of a page cover. */
function spanMsOf(listed: readonly ListedKey[]): number {
  const firstMs = parseKey(listed[0]?.key ?? "")?.timestampMs ?? 0;
  const lastMs = parseKey(listed.at(-1)?.key ?? "")?.timestampMs ?? 0;
  return lastMs - firstMs + 1;
}

/** How many digits two timestamps share. */
function commonLength(left: string, right: string): number {
  let length = 0;
  while (length < TIMESTAMP_DIGITS && left[length] === right[length]) {
    length += 1;
  }
  return length;
}
