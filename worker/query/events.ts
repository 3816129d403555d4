/** Events newest first: one page, or a stream of many. */
import { type Result, ok } from "../core/result.ts";
import type { StoreError } from "../store/store.ts";
import type { StopReason } from "./budget.ts";
import type { QueryContext } from "./context.ts";
import type { Position } from "./query.ts";
import { type Question, metaOf } from "./question.ts";
import { type ScanEnd, type SegmentRows, scan, scanSegments } from "./scan.ts";

/** Bytes of events in one answer, what an isolate with 128 MB can hold; a single event may exceed it. */
const ANSWER_LIMIT_BYTES = 16 * 1024 * 1024;
/** Characters gathered before a chunk of a stream is sent: few system calls, little held. */
const CHUNK_CHARACTERS = 256 * 1024;

/** One page. */
export interface EventPage {
  /** the events' JSON texts, as stored */
  readonly lines: readonly string[];
  readonly end: ScanEnd;
}

/** Finds the next events. */
export async function findEvents(
  question: Question,
  limit: number,
  { store, density }: Pick<QueryContext, "store" | "density">,
): Promise<Result<EventPage, StoreError>> {
  const lines: string[] = [];
  let bytes = 0;
  const end = await scan(
    question.query,
    {
      wantedEvents: limit,
      visit: ({ line }): StopReason | undefined => {
        lines.push(line);
        bytes += line.length;
        if (lines.length >= limit) {
          return "limit";
        }
        return bytes >= ANSWER_LIMIT_BYTES ? "bytes" : undefined;
      },
    },
    { ...question, store, density },
  );
  return end.ok ? ok({ lines, end: end.value }) : end;
}

/** Pages of a stream, and what its last line says. */
export type EventStream = AsyncGenerator<readonly string[], object>;

/**
 * Finds events for as long as they are taken.
 *
 * @returns the failure of a first read; a later one stands in the last line of the stream, with the
 *   cursor to go on from
 */
export async function streamEvents(
  question: Question,
  limit: number,
  context: QueryContext,
): Promise<Result<EventStream, StoreError>> {
  const { store, density } = context;
  const segments = scanSegments(question.query, limit, { ...question, store, density });
  const first = await segments.next();
  return first.done === true && !first.value.ok
    ? first.value
    : ok(streamPages(question, { limit, segments, first }, context));
}

interface Begun {
  readonly limit: number;
  readonly segments: SegmentRows;
  readonly first: Awaited<ReturnType<SegmentRows["next"]>>;
}

async function* streamPages(
  question: Question,
  { limit, segments, first }: Begun,
  context: QueryContext,
): EventStream {
  let count = 0;
  let place: Position | undefined = question.query.after;
  let lines: string[] = [];
  let characters = 0;
  for (let step = first; ; step = await segments.next()) {
    if (step.done === true) {
      yield lines;
      const end = step.value.ok ? step.value.value : { stoppedBy: undefined, next: place };
      return {
        count,
        ...(await metaOf(question, end, context)),
        ...(!step.value.ok && { error: "Cannot read on right now: go on with next_cursor" }),
      };
    }
    for (const { line, position } of step.value) {
      lines.push(line);
      characters += line.length;
      count += 1;
      place = position;
      if (count >= limit) {
        yield lines;
        return { count, ...(await metaOf(question, { stoppedBy: "limit", next: place }, context)) };
      }
      if (characters >= CHUNK_CHARACTERS) {
        yield lines;
        lines = [];
        characters = 0;
      }
    }
  }
}
