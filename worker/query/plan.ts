/**
 * The plan of a query: which prefixes are listed at all, and which segments their summaries rule
 * out. It may be asked to remember why (`explain=1`).
 */
import type { SegmentPrefix } from "../segment/key.ts";
import type { Budget } from "./budget.ts";
import type { Expression } from "./filter/expression.ts";
import { type PruneFacts, prune } from "./filter/prune.ts";
import type { SegmentRef } from "./key-stream.ts";
import type { Query } from "./query.ts";

/** Segments whose reason is remembered; of the others only the number. */
export const EXPLAINED_LIMIT = 1000;

/** Why a segment was not read. */
export interface PrunedSegment {
  readonly key: string;
  readonly reason: string;
}

/** What `explain=1` shows. */
export interface Explanation {
  /** prefixes that hold nothing the filter can match */
  readonly skipped: readonly { readonly prefix: SegmentPrefix; readonly reason: string }[];
  readonly listed: readonly SegmentPrefix[];
  /** how many segments each reason ruled out */
  readonly reasons: Readonly<Record<string, number>>;
  /** the first 1,000 of them */
  readonly pruned: readonly PrunedSegment[];
}

/** What a walk asks about the segments it meets. */
export interface ScanPlan {
  /** to be listed */
  readonly prefixes: readonly SegmentPrefix[];
  /** whether any event is an answer, so that the number of events in the summaries tells enough */
  readonly takesEveryEvent: boolean;
  /** Whether a segment need not be read. */
  isPruned(ref: SegmentRef): boolean;
}

/** Decides by the filter what is not read, and remembers why. */
export class Plan implements ScanPlan {
  readonly prefixes: readonly SegmentPrefix[];
  readonly takesEveryEvent: boolean;
  readonly #filter: Expression;
  readonly #budget: Budget;
  readonly #skipped: Explanation["skipped"];
  readonly #reasons = new Map<string, number>();
  readonly #pruned: PrunedSegment[] = [];

  constructor({ filter, signals }: Query, budget: Budget) {
    const reasons = signals.map((prefix) => ({
      prefix,
      reason: prune(filter, factsOfAny(prefix)),
    }));
    this.prefixes = reasons.flatMap(({ prefix, reason }) => (reason === undefined ? [prefix] : []));
    this.#skipped = reasons.flatMap(({ prefix, reason }) =>
      reason === undefined ? [] : [{ prefix, reason }],
    );
    this.takesEveryEvent = filter.kind === "and" && filter.of.length === 0;
    this.#filter = filter;
    this.#budget = budget;
  }

  /** Whether the summary of a segment rules out that it holds a matching event. */
  isPruned({ key, prefix, summary }: SegmentRef): boolean {
    if (summary === undefined) {
      return false;
    }
    const reason = prune(this.#filter, { prefix, ...summary });
    if (reason === undefined) {
      return false;
    }
    this.#budget.pruned += 1;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (this.#pruned.length < EXPLAINED_LIMIT) {
      this.#pruned.push({ key, reason });
    }
    return true;
  }

  /** The plan and what came of it. */
  explain(): Explanation {
    return {
      skipped: this.#skipped,
      listed: this.prefixes,
      reasons: Object.fromEntries(this.#reasons),
      pruned: this.#pruned,
    };
  }
}

/** What is known of every segment of a prefix: nothing else. */
function factsOfAny(prefix: SegmentPrefix): PruneFacts {
  return {
    prefix,
    firstMs: 0,
    lastMs: Number.MAX_SAFE_INTEGER,
    severity: Number.MAX_SAFE_INTEGER,
    errors: Number.MAX_SAFE_INTEGER,
    services: undefined,
    mayContain: () => true,
  };
}
