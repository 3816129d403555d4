/** Which operations the spans of a range name: service, span name and kind, with their counts. */
import { type Result, ok } from "../../core/result.ts";
import type { StoreError } from "../../store/store.ts";
import type { QueryContext } from "../context.ts";
import { lookupOf } from "../filter/lookup.ts";
import type { Question } from "../question.ts";
import { type ScanEnd, scan } from "../scan.ts";
import { spanPlaceOf } from "../traces/span.ts";

/** An operation; the counts are those of this page. */
export interface Operation {
  readonly service: string;
  readonly name: string;
  /** `client`, `server` …; `unspecified` where the span has none */
  readonly kind: string;
  readonly span_count: number;
  readonly error_count: number;
  /** when its newest span was received, epoch ms */
  readonly last_seen: number;
}

/** The operations of a page. */
export interface Operations {
  /** most spans first */
  readonly operations: readonly Operation[];
  readonly end: ScanEnd;
}

/**
 * Distinct operations of one page. Span names should be few; a service that writes ids into them
 * has as many operations as spans, and the page ends here.
 */
const OPERATION_LIMIT = 2000;

/** Counts the spans that match, by operation. */
export async function findOperations(
  { query, budget, plan }: Question,
  { store, density }: Pick<QueryContext, "store" | "density">,
): Promise<Result<Operations, StoreError>> {
  const kindOf = lookupOf({ kind: "intrinsic", name: "kind" });
  const found = new Map<string, Operation>();
  const end = await scan(
    query,
    {
      wantedEvents: Number.POSITIVE_INFINITY,
      visit: ({ event, position }) => {
        const span = spanPlaceOf(event);
        if (span !== undefined) {
          const { service, name, isError } = span;
          // An enum's number that has no name stays a number.
          const kind = JSON.stringify(kindOf(event)[0] ?? "unspecified").replaceAll('"', "");
          const id = JSON.stringify([service, name, kind]);
          const known = found.get(id);
          found.set(id, {
            service,
            name,
            kind,
            span_count: (known?.span_count ?? 0) + 1,
            error_count: (known?.error_count ?? 0) + (isError ? 1 : 0),
            // The newest come first.
            last_seen: known?.last_seen ?? position.timestampMs,
          });
        }
        return found.size >= OPERATION_LIMIT ? "limit" : undefined;
      },
    },
    { store, density, budget, plan },
  );
  return end.ok
    ? ok({
        operations: [...found.values()].toSorted(
          (left, right) => right.span_count - left.span_count,
        ),
        end: end.value,
      })
    : end;
}
