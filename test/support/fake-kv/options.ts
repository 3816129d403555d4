/** What a fake KV does besides behaving: each setting is one thing that KV does in production. */
import type { DailyQuota } from "./quotas.ts";
import type { Amount } from "./random.ts";

/** Settings; without any it is as well-behaved as the simulator of wrangler. */
export interface FakeKvOptions {
  /** epoch ms: for expiry and everything that takes time; absent: always 0 */
  readonly now?: () => number;
  /** of all that is drawn; absent: 1 */
  readonly seed?: number;
  /** whether a key refuses a second write within a second: "1 write to the same key per second" */
  readonly limitsWrites?: boolean;
  /** ms in which a write is invisible to reads: "up to 60 seconds or more" */
  readonly readLagMs?: Amount;
  /** the same for lists, which lag by themselves: list and read may disagree */
  readonly listLagMs?: Amount;
  /**
   * locations, each with its own lags and cache; every operation goes to one of them by chance. More
   * than 1: what was seen may be invisible again, as for a client whose requests change location
   */
  readonly places?: number;
  /** ms for which a location repeats what it read, a miss too: `cacheTtl`, 60,000 in production */
  readonly readCacheMs?: number;
  /** empty pages, each with a cursor, that come before the keys of every list */
  readonly emptyPages?: (prefix: string) => number;
  /**
   * keys that a list looks at before it ends a page; absent: 1,000, as many as it may show. KV may
   * end a page early, even with no key at all: "always check list_complete"
   */
  readonly pageKeys?: Amount;
  /**
   * ms for which expired and deleted keys take up room in the pages of a list without being shown:
   * "recently expired or deleted keys must be iterated through"
   * (https://developers.cloudflare.com/kv/api/list-keys/)
   */
  readonly gapsMs?: number;
  /** keys that lists show although nothing can be read there any more */
  readonly ghosts?: readonly string[];
  /** see OPERATIONS_PER_INVOCATION; `beginInvocation()` starts one. Absent: no limit */
  readonly operationsPerInvocation?: number;
  /** see FREE_PLAN; absent: no limit */
  readonly dailyQuota?: DailyQuota;
}
