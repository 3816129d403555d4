/**
 * Workers KV in memory, with its limits and its bad days: counts operations, fails on demand, may
 * refuse a second write of a key within a second and may put empty pages into lists.
 */

/** Calls since the last reset, failed ones included, and what is billed for bulk reads: keys. */
export interface KvCounts {
  readonly put: number;
  readonly get: number;
  readonly getBulk: number;
  readonly list: number;
  readonly keysRead: number;
}

/** What a fault can be set on. */
export type KvOperation = "put" | "get" | "getBulk" | "list";

/** What a listed entry looks like to a test. */
export interface KvEntry {
  readonly key: string;
  readonly text: string;
  readonly metadata: unknown;
  /** epoch seconds; undefined: never expires */
  readonly expiration: number | undefined;
}

/** Settings of {@link FakeKv}. */
export interface FakeKvOptions {
  /** epoch ms, for expiry and for the one write per second and key */
  readonly now?: () => number;
  /** whether a key refuses a second write within a second */
  readonly limitsWrites?: boolean;
  /** empty pages, each with a cursor, that come before the keys of every list */
  readonly emptyPages?: (prefix: string) => number;
  /** keys that lists show although nothing can be read there any more */
  readonly ghosts?: readonly string[];
}

/** Limits: https://developers.cloudflare.com/kv/platform/limits/ */
const KEY_LIMIT_BYTES = 512;
const METADATA_LIMIT_BYTES = 1024;
const VALUE_LIMIT_BYTES = 25 * 1024 * 1024;
const BULK_LIMIT_KEYS = 100;
const BULK_LIMIT_BYTES = 25 * 1000 * 1000;
const LIST_LIMIT_KEYS = 1000;
const MIN_TTL_SECONDS = 60;
const WRITE_INTERVAL_MS = 1000;

interface Stored {
  readonly bytes: Uint8Array;
  readonly metadata: string | undefined;
  readonly expiration: number | undefined;
}

interface Fault {
  readonly operation: KvOperation;
  readonly message: string;
  readonly isHit: (callNumber: number, key: string) => boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The namespace. Give the code under test {@link FakeKv.namespace}. */
export class FakeKv {
  readonly #options: FakeKvOptions;
  readonly #entries = new Map<string, Stored>();
  readonly #writtenAtMs = new Map<string, number>();
  #sortedKeys: readonly string[] | undefined;
  #counts = { put: 0, get: 0, getBulk: 0, list: 0, keysRead: 0 };
  #faults: Fault[] = [];

  constructor(options: FakeKvOptions = {}) {
    this.#options = options;
  }

  /** The fake as the type of the binding. */
  get namespace(): KVNamespace {
    const methods = {
      get: async (key: string | readonly string[]) =>
        typeof key === "string" ? this.#get(key) : this.#getBulk(key),
      put: (key: string, value: unknown, options?: KVNamespacePutOptions) =>
        this.#put(key, value, options),
      list: (options?: KVNamespaceListOptions) => this.#list(options),
      delete: async (key: string) => this.remove(key),
      getWithMetadata: () => Promise.reject(new Error("FakeKv has no getWithMetadata")),
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the overloads by type of value cannot be implemented otherwise
    return methods as unknown as KVNamespace;
  }

  /** Calls since the last {@link resetCounts}. */
  get counts(): KvCounts {
    return { ...this.#counts };
  }

  /** Starts counting from 0; the numbers of {@link failCalls} start again too. */
  resetCounts(): void {
    this.#counts = { put: 0, get: 0, getBulk: 0, list: 0, keysRead: 0 };
  }

  /** Lets single calls fail: the first is number 1. */
  failCalls(operation: KvOperation, numbers: readonly number[], message: string): void {
    this.#faults.push({ operation, message, isHit: (number) => numbers.includes(number) });
  }

  /** Lets every call fail that concerns a key, or lists a prefix, that starts with this. */
  failKeys(operation: KvOperation, keyPrefix: string, message: string): void {
    this.#faults.push({
      operation,
      message,
      isHit: (_number, key) => key.startsWith(keyPrefix),
    });
  }

  /** Ends all faults. */
  heal(): void {
    this.#faults = [];
  }

  /** Everything stored, in the order of a list. */
  get entries(): readonly KvEntry[] {
    return this.#keys().map((key) => {
      const stored = this.#entries.get(key);
      return {
        key,
        text: decoder.decode(stored?.bytes),
        metadata: parseMetadata(stored?.metadata),
        expiration: stored?.expiration,
      };
    });
  }

  /** Takes an entry away, as expiry does. */
  remove(key: string): void {
    this.#entries.delete(key);
    this.#sortedKeys = undefined;
  }

  #call(operation: KvOperation, key: string): void {
    this.#counts[operation] += 1;
    const number = this.#counts[operation];
    const fault = this.#faults.find(
      (candidate) => candidate.operation === operation && candidate.isHit(number, key),
    );
    if (fault !== undefined) {
      throw new Error(fault.message);
    }
  }

  async #put(key: string, value: unknown, options: KVNamespacePutOptions = {}): Promise<void> {
    this.#call("put", key);
    checkKey(key, "PUT");
    const bytes = toBytes(value);
    const metadata = options.metadata === undefined ? undefined : JSON.stringify(options.metadata);
    if (bytes.length > VALUE_LIMIT_BYTES) {
      throw new Error(`KV PUT failed: 413 Value length of ${bytes.length} exceeds limit`);
    }
    if (encoder.encode(metadata ?? "").length > METADATA_LIMIT_BYTES) {
      throw new Error("KV PUT failed: 413 Metadata length exceeds limit of 1024");
    }
    const ttl = options.expirationTtl;
    if (ttl !== undefined && !(ttl >= MIN_TTL_SECONDS)) {
      throw new Error(`KV PUT failed: 400 Invalid expiration_ttl of ${ttl}`);
    }
    this.#checkWriteRate(key);
    this.#entries.set(key, {
      bytes,
      metadata,
      expiration: ttl === undefined ? undefined : Math.floor(this.#now() / 1000) + ttl,
    });
    this.#sortedKeys = undefined;
  }

  #checkWriteRate(key: string): void {
    const nowMs = this.#now();
    const lastMs = this.#writtenAtMs.get(key);
    if (
      this.#options.limitsWrites === true &&
      lastMs !== undefined &&
      nowMs - lastMs < WRITE_INTERVAL_MS
    ) {
      throw new Error("KV PUT failed: 429 Too Many Requests");
    }
    this.#writtenAtMs.set(key, nowMs);
  }

  #get(key: string): string | null {
    this.#call("get", key);
    this.#counts.keysRead += 1;
    checkKey(key, "GET");
    return this.#textOf(key);
  }

  #getBulk(keys: readonly string[]): Map<string, string | null> {
    this.#call("getBulk", keys[0] ?? "");
    this.#counts.keysRead += keys.length;
    if (keys.length === 0) {
      throw new Error("KV GET_BULK failed: 400 You must request a minimum of 1 key");
    }
    if (keys.length > BULK_LIMIT_KEYS) {
      throw new Error("KV GET_BULK failed: 400 You can request a maximum of 100 keys");
    }
    const found = new Map<string, string | null>();
    let totalBytes = 0;
    for (const key of keys) {
      checkKey(key, "GET_BULK");
      // The platform loses keys that look like array indexes.
      if (!/^\d+$/.test(key)) {
        found.set(key, this.#textOf(key));
        totalBytes += this.#entries.get(key)?.bytes.length ?? 0;
      }
    }
    if (totalBytes > BULK_LIMIT_BYTES) {
      throw new Error("KV GET_BULK failed: 413 Total size of request exceeds the limit of 25MB");
    }
    return found;
  }

  async #list(options: KVNamespaceListOptions = {}): Promise<KVNamespaceListResult<unknown>> {
    const prefix = options.prefix ?? "";
    this.#call("list", prefix);
    const { after, emptyPages } = this.#position(prefix, options.cursor ?? undefined);
    if (emptyPages > 0) {
      const cursor = formatCursor({ prefix, after, emptyPages: emptyPages - 1 });
      return { list_complete: false, keys: [], cursor, cacheStatus: null };
    }
    const limit = Math.min(options.limit ?? LIST_LIMIT_KEYS, LIST_LIMIT_KEYS);
    const names = this.#keys().filter(
      (key) => key.startsWith(prefix) && (after === "" || compareKeys(key, after) > 0),
    );
    const keys = names.slice(0, limit).map((name) => this.#listed(name));
    const last = keys.at(-1)?.name;
    return names.length > limit && last !== undefined
      ? {
          list_complete: false,
          keys,
          cursor: formatCursor({ prefix, after: last, emptyPages: 0 }),
          cacheStatus: null,
        }
      : { list_complete: true, keys, cacheStatus: null };
  }

  #position(prefix: string, cursor: string | undefined): ListPosition {
    if (cursor === undefined) {
      return { prefix, after: "", emptyPages: this.#options.emptyPages?.(prefix) ?? 0 };
    }
    const position = parseCursor(cursor);
    if (position.prefix !== prefix) {
      throw new Error("KV GET failed: 400 the cursor belongs to another prefix");
    }
    return position;
  }

  #listed(name: string): KVNamespaceListKey<unknown> {
    const stored = this.#entries.get(name);
    return {
      name,
      ...(stored?.expiration !== undefined && { expiration: stored.expiration }),
      ...(stored?.metadata !== undefined && { metadata: parseMetadata(stored.metadata) }),
    };
  }

  #textOf(key: string): string | null {
    const stored = this.#entries.get(key);
    return stored === undefined || this.#isExpired(stored) ? null : decoder.decode(stored.bytes);
  }

  #keys(): readonly string[] {
    const ghosts = this.#options.ghosts ?? [];
    this.#sortedKeys ??= [...this.#entries.keys(), ...ghosts].toSorted(compareKeys);
    return this.#sortedKeys.filter((key) => {
      const stored = this.#entries.get(key);
      return stored === undefined || !this.#isExpired(stored);
    });
  }

  #isExpired({ expiration }: Stored): boolean {
    return expiration !== undefined && expiration * 1000 <= this.#now();
  }

  #now(): number {
    return this.#options.now?.() ?? 0;
  }
}

interface ListPosition {
  readonly prefix: string;
  readonly after: string;
  readonly emptyPages: number;
}

function formatCursor(position: ListPosition): string {
  return btoa(JSON.stringify([position.prefix, position.after, position.emptyPages]));
}

function parseCursor(cursor: string): ListPosition {
  const value: unknown = JSON.parse(atob(cursor));
  const parts: readonly unknown[] = Array.isArray(value) ? value : [];
  const [prefix, after, emptyPages] = parts;
  if (typeof prefix !== "string" || typeof after !== "string" || typeof emptyPages !== "number") {
    throw new TypeError("KV GET failed: 400 Invalid cursor");
  }
  return { prefix, after, emptyPages };
}

function parseMetadata(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

function checkKey(key: string, method: string): void {
  const length = encoder.encode(key).length;
  if (length === 0 || key === "." || key === "..") {
    throw new Error(`KV ${method} failed: 400 Key name "${key}" is not allowed`);
  }
  if (length > KEY_LIMIT_BYTES) {
    throw new Error(`KV ${method} failed: 414 UTF-8 encoded length of ${length} exceeds key limit`);
  }
}

function toBytes(value: unknown): Uint8Array {
  if (typeof value === "string") {
    return encoder.encode(value);
  }
  if (value instanceof Uint8Array) {
    // A copy: callers may use their buffer again.
    return value.slice();
  }
  throw new TypeError("FakeKv stores text and Uint8Array only");
}

/** UTF-8 byte order is code point order, which is not the order of JavaScript's `<`. */
function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    if (left[at] !== right[at]) {
      return (left.codePointAt(at) ?? 0) - (right.codePointAt(at) ?? 0);
    }
  }
  return left.length - right.length;
}
