/**
 * The segment keys of one prefix within a time range, newest first, although KV lists oldest first
 * and only by prefix (docs/kv-schema.md, "Reading newest first").
 *
 * A decimal prefix of the 13-digit timestamp is a block of time. Blocks are listed from the newest
 * to the oldest, each as coarse as it may be without taking more pages than it is worth: how dense
 * the keys are is learnt from the lists before, and guessed from earlier questions for the first. Of
 * a block that does not fit, the oldest keys are known; they are kept for when the walk gets there.
 * Sparse data costs one list, the newest of dense data one where the guess is good, else two or
 * three, all of it about one for each thousand keys.
 */
import { type Result, ok } from "../core/result.ts";
import { type SegmentPrefix, TIMESTAMP_DIGITS, formatTimestamp, parseKey } from "../segment/key.ts";
import { REPEAT_HORIZON_MS } from "../segment/repeats.ts";
import { type Summary, decodeSummary } from "../segment/summary.ts";
import type { ListedKey, Store, StoreError } from "../store/store.ts";
import type { Budget } from "./budget.ts";
import { DensityEstimate } from "./density-estimate.ts";
import type { KeyDensity } from "./key-density.ts";
import type { TimeRange } from "./query.ts";

/** A segment as a list shows it. */
export interface SegmentRef {
  readonly key: string;
  readonly prefix: SegmentPrefix;
  readonly timestampMs: number;
  /** undefined: unknown, so the segment must be read */
  readonly summary: Summary | undefined;
  /** whether a newer copy of the same batch part is in the range: that one counts (ADR 002) */
  readonly isRepeat: boolean;
}

/** What {@link KeyStream} lists and at whose cost. */
export interface KeyStreamOptions {
  readonly range: TimeRange;
  /** nothing older than this is stored any more, epoch ms */
  readonly oldestMs: number;
  /** what is newer than this has been answered: a page must come below it to come nearer to the end */
  readonly passMs: number;
  readonly budget: Budget;
  /** what to guess from, and what learns from this stream */
  readonly density: KeyDensity;
  /** whether the range ends about now, where others will ask, too: only then `density` learns */
  readonly isRecent: boolean;
}

/** KV's: keys on a full page. */
const PAGE_KEYS = 1000;
/** How full the pages of a block should be: room for a guess that was too low. */
const AIM_SHARE = 0.7;
/**
 * The same where the next finer block has just begun and holds fewer than FEW_KEYS: it would cost a
 * list for next to nothing, so a page that may turn out too small is the better bet.
 */
const BOLD_AIM_SHARE = 0.95;
const FEW_KEYS = 10;
/** A block with this many keys on its last allowed page, and more to come, does not fit. */
const FULL_PAGE_KEYS = 500;
/**
 * Pages a block may take, at most; the first takes one, a later one as many as there were blocks
 * before it. Who wants ten events lists little in vain, who wants all of them lists full pages.
 */
const BLOCK_LIMIT_PAGES = 8;
/**
 * Pages more than that, because expired keys leave gaps in pages, before a block is split. Its
 * newest part may hold none.
 */
const GAP_PAGES = 3;
/** Blocks split for nothing but empty pages; where finer ones begin with gaps too, it is no use. */
const GAP_SPLITS = 3;
/**
 * The first block may hold this much more time than the range, as far as anything is stored there.
 * A finer one is cheaper where data is dense; where it is sparse it may cost a list more.
 */
const FIRST_BLOCK_RATIO = 100;

/** Keys known before the walk gets to them: all from `startMs` on and before `endMs`, some at it. */
interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly keys: readonly ListedKey[];
  /** of the keys, ascending */
  readonly timesMs: readonly number[];
}

/** Pages of one block. */
interface BlockKeys {
  readonly keys: readonly ListedKey[];
  readonly pages: number;
  /** whether these are all of the block */
  readonly isWhole: boolean;
}

/** Keys of one prefix. */
export class KeyStream {
  readonly prefix: SegmentPrefix;
  readonly #store: Store;
  readonly #range: TimeRange;
  readonly #oldestMs: number;
  readonly #passMs: number;
  readonly #budget: Budget;
  readonly #density: KeyDensity;
  readonly #isRecent: boolean;
  /** what was listed, newest first; those before {@link #taken} have been taken */
  readonly #refs: SegmentRef[] = [];
  #taken = 0;
  /** when the copy met last was received, by code: the next one met is older */
  readonly #newerMs = new Map<string, number>();
  /** everything at this time and later has been listed */
  #listedDownToMs: number;
  /** the newest last */
  readonly #stretches: Stretch[] = [];
  #blocksListed = 0;
  readonly #estimate: DensityEstimate;
  #hasTaught = false;
  /** keys on a page, for pages that expired keys have left short */
  #pageKeys = PAGE_KEYS;
  /** digits the next block has at least: coarser ones did not fit */
  #minDigits = 0;
  #gapSplits = 0;

  constructor(
    store: Store,
    prefix: SegmentPrefix,
    { range, oldestMs, passMs, budget, density, isRecent }: KeyStreamOptions,
  ) {
    this.#store = store;
    this.prefix = prefix;
    this.#range = range;
    this.#oldestMs = oldestMs;
    this.#passMs = passMs;
    this.#budget = budget;
    this.#density = density;
    this.#estimate = new DensityEstimate(density.guess(prefix));
    this.#isRecent = isRecent;
    this.#listedDownToMs = range.endMs + 1;
  }

  /** How dense its keys are, as far as it knows. */
  get estimate(): DensityEstimate {
    return this.#estimate;
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
   * Whether it may list on: as far as the budget goes, but a block beyond what has been answered at
   * least: a page that finds nothing must still come nearer to the end.
   */
  get canAdvance(): boolean {
    return (
      !this.isListed && (this.#budget.spent === undefined || this.#listedDownToMs > this.#passMs)
    );
  }

  /** Goes one block further, which need not bring a head. */
  async advance(): Promise<Result<void, StoreError>> {
    const stretch = this.#knownStretch();
    if (stretch !== undefined && stretch.endMs >= this.#listedDownToMs) {
      this.#stretches.pop();
      this.#take(stretch.keys, stretch.startMs);
      return ok(undefined);
    }
    const digits = this.#nextBlock(Math.max(this.#range.startMs, stretch?.endMs ?? 0));
    const block = await this.#list(digits);
    if (!block.ok) {
      return block;
    }
    const startMs = Number(digits.padEnd(TIMESTAMP_DIGITS, "0"));
    if (block.value.isWhole) {
      this.#take(block.value.keys, startMs);
    } else {
      this.#split(block.value, { startMs, digits: digits.length });
    }
    return ok(undefined);
  }

  /** The newest stretch that still holds something the walk has not come to. */
  #knownStretch(): Stretch | undefined {
    while ((this.#stretches.at(-1)?.startMs ?? 0) >= this.#listedDownToMs) {
      this.#stretches.pop();
    }
    return this.#stretches.at(-1);
  }

  /** Lists a block as far as it is worth. */
  async #list(digits: string): Promise<Result<BlockKeys, StoreError>> {
    const pagesAllowed = this.#pagesOfBlock;
    const canSplit = digits.length < TIMESTAMP_DIGITS;
    const keys: ListedKey[] = [];
    let cursor: string | undefined;
    for (let pages = 1; ; pages += 1) {
      this.#budget.lists += 1;
      const page = await this.#store.list(`${this.prefix}:${digits}`, cursor);
      if (!page.ok) {
        return page;
      }
      keys.push(...page.value.keys);
      cursor = page.value.cursor;
      if (cursor === undefined) {
        return ok({ keys, pages, isWhole: true });
      }
      const isFull = keys.length >= (pagesAllowed - 1) * PAGE_KEYS + FULL_PAGE_KEYS;
      const hasGaps = pages >= pagesAllowed + GAP_PAGES;
      const isWorthASplit = keys.length > 0 || this.#gapSplits < GAP_SPLITS;
      if (canSplit && (isFull || (hasGaps && isWorthASplit))) {
        return ok({ keys, pages, isWhole: false });
      }
    }
  }

  /** Takes all keys from `startMs` on. */
  #take(keys: readonly ListedKey[], startMs: number): void {
    const storedFromMs = Math.max(startMs, Math.min(this.#oldestMs, this.#listedDownToMs - 1));
    this.#estimate.add(this.#add(keys), this.#listedDownToMs - storedFromMs);
    this.#blocksListed += 1;
    this.#minDigits = 0;
    this.#gapSplits = 0;
    this.#listedDownToMs = startMs;
    if (this.#isRecent && !this.#hasTaught && this.#estimate.isMeasured) {
      this.#density.learn(this.prefix, this.#estimate.keysPerMs);
      this.#hasTaught = true;
    }
  }

  /** Goes on with a finer block, and keeps what is known of this one: its oldest keys. */
  #split(
    { keys, pages }: BlockKeys,
    { startMs, digits }: { readonly startMs: number; readonly digits: number },
  ): void {
    const timesMs = keys.map(timeOf);
    const firstMs = timesMs[0];
    const lastMs = timesMs.at(-1);
    if (firstMs === undefined || lastMs === undefined) {
      this.#gapSplits += 1;
      // Gaps wherever one looks: the coarse block is the shortest way through them.
      this.#minDigits = this.#gapSplits < GAP_SPLITS ? digits + 1 : 0;
      return;
    }
    this.#minDigits = digits + 1;
    this.#estimate.replace(keys.length, lastMs - firstMs + 1);
    this.#pageKeys = keys.length / pages;
    this.#stretches.push({ startMs, endMs: lastMs, keys, timesMs });
  }

  /** How many pages the next block is worth. */
  get #pagesOfBlock(): number {
    return Math.min(Math.max(this.#blocksListed, 1), BLOCK_LIMIT_PAGES);
  }

  /** The block that ends where the listed ones begin, as coarse as it need and may be. */
  #nextBlock(neededFromMs: number): string {
    const newest = formatTimestamp(this.#listedDownToMs - 1);
    let length = Math.max(commonLength(formatTimestamp(neededFromMs), newest), this.#minDigits);
    while (length < TIMESTAMP_DIGITS && !this.#isWorthIt(newest.slice(0, length), neededFromMs)) {
      length += 1;
    }
    return newest.slice(0, length);
  }

  /** Whether a block is expected to fit the pages it may take. */
  #isWorthIt(digits: string, neededFromMs: number): boolean {
    const startMs = Number(digits.padEnd(TIMESTAMP_DIGITS, "0"));
    // Blocks that reach back to where nothing is stored hold no more than what is.
    const oldestMs = Math.max(startMs, Math.min(this.#oldestMs, neededFromMs));
    const neededMs = this.#listedDownToMs - neededFromMs;
    const { isMeasured, keysPerMs } = this.#estimate;
    const finerMs = ((this.#listedDownToMs - 1) % 10 ** (TIMESTAMP_DIGITS - digits.length - 1)) + 1;
    const aimShare = finerMs * keysPerMs < FEW_KEYS ? BOLD_AIM_SHARE : AIM_SHARE;
    if (!isMeasured) {
      const blockMs = this.#listedDownToMs - oldestMs;
      return (
        blockMs <= neededMs * FIRST_BLOCK_RATIO && blockMs * keysPerMs <= aimShare * this.#pageKeys
      );
    }
    const unknownMs = this.#listedDownToMs - Math.max(oldestMs, neededFromMs);
    const expectedKeys = unknownMs * keysPerMs + this.#knownKeys(startMs);
    return expectedKeys <= aimShare * this.#pageKeys * this.#pagesOfBlock;
  }

  /** Keys of a block that are known already and would be listed again. */
  #knownKeys(startMs: number): number {
    return this.#stretches.reduce(
      (sum, { timesMs }) => sum + timesMs.filter((timeMs) => timeMs >= startMs).length,
      0,
    );
  }

  /** @returns how many keys are new, also those before the range */
  #add(listed: readonly ListedKey[]): number {
    let added = 0;
    for (const { key, summary } of listed.toReversed()) {
      const parsed = parseKey(key);
      // Later ones were in the block before, which lay within this one.
      if (parsed?.prefix !== this.prefix || parsed.timestampMs >= this.#listedDownToMs) {
        continue;
      }
      const { timestampMs, code } = parsed;
      added += 1;
      if (timestampMs >= this.#range.startMs) {
        this.#refs.push({
          key,
          prefix: this.prefix,
          timestampMs,
          summary: decodeSummary(summary),
          isRepeat: this.#isRepeat(code, timestampMs),
        });
      }
    }
    return added;
  }

  /** Native events have random codes: the same one twice is chance. */
  #isRepeat(code: string, timestampMs: number): boolean {
    const newerMs = this.#newerMs.get(code);
    this.#newerMs.set(code, timestampMs);
    return (
      this.prefix !== "telemetry" &&
      newerMs !== undefined &&
      newerMs - timestampMs <= REPEAT_HORIZON_MS
    );
  }
}

function byKey(left: ListedKey, right: ListedKey): number {
  return left.key < right.key ? -1 : 1;
}

/** When a segment was received; 0 for a key that is none. */
function timeOf({ key }: ListedKey): number {
  return parseKey(key)?.timestampMs ?? 0;
}

/** How many digits two timestamps share. */
function commonLength(left: string, right: string): number {
  let length = 0;
  while (length < TIMESTAMP_DIGITS && left[length] === right[length]) {
    length += 1;
  }
  return length;
}
