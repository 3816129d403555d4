/** Limits on how much may be asked: per key and second, per invocation, per day. */
import { type KvOperation, kvFailure } from "./operations.ts";

/** Operations a day; an absent kind is not limited. Reads are counted in keys. */
export interface DailyQuota {
  readonly read?: number;
  readonly write?: number;
  readonly list?: number;
  readonly delete?: number;
}

/** The free plan (https://developers.cloudflare.com/kv/platform/pricing/). */
export const FREE_PLAN: DailyQuota = { read: 100_000, write: 1000, list: 1000, delete: 1000 };
/**
 * Operations of one invocation, a bulk get counts as one
 * (https://developers.cloudflare.com/kv/platform/limits/).
 */
export const OPERATIONS_PER_INVOCATION = 1000;

/** "KV allows a maximum of 1 write to the same key per second." */
const WRITE_INTERVAL_MS = 1000;
const DAY_MS = 86_400_000;

/** Settings of {@link Quotas}. */
export interface QuotaOptions {
  /** whether a key refuses a second write within a second */
  readonly limitsWrites: boolean;
  /** infinite: not limited */
  readonly operationsPerInvocation: number;
  readonly daily: DailyQuota;
}

const KINDS: Readonly<Record<KvOperation, keyof DailyQuota>> = {
  put: "write",
  get: "read",
  getBulk: "read",
  list: "list",
  delete: "delete",
};
const NAMES: Readonly<Record<keyof DailyQuota, string>> = {
  read: "get",
  write: "put",
  list: "list",
  delete: "delete",
};

/** Counts what limits are about. */
export class Quotas {
  readonly #options: QuotaOptions;
  readonly #writtenAtMs = new Map<string, number>();
  readonly #used = { read: 0, write: 0, list: 0, delete: 0 };
  #day = 0;
  #operations = 0;

  constructor(options: QuotaOptions) {
    this.#options = options;
  }

  /** A new invocation begins: its operations are counted from 0. */
  beginInvocation(): void {
    this.#operations = 0;
  }

  /**
   * Takes an operation into account.
   *
   * @param units keys of a read, else 1
   * @throws what the platform throws when a limit is passed
   */
  use(operation: KvOperation, units: number, nowMs: number): void {
    this.#operations += 1;
    if (this.#operations > this.#options.operationsPerInvocation) {
      throw new Error("Too many API requests by single Worker invocation.");
    }
    const day = Math.floor(nowMs / DAY_MS);
    if (day !== this.#day) {
      // Quotas are reset at 00:00 UTC.
      Object.assign(this.#used, { read: 0, write: 0, list: 0, delete: 0 });
      this.#day = day;
    }
    const kind = KINDS[operation];
    if (this.#used[kind] + units > (this.#options.daily[kind] ?? Number.POSITIVE_INFINITY)) {
      throw new Error(`KV ${NAMES[kind]}() limit exceeded for the day.`);
    }
    this.#used[kind] += units;
  }

  /** @throws 429 when the key was written less than a second ago */
  checkWriteRate(key: string, nowMs: number): void {
    if (!this.#options.limitsWrites) {
      return;
    }
    const lastMs = this.#writtenAtMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < WRITE_INTERVAL_MS) {
      throw kvFailure("put", "429 Too Many Requests");
    }
    this.#writtenAtMs.set(key, nowMs);
  }
}
