/** Reads segments newest first and picks the events that match. */
import { type Result, ok } from "../core/result.ts";
import type { Store, StoreError } from "../store/store.ts";
import { Budget } from "./budget.ts";
import type { SegmentRef } from "./key-stream.ts";
import { matches, matchesAll } from "./match.ts";
import { type Position, type Query, comparePosition } from "./query.ts";
import { SegmentWalk } from "./segment-walk.ts";

/** One page of an answer. */
export interface Page {
  /** the events' JSON texts, newest first */
  readonly events: readonly string[];
  /** where the next page goes on; undefined when everything has been looked at */
  readonly next: Position | undefined;
}

/** Finds the next page of events for a query. */
export async function scan(query: Query, store: Store): Promise<Result<Page, StoreError>> {
  const budget = new Budget();
  const walk = await SegmentWalk.open(query, store, budget);
  if (!walk.ok) {
    return walk;
  }
  const events: string[] = [];
  let last = query.after;
  for (;;) {
    const group = await walk.value.nextGroup(query.limit - events.length);
    if (!group.ok) {
      return group;
    }
    const { refs, bytes, isLast } = group.value;
    if (refs.length === 0) {
      return ok({ events, next: isLast ? undefined : furthest(last, walk.value.passed()) });
    }
    budget.reads += 1;
    budget.bytes += bytes;
    const texts = await store.readSegments(refs.map((ref) => ref.key));
    if (!texts.ok) {
      return texts;
    }
    for (const ref of refs) {
      // A segment that expired between list and read has no text, and so no rows.
      for (const { line, row } of matchingRows(ref, texts.value.get(ref.key) ?? "", query)) {
        events.push(line);
        if (events.length === query.limit) {
          return ok({ events, next: { timestampMs: ref.timestampMs, key: ref.key, row } });
        }
      }
      last = { timestampMs: ref.timestampMs, key: ref.key, row: 0 };
    }
    if (budget.isSpent() && !isLast) {
      return ok({ events, next: last });
    }
  }
}

/** The place that comes later in the order of all events. */
function furthest(place: Position | undefined, other: Position): Position {
  return place === undefined || comparePosition(place, other) < 0 ? other : place;
}

/** A segment's matching events, the last row first. */
function* matchingRows(
  ref: SegmentRef,
  text: string,
  { filters, after }: Query,
): Generator<{ readonly line: string; readonly row: number }, void> {
  const isPlain = matchesAll(filters);
  const lines = text.split("\n");
  // The text ends with a line feed: what follows it is no row.
  const rowCount = lines.length - 1;
  const firstRow = after?.key === ref.key ? Math.min(after.row, rowCount) : rowCount;
  for (let row = firstRow - 1; row >= 0; row -= 1) {
    const line = lines[row] ?? "";
    if (isPlain || matches(line, filters)) {
      yield { line, row };
    }
  }
}
