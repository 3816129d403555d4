/** What an answer cost, however it was found. */
import type { FakeKv } from "../../../test/support/fake-kv.ts";

/** An answer and its price. */
export interface Answer {
  /** JSON texts, newest first */
  readonly events: readonly string[];
  readonly cost: Cost;
}

/** What it took. */
export interface Cost {
  /** requests to the gateway: pages */
  readonly requests: number;
  readonly lists: number;
  /** calls: a bulk get is one */
  readonly reads: number;
  readonly keysRead: number;
  /** segments that were listed in the range and not read; undefined: nobody says */
  readonly pruned: number | undefined;
  readonly bytesRead: number;
}

/** List prices (https://developers.cloudflare.com/kv/platform/pricing/). */
const USD_PER_LIST = 5 / 1_000_000;
const USD_PER_KEY_READ = 0.5 / 1_000_000;

/** What the operations cost, in USD. */
export function usdOf({ lists, keysRead }: Cost): number {
  return lists * USD_PER_LIST + keysRead * USD_PER_KEY_READ;
}

/** KV operations of all kinds. */
export function operationsOf({ lists, reads }: Cost): number {
  return lists + reads;
}

/** What was counted since the last reset. */
export function countedCost(kv: FakeKv, requests: number, pruned: number | undefined): Cost {
  const { list, get, getBulk, keysRead } = kv.counts;
  return {
    requests,
    lists: list,
    reads: get + getBulk,
    keysRead,
    pruned,
    bytesRead: kv.traffic.bytesRead,
  };
}
