/** Which services sent something: for the most part from the summaries alone, without a read. */
import { type Result, ok } from "../../core/result.ts";
import type { SegmentPrefix } from "../../segment/key.ts";
import type { StoreError } from "../../store/store.ts";
import type { Budget } from "../budget.ts";
import type { QueryContext } from "../context.ts";
import { lookupOf } from "../filter/lookup.ts";
import type { SegmentRef } from "../key-stream.ts";
import type { ScanPlan } from "../plan.ts";
import type { Question } from "../question.ts";
import { type ScanEnd, scan } from "../scan.ts";

/** A service and what was last heard of it. */
export interface Service {
  readonly name: string;
  readonly signals: readonly SegmentPrefix[];
  /** when its newest events were received, epoch ms */
  readonly last_seen: number;
}

/** The services of a range. */
export interface Services {
  /** by name */
  readonly services: readonly Service[];
  readonly end: ScanEnd;
}

/** Finds the services of a question's range. */
export async function findServices(
  { query, budget }: Question,
  { store, density }: Pick<QueryContext, "store" | "density">,
): Promise<Result<Services, StoreError>> {
  const plan = new ServicePlan(query.signals, budget);
  const serviceOf = lookupOf({ kind: "intrinsic", name: "service" });
  const end = await scan(
    query,
    {
      wantedEvents: Number.POSITIVE_INFINITY,
      visit: ({ event, prefix, position }) => {
        const [name] = serviceOf(event);
        if (typeof name === "string") {
          plan.note(name, prefix, position.timestampMs);
        }
        return undefined;
      },
    },
    { store, density, budget, plan },
  );
  return end.ok ? ok({ services: plan.services(), end: end.value }) : end;
}

/** Takes the services from the summaries that know them; only the other segments are read. */
class ServicePlan implements ScanPlan {
  readonly takesEveryEvent = false;
  readonly prefixes: readonly SegmentPrefix[];
  readonly #budget: Budget;
  readonly #found = new Map<string, { signals: Set<SegmentPrefix>; lastMs: number }>();

  constructor(prefixes: readonly SegmentPrefix[], budget: Budget) {
    this.prefixes = prefixes;
    this.#budget = budget;
  }

  isPruned({ prefix, timestampMs, summary }: SegmentRef): boolean {
    if (summary?.services === undefined) {
      return false;
    }
    this.#budget.pruned += 1;
    for (const name of summary.services) {
      this.note(name, prefix, timestampMs);
    }
    return true;
  }

  note(name: string, prefix: SegmentPrefix, timestampMs: number): void {
    const known = this.#found.get(name) ?? { signals: new Set(), lastMs: 0 };
    known.signals.add(prefix);
    known.lastMs = Math.max(known.lastMs, timestampMs);
    this.#found.set(name, known);
  }

  services(): readonly Service[] {
    return [...this.#found]
      .map(([name, { signals, lastMs }]) => ({
        name,
        signals: [...signals].toSorted(),
        last_seen: lastMs,
      }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }
}
