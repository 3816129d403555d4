/**
 * What was written to a key, and what a reader sees of it when.
 *
 * "Changes may take up to 60 seconds or more to be visible in other global network locations", and
 * where they were made they are "usually" visible at once, which is "not guaranteed"
 * (https://developers.cloudflare.com/kv/concepts/how-kv-works/). A key that is written twice never
 * goes back: the last write wins as soon as it is visible.
 */
import type { Amount, Random } from "./random.ts";

/** A value with what belongs to it. */
export interface Stored {
  readonly bytes: Uint8Array;
  /** JSON; undefined: none */
  readonly metadata: string | undefined;
  /** epoch seconds; undefined: never */
  readonly expiration: number | undefined;
}

/** How long what was written stays invisible, drawn for each write and place. In ms. */
export interface Lags {
  readonly readLagMs: Amount;
  readonly listLagMs: Amount;
}

interface Version {
  /** undefined: deleted */
  readonly stored: Stored | undefined;
  readonly writtenAtMs: number;
  /** when reads and lists begin to see it, epoch ms, by place */
  readonly readFromMs: readonly number[];
  readonly listFromMs: readonly number[];
}

/** Settings of {@link History}. */
export interface HistoryOptions {
  readonly random: Random;
  /** locations with lags of their own */
  readonly places: number;
}

/** The versions of every key. */
export class History {
  readonly #options: HistoryOptions;
  readonly #versions = new Map<string, readonly Version[]>();
  /** of the writes to come */
  lags: Lags = { readLagMs: 0, listLagMs: 0 };

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Whether the key was ever written. */
  has(key: string): boolean {
    return this.#versions.has(key);
  }

  /** Writes; `undefined` deletes. */
  write(key: string, stored: Stored | undefined, nowMs: number): void {
    const { readLagMs, listLagMs } = this.lags;
    const version = {
      stored,
      writtenAtMs: nowMs,
      readFromMs: this.#visibleFrom(nowMs, readLagMs),
      listFromMs: this.#visibleFrom(nowMs, listLagMs),
    };
    // Nobody sees what came before a version that is visible at once.
    const isInstant = readLagMs === 0 && listLagMs === 0;
    const older = isInstant ? [] : (this.#versions.get(key) ?? []);
    this.#versions.set(key, [...older, version]);
  }

  /** Makes everything about a key visible everywhere at once. */
  removeNow(key: string, nowMs: number): void {
    const always = Array.from({ length: this.#options.places }, () => Number.NEGATIVE_INFINITY);
    const gone: Version = {
      stored: undefined,
      writtenAtMs: nowMs,
      readFromMs: always,
      listFromMs: always,
    };
    this.#versions.set(key, [gone]);
  }

  /** What a read finds at a place. */
  read(key: string, place: number, nowMs: number): Stored | undefined {
    const version = this.#versions
      .get(key)
      ?.findLast(({ readFromMs }) => (readFromMs[place] ?? 0) <= nowMs);
    return alive(version, nowMs);
  }

  /** What a list shows of a key at a place. */
  listed(key: string, place: number, nowMs: number): Stored | undefined {
    const version = this.#versions
      .get(key)
      ?.findLast(({ listFromMs }) => (listFromMs[place] ?? 0) <= nowMs);
    return alive(version, nowMs);
  }

  /** What was written last, wherever that can be seen yet. */
  latest(key: string, nowMs: number): Stored | undefined {
    return alive(this.#versions.get(key)?.at(-1), nowMs);
  }

  /** When the key expired or was deleted, epoch ms; undefined when it is there. */
  goneSinceMs(key: string, nowMs: number): number | undefined {
    const version = this.#versions.get(key)?.at(-1);
    if (version === undefined || alive(version, nowMs) !== undefined) {
      return undefined;
    }
    const expiration = version.stored?.expiration;
    return expiration === undefined ? version.writtenAtMs : expiration * 1000;
  }

  #visibleFrom(nowMs: number, lagMs: Amount): readonly number[] {
    const { random, places } = this.#options;
    return Array.from({ length: places }, () => nowMs + random.draw(lagMs));
  }
}

function alive(version: Version | undefined, nowMs: number): Stored | undefined {
  const stored = version?.stored;
  const isExpired = stored?.expiration !== undefined && stored.expiration * 1000 <= nowMs;
  return isExpired ? undefined : stored;
}
