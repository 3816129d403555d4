/**
 * Traces, newest first. A trace stands where its newest span that matches was received, so the
 * list pages like events do: find the next traces, then all spans of these, and leave out those
 * that an earlier page has shown.
 */
import { type Result, ok } from "../../core/result.ts";
import type { StoreError } from "../../store/store.ts";
import { Budget } from "../budget.ts";
import type { QueryContext } from "../context.ts";
import { type EventTest, compileFilter } from "../filter/evaluate.ts";
import { isOneOf } from "../filter/expression.ts";
import { Plan } from "../plan.ts";
import { type Position, type Query, comparePosition } from "../query.ts";
import type { Question } from "../question.ts";
import { type Row, type ScanEnd, scan } from "../scan.ts";
import { type SpanPlace, spanPlaceOf } from "./span.ts";
import { type TraceSummary, summarize } from "./summary.ts";

/**
 * The spans of one trace are expected to arrive within this time of each other. What comes later
 * is missing in the summary, and may show the trace a second time on another page.
 */
export const TRACE_WINDOW_MS = 60 * 60 * 1000;
/** Spans held at once for the summaries of one page: about 40 MB of the isolate's 128. */
const SPAN_LIMIT = 100_000;

/** A trace of a page. */
export interface ListedTrace extends TraceSummary {
  /** when its newest matching span was received, epoch ms */
  readonly received_at: number;
  /** whether all of the hour before and after was searched for its spans */
  readonly complete: boolean;
}

/** One page of traces. */
export interface TracePage {
  readonly traces: readonly ListedTrace[];
  readonly end: ScanEnd;
}

/** Finds the next traces. */
export async function listTraces(
  { query, budget, plan }: Question,
  limit: number,
  { store, density, now }: QueryContext,
): Promise<Result<TracePage, StoreError>> {
  const found = new Map<string, Position>();
  const end = await scan(
    query,
    {
      wantedEvents: Number.POSITIVE_INFINITY,
      visit: ({ event, position }) => {
        const traceId = spanPlaceOf(event)?.traceId;
        if (traceId !== undefined && !found.has(traceId)) {
          found.set(traceId, position);
        }
        return found.size >= limit ? "limit" : undefined;
      },
    },
    { store, density, budget, plan },
  );
  if (!end.ok || found.size === 0) {
    return end.ok ? ok({ traces: [], end: end.value }) : end;
  }
  const gathered = await gatherSpans(query, [...found], { store, density, nowMs: now(), budget });
  if (!gathered.ok) {
    return gathered;
  }
  const { spans, shownBefore, isComplete } = gathered.value;
  const traces = [...found].flatMap(([traceId, position]): readonly ListedTrace[] => {
    const own = spans.get(traceId) ?? [];
    return own.length === 0 || shownBefore.has(traceId)
      ? []
      : [
          {
            ...summarize(traceId, own),
            received_at: position.timestampMs,
            complete: isComplete,
          },
        ];
  });
  return ok({ traces, end: end.value });
}

interface Gathered {
  readonly spans: ReadonlyMap<string, readonly SpanPlace[]>;
  /** traces that have a matching span before the place where the page began */
  readonly shownBefore: ReadonlySet<string>;
  readonly isComplete: boolean;
}

/** Finds all spans of some traces, an hour before and after them. */
async function gatherSpans(
  query: Query,
  found: readonly (readonly [string, Position])[],
  {
    store,
    density,
    nowMs,
    budget,
  }: Pick<QueryContext, "store" | "density"> & { readonly nowMs: number; readonly budget: Budget },
): Promise<Result<Gathered, StoreError>> {
  const times = found.map(([, { timestampMs }]) => timestampMs);
  const own = new Budget();
  const wanted: Query = {
    ...query,
    filter: isOneOf(
      "trace_id",
      found.map(([traceId]) => traceId),
    ),
    signals: ["traces"],
    batchIds: [],
    range: {
      startMs: Math.max(0, Math.min(...times) - TRACE_WINDOW_MS),
      endMs: Math.min(nowMs, Math.max(...times) + TRACE_WINDOW_MS),
    },
    after: undefined,
  };
  const matches = compileFilter(query.filter);
  const spans = new Map<string, SpanPlace[]>();
  const shownBefore = new Set<string>();
  let count = 0;
  const end = await scan(
    wanted,
    {
      wantedEvents: Number.POSITIVE_INFINITY,
      visit: (row) => {
        const span = spanPlaceOf(row.event);
        if (span !== undefined) {
          const list = spans.get(span.traceId) ?? [];
          list.push(span);
          spans.set(span.traceId, list);
          if (isAnswered(row, query, matches)) {
            shownBefore.add(span.traceId);
          }
          count += 1;
        }
        return count >= SPAN_LIMIT ? "events" : undefined;
      },
    },
    { store, density, budget: own, plan: new Plan(wanted, own) },
  );
  budget.add(own);
  return end.ok ? ok({ spans, shownBefore, isComplete: end.value.next === undefined }) : end;
}

/** Whether a row was an answer on an earlier page: matching, in the range, before its end. */
function isAnswered({ event, line, position }: Row, query: Query, matches: EventTest): boolean {
  const { after, range } = query;
  if (after === undefined || position.timestampMs > range.endMs) {
    return false;
  }
  const order = comparePosition(position, after);
  const isBefore = order < 0 || (order === 0 && position.row >= after.row);
  return isBefore && matches(event, line);
}
