/**
 * Workers KV in memory, with its limits and its bad days. Left alone it behaves like the KV of
 * workerd, which test/worker/store/kv.test.ts proves by one contract for both; each option adds one
 * thing that production does and the simulator does not. Time is the test's, randomness has a seed,
 * nothing sleeps.
 */
import { type FaultShares, Faults } from "./fake-kv/faults.ts";
import { History, type Lags, type Stored } from "./fake-kv/history.ts";
import {
  checkBulk,
  checkBulkSize,
  checkKey,
  checkKeyLength,
  checkMetadata,
  checkValue,
  expirationOf,
  pageLimitOf,
} from "./fake-kv/limits.ts";
import { type ListPosition, formatCursor, parseCursor } from "./fake-kv/list-cursor.ts";
import { FakeNamespace, type KvHit } from "./fake-kv/namespace.ts";
import type { KvOperation } from "./fake-kv/operations.ts";
import type { FakeKvOptions } from "./fake-kv/options.ts";
import { Quotas } from "./fake-kv/quotas.ts";
import { Random } from "./fake-kv/random.ts";
import { ReadCache } from "./fake-kv/read-cache.ts";
import { SlowOperations } from "./fake-kv/slow-operations.ts";
import { SortedKeys } from "./fake-kv/sorted-keys.ts";
import {
  type PutValue,
  type ValueType,
  bulkValueOf,
  bytesOf,
  metadataOf,
  textOf,
  valueOf,
} from "./fake-kv/values.ts";

/** Calls since the last reset, failed ones included, and what is billed for reads: keys. */
export interface KvCounts {
  readonly put: number;
  readonly get: number;
  readonly getBulk: number;
  readonly list: number;
  /** "$0.50/M per key", also of a bulk get, also of what is missing */
  readonly keysRead: number;
}

/** What went over the wire since the last reset, and deletions, which the gateway never does. */
export interface KvTraffic {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly keysListed: number;
  readonly deletes: number;
}

/** What a listed entry looks like to a test. */
export interface KvEntry {
  readonly key: string;
  readonly text: string;
  readonly metadata: unknown;
  /** epoch seconds; undefined: never expires */
  readonly expiration: number | undefined;
}

const NO_TRAFFIC: KvTraffic = { bytesRead: 0, bytesWritten: 0, keysListed: 0, deletes: 0 };
/** The platform loses keys that look like array indexes (workerd: IndexFilter::SKIP_INDICES). */
const INDEX_LIKE = /^(0|[1-9]\d*)$/;

/** The namespace. Give the code under test {@link FakeKv.namespace}. */
export class FakeKv {
  readonly #options: FakeKvOptions;
  readonly #random: Random;
  readonly #history: History;
  readonly #cache: ReadCache;
  readonly #faults: Faults;
  readonly #quotas: Quotas;
  readonly #slow: SlowOperations;
  readonly #keys = new SortedKeys();
  readonly #ghosts: ReadonlySet<string>;
  #counts = { put: 0, get: 0, getBulk: 0, list: 0, keysRead: 0 };
  #traffic = { ...NO_TRAFFIC };

  /** The fake as the type of the binding. */
  readonly namespace: KVNamespace = new FakeNamespace({
    get: (key, type) => this.#get(key, type),
    getBulk: (keys, type) => this.#getBulk(keys, type),
    list: (options) => this.#list(options),
    put: (key, value, options) => this.#put(key, value, options),
    delete: (key) => this.#delete(key),
  });

  constructor(options: FakeKvOptions = {}) {
    this.#options = options;
    this.#random = new Random(options.seed ?? 1);
    this.#history = new History({
      random: this.#random,
      places: options.places ?? 1,
    });
    this.setLags(options);
    this.#cache = new ReadCache(options.readCacheMs ?? 0);
    this.#faults = new Faults(this.#random);
    this.#slow = new SlowOperations(this.#random);
    this.#quotas = new Quotas({
      limitsWrites: options.limitsWrites ?? false,
      operationsPerInvocation: options.operationsPerInvocation ?? Number.POSITIVE_INFINITY,
      daily: options.dailyQuota ?? {},
    });
    this.#ghosts = new Set(options.ghosts);
    for (const key of this.#ghosts) {
      this.#keys.add(key);
    }
  }

  /** Calls since the last {@link resetCounts}. */
  get counts(): KvCounts {
    return { ...this.#counts };
  }

  /** Bytes and keys since the last {@link resetCounts}. */
  get traffic(): KvTraffic {
    return { ...this.#traffic };
  }

  /** Starts counting from 0; the numbers of {@link failCalls} start again too. */
  resetCounts(): void {
    this.#counts = { put: 0, get: 0, getBulk: 0, list: 0, keysRead: 0 };
    this.#traffic = { ...NO_TRAFFIC };
  }

  /** The next operation is the first of its invocation. */
  beginInvocation(): void {
    this.#quotas.beginInvocation();
  }

  /** How long the writes to come stay invisible; what is not given is visible at once. */
  setLags({ readLagMs = 0, listLagMs = 0 }: Partial<Lags>): void {
    this.#history.lags = { readLagMs, listLagMs };
  }

  /** Lets single calls fail: the first is number 1. */
  failCalls(operation: KvOperation, numbers: readonly number[], message: string): void {
    this.#faults.add({ operation, message, isHit: (number) => numbers.includes(number) });
  }

  /** Lets every call fail that concerns a key, or lists a prefix, that starts with this. */
  failKeys(operation: KvOperation, keyPrefix: string, message: string): void {
    this.#faults.add({ operation, message, isHit: (_number, key) => key.startsWith(keyPrefix) });
  }

  /** Lets a share of the calls fail from now on, with the texts KV uses. */
  failShares(shares: FaultShares): void {
    this.#faults.setShares(shares);
  }

  /** Ends all faults. */
  heal(): void {
    this.#faults.heal();
  }

  /** Holds operations back: see {@link SlowOperations}. After the clock moved, call {@link settle}. */
  get slow(): Pick<SlowOperations, "slowDown" | "heldCount" | "untilHeld" | "release"> {
    return this.#slow;
  }

  /** Lets the slow operations go on that are through by now. */
  settle(): void {
    this.#slow.settle(this.#now());
  }

  /** Everything stored, whether visible yet or not, in the order of a list. */
  get entries(): readonly KvEntry[] {
    return this.entriesWhere(() => true);
  }

  /** Those of some keys. */
  entriesWhere(isWanted: (key: string) => boolean): readonly KvEntry[] {
    const nowMs = this.#now();
    return this.#keys
      .all()
      .filter((key) => isWanted(key))
      .flatMap((key) => {
        const stored = this.#history.latest(key, nowMs);
        const { expiration } = stored ?? { expiration: undefined };
        return stored === undefined
          ? []
          : [{ key, text: textOf(stored), metadata: metadataOf(stored) ?? undefined, expiration }];
      });
  }

  /** Takes an entry away everywhere at once, as expiry does. */
  remove(key: string): void {
    if (this.#history.has(key)) {
      this.#history.removeNow(key, this.#now());
    }
  }

  /** What every operation begins with. */
  async #begin(operation: KvOperation, key: string, units = 1): Promise<void> {
    const callNumber = this.#count(operation);
    this.#quotas.use(operation, units, this.#now());
    await this.#slow.pass(operation, this.#now());
    this.#faults.before(operation, key, callNumber);
  }

  #count(operation: KvOperation): number {
    if (operation === "delete") {
      this.#traffic = { ...this.#traffic, deletes: this.#traffic.deletes + 1 };
      return this.#traffic.deletes;
    }
    this.#counts[operation] += 1;
    return this.#counts[operation];
  }

  async #put(key: string, value: PutValue, options: KVNamespacePutOptions): Promise<void> {
    const bytes = await bytesOf(value);
    await this.#begin("put", key);
    checkKey(key, "put");
    checkValue(bytes);
    const given: unknown = options.metadata;
    const metadata = given === undefined || given === null ? undefined : JSON.stringify(given);
    checkMetadata(metadata ?? "");
    const expiration = expirationOf(options, this.#now());
    this.#quotas.checkWriteRate(key, this.#now());
    this.#write(key, { bytes, metadata, expiration });
    this.#traffic.bytesWritten += bytes.length;
    this.#faults.afterPut();
  }

  async #delete(key: string): Promise<void> {
    await this.#begin("delete", key);
    checkKey(key, "delete");
    if (this.#history.has(key)) {
      this.#history.write(key, undefined, this.#now());
    }
  }

  #write(key: string, stored: Stored): void {
    if (!this.#history.has(key) && !this.#ghosts.has(key)) {
      this.#keys.add(key);
    }
    this.#history.write(key, stored, this.#now());
  }

  async #get(key: string, type: ValueType): Promise<KvHit> {
    await this.#begin("get", key);
    this.#counts.keysRead += 1;
    checkKey(key, "get");
    const stored = this.#read(key, this.#place());
    return stored === undefined
      ? { value: null, metadata: null }
      : { value: valueOf(stored, type), metadata: metadataOf(stored) };
  }

  async #getBulk(keys: readonly string[], type: ValueType): Promise<Map<string, KvHit>> {
    const distinct = new Set(keys);
    await this.#begin("getBulk", keys[0] ?? "", distinct.size);
    this.#counts.keysRead += distinct.size;
    checkBulk(keys, type);
    const place = this.#place();
    const found = new Map<string, KvHit>();
    let totalBytes = 0;
    for (const key of distinct) {
      const stored = this.#read(key, place);
      totalBytes += stored?.bytes.length ?? 0;
      if (!INDEX_LIKE.test(key)) {
        found.set(
          key,
          stored === undefined
            ? { value: null, metadata: null }
            : {
                value: bulkValueOf(stored, type === "json" ? "json" : "text"),
                metadata: metadataOf(stored),
              },
        );
      }
    }
    checkBulkSize(totalBytes);
    return found;
  }

  #read(key: string, place: number): Stored | undefined {
    const nowMs = this.#now();
    const stored = this.#cache.read({ key, place, nowMs }, () =>
      this.#history.read(key, place, nowMs),
    );
    this.#traffic.bytesRead += stored?.bytes.length ?? 0;
    return stored;
  }

  async #list(options: KVNamespaceListOptions): Promise<KVNamespaceListResult<unknown>> {
    const prefix = options.prefix ?? "";
    await this.#begin("list", prefix);
    checkKeyLength(prefix, "list");
    const limit = pageLimitOf(options.limit);
    const position = this.#positionOf(prefix, options.cursor ?? undefined);
    if (position.emptyPages > 0) {
      const cursor = formatCursor({ ...position, emptyPages: position.emptyPages - 1 });
      return { list_complete: false, keys: [], cursor, cacheStatus: null };
    }
    const { keys, next } = this.#page(position, limit);
    this.#traffic.keysListed += keys.length;
    return next === undefined
      ? { list_complete: true, keys, cacheStatus: null }
      : { list_complete: false, keys, cursor: formatCursor(next), cacheStatus: null };
  }

  #positionOf(prefix: string, cursor: string | undefined): ListPosition {
    return cursor === undefined
      ? { prefix, after: "", emptyPages: this.#options.emptyPages?.(prefix) ?? 0 }
      : parseCursor(cursor, prefix);
  }

  #page(
    position: ListPosition,
    limit: number,
  ): { keys: KVNamespaceListKey<unknown>[]; next: ListPosition | undefined } {
    const { prefix, after } = position;
    const place = this.#place();
    const room = Math.min(limit, this.#random.draw(this.#options.pageKeys ?? limit));
    const keys: KVNamespaceListKey<unknown>[] = [];
    let looked = 0;
    let last = after;
    for (const name of this.#keys.after(prefix, after)) {
      const listed = this.#listed(name, place);
      if (listed !== undefined || this.#isGap(name)) {
        if (looked === room) {
          return { keys, next: { prefix, after: last, emptyPages: 0 } };
        }
        looked += 1;
        last = name;
      }
      if (listed !== undefined) {
        keys.push(listed);
      }
    }
    return { keys, next: undefined };
  }

  #listed(name: string, place: number): KVNamespaceListKey<unknown> | undefined {
    const stored = this.#history.listed(name, place, this.#now());
    if (stored === undefined) {
      return this.#ghosts.has(name) ? { name } : undefined;
    }
    return {
      name,
      ...(stored.expiration !== undefined && { expiration: stored.expiration }),
      ...(stored.metadata !== undefined && { metadata: metadataOf(stored) }),
    };
  }

  #isGap(name: string): boolean {
    const nowMs = this.#now();
    const goneMs = this.#history.goneSinceMs(name, nowMs);
    return goneMs !== undefined && nowMs - goneMs < (this.#options.gapsMs ?? 0);
  }

  #place(): number {
    const { places = 1 } = this.#options;
    return places === 1 ? 0 : this.#random.below(places);
  }

  #now(): number {
    return this.#options.now?.() ?? 0;
  }
}
