/** Reads the segments of a query newest first and yields the events that match. */
import { type Result, ok } from "../core/result.ts";
import type { SegmentPrefix } from "../segment/key.ts";
import type { Store, StoreError } from "../store/store.ts";
import type { Budget, StopReason } from "./budget.ts";
import { type EventTest, compileFilter } from "./filter/evaluate.ts";
import { needlesOf } from "./filter/needles.ts";
import type { KeyDensity } from "./key-density.ts";
import type { SegmentRef } from "./key-stream.ts";
import type { ScanPlan } from "./plan.ts";
import type { Position, Query } from "./query.ts";
import { SegmentText } from "./segment-text.ts";
import { SegmentWalk } from "./segment-walk.ts";

/** KV expires by the second, and its clock is not ours. */
const EXPIRY_MARGIN_MS = 60_000;

/** One event that matches. */
export interface Row {
  /** its JSON text, as stored */
  readonly line: string;
  /** the same, parsed */
  readonly event: object;
  /** of the segment it stands in */
  readonly prefix: SegmentPrefix;
  readonly position: Position;
}

/** How a scan ended. */
export interface ScanEnd {
  /** undefined: everything has been looked at */
  readonly stoppedBy: StopReason | undefined;
  /** everything in front of this place has been looked at; undefined: everything */
  readonly next: Position | undefined;
}

/** What a scan needs from outside. */
export interface ScanContext {
  readonly store: Store;
  readonly density: KeyDensity;
  readonly budget: Budget;
  readonly plan: ScanPlan;
}

/** Takes a row; a reason: that is enough, the scan ends behind it. */
export type Visit = (row: Row) => StopReason | undefined;

/**
 * Shows every event that matches, in order, to `visit`, until that has enough, everything has been
 * looked at or the budget is used up.
 *
 * @param wantedEvents how many rows `visit` will take, to read no more than that needs
 */
export async function scan(
  query: Query,
  { wantedEvents, visit }: { readonly wantedEvents: number; readonly visit: Visit },
  context: ScanContext,
): Promise<Result<ScanEnd, StoreError>> {
  const segments = scanSegments(query, wantedEvents, context);
  for (;;) {
    const step = await segments.next();
    if (step.done === true) {
      return step.value;
    }
    for (const row of step.value) {
      const stoppedBy = visit(row);
      if (stoppedBy !== undefined) {
        return ok({ stoppedBy, next: row.position });
      }
    }
  }
}

/** The rows of one segment after the other; each segment's are found while they are taken. */
export type SegmentRows = AsyncGenerator<Iterable<Row>, Result<ScanEnd, StoreError>>;

/** {@link scan} for those who must wait between rows; who stops early knows the last row's place. */
export async function* scanSegments(
  query: Query,
  wantedEvents: number,
  context: ScanContext,
): SegmentRows {
  const { store, budget } = context;
  const walk = await SegmentWalk.open(query, context);
  if (!walk.ok) {
    return walk;
  }
  const search = searchOf(query, budget);
  let left = wantedEvents;
  for (;;) {
    const group = await walk.value.nextGroup(left);
    if (!group.ok) {
      return group;
    }
    const { refs, isLast } = group.value;
    if (refs.length > 0) {
      budget.reads += 1;
      budget.segments += refs.length;
      const values = await store.readSegments(refs.map((ref) => ref.key));
      if (!values.ok) {
        return values;
      }
      for (const ref of refs) {
        const value = values.value.get(ref.key);
        if (value === undefined) {
          // Lists may still show what has expired; anything younger should be there.
          budget.missing += ref.timestampMs > query.oldestMs + EXPIRY_MARGIN_MS ? 1 : 0;
        } else {
          const rows = new SegmentScan(ref, { query, search, budget });
          yield rows.of(value);
          if (rows.stoppedAt !== undefined) {
            return ok({ stoppedBy: "steps", next: rows.stoppedAt });
          }
        }
        left -= ref.summary?.events ?? 0;
      }
    }
    if (isLast) {
      return ok({ stoppedBy: undefined, next: undefined });
    }
    const { spent } = budget;
    if (spent !== undefined || refs.length === 0) {
      return ok({ stoppedBy: spent ?? "lists", next: walk.value.place });
    }
  }
}

interface Search {
  readonly matches: EventTest;
  /** of each group one text at least stands in every event that matches */
  readonly needles: readonly (readonly string[])[];
}

function searchOf({ filter }: Query, budget: Budget): Search {
  return { matches: compileFilter(filter, budget), needles: needlesOf(filter) };
}

interface RowContext {
  readonly query: Query;
  readonly search: Search;
  readonly budget: Budget;
}

/** The search through one segment. */
class SegmentScan {
  /** the last row looked at, when the search ended before the segment did */
  stoppedAt: Position | undefined;
  readonly #ref: SegmentRef;
  readonly #context: RowContext;

  constructor(ref: SegmentRef, context: RowContext) {
    this.#ref = ref;
    this.#context = context;
  }

  /** The matching events, the last row first. */
  *of(value: string): Generator<Row, void> {
    const { key, prefix, timestampMs } = this.#ref;
    const {
      query: { after },
      search: { matches, needles },
      budget,
    } = this.#context;
    const text = SegmentText.of(value);
    if (text === undefined) {
      budget.damaged += 1;
      return;
    }
    budget.bytes += text.bytes;
    if (!needles.every((group) => group.some((needle) => text.includes(needle)))) {
      return;
    }
    const lines = text.lines();
    const firstRow = after?.key === key ? Math.min(after.row, lines.length) : lines.length;
    for (let row = firstRow - 1; row >= 0; row -= 1) {
      const line = lines[row] ?? "";
      if (needles.every((group) => group.some((needle) => line.includes(needle)))) {
        budget.events += 1;
        const event = parseLine(line);
        const position = { timestampMs, key, row };
        if (event === undefined) {
          budget.damaged += 1;
        } else if (matches(event, line)) {
          yield { line, event, prefix, position };
        }
        if (budget.isOutOfSteps) {
          this.stoppedAt = position;
          return;
        }
      }
    }
  }
}

/** The event of a line; undefined for a line that is damaged. */
function parseLine(line: string): object | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === "object" && event !== null ? event : undefined;
  } catch {
    return undefined;
  }
}
