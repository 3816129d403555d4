/** One whole trace: its spans in the order of the tree, with its logs where they are asked for. */
import { type Result, ok } from "../../core/result.ts";
import type { StoreError } from "../../store/store.ts";
import type { StopReason } from "../budget.ts";
import type { QueryContext } from "../context.ts";
import type { Question } from "../question.ts";
import { type ScanEnd, scan } from "../scan.ts";
import { type SpanPlace, spanIdentity, spanPlaceOf } from "./span.ts";
import { type Branch, treeOrder } from "./tree.ts";

/**
 * Events of one answer, and their bytes: what an isolate with 128 MB can hold, sort and send. A
 * larger trace is continued by the cursor.
 */
const EVENT_LIMIT = 10_000;
const BYTES_LIMIT = 16 * 1024 * 1024;

/** A span with the text it is stored as. */
export interface StoredSpan {
  readonly place: SpanPlace;
  readonly line: string;
}

/** What was found of a trace. */
export interface Trace {
  /** parents before children */
  readonly spans: readonly Branch<StoredSpan>[];
  /** log records and native events of the trace, oldest first, as stored */
  readonly logs: readonly string[];
  readonly end: ScanEnd;
}

/**
 * Finds the events of a trace.
 *
 * @param question narrowed to one trace id
 */
export async function findTrace(
  { query, budget, plan }: Question,
  { store, density }: Pick<QueryContext, "store" | "density">,
): Promise<Result<Trace, StoreError>> {
  const spans = new Map<string, StoredSpan>();
  const logs: string[] = [];
  let bytes = 0;
  const end = await scan(
    query,
    {
      wantedEvents: Number.POSITIVE_INFINITY,
      visit: ({ event, line }): StopReason | undefined => {
        const place = spanPlaceOf(event);
        if (place === undefined) {
          logs.push(line);
        } else {
          spans.set(spanIdentity(place), { place, line });
        }
        bytes += line.length;
        if (bytes >= BYTES_LIMIT) {
          return "bytes";
        }
        return spans.size + logs.length >= EVENT_LIMIT ? "limit" : undefined;
      },
    },
    { store, density, budget, plan },
  );
  return end.ok
    ? ok({ spans: treeOrder([...spans.values()]), logs: logs.toReversed(), end: end.value })
    : end;
}
