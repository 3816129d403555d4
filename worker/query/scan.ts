/** Walks segments newest first and picks the events that match: the only I/O of the read side. */
import { type Result, ok } from "../core/result.ts";
import { REPEAT_HORIZON_MS } from "../segment/repeats.ts";
import {
  READ_LIMIT_BYTES,
  READ_LIMIT_KEYS,
  type Store,
  type StoreError,
} from "../store/store.ts";
import { Budget } from "./budget.ts";
import { KeyStream, type SegmentRef } from "./key-stream.ts";
import { matches, matchesAll } from "./match.ts";
import type { Position, Query } from "./query.ts";

/** One page of an answer. */
export interface Page {
  /** the events' JSON texts, newest first */
  readonly events: readonly string[];
  /** where the next page goes on; undefined when everything has been looked at */
  readonly next: Position | undefined;
}

/** Size taken for a segment whose summary is unreadable. */
const UNKNOWN_SEGMENT_BYTES = 4 * 1024 * 1024;

/** Finds the next page of events for a query. */
export async function scan(query: Query, store: Store): Promise<Result<Page, StoreError>> {
  const budget = new Budget();
  const opened = await openStreams(query, store, budget);
  if (!opened.ok) {
    return opened;
  }
  const streams = opened.value;
  const events: string[] = [];
  let last = query.after;
  for (;;) {
    const group = await nextGroup(streams, query, query.limit - events.length, budget);
    if (!group.ok) {
      return group;
    }
    const { refs, isExhausted } = group.value;
    if (refs.length === 0) {
      return ok({ events, next: isExhausted ? undefined : (last ?? passedBy(streams, query)) });
    }
    const texts = await readGroup(refs, store, budget);
    if (!texts.ok) {
      return texts;
    }
    for (const ref of refs) {
      const text = texts.value.get(ref.key) ?? "";
      const full = pickEvents(ref, text, query, events);
      if (full !== undefined) {
        return ok({ events, next: full });
      }
      last = { timestampMs: ref.timestampMs, key: ref.key, row: 0 };
    }
    if (budget.isSpent()) {
      return ok({ events, next: last });
    }
  }
}

/** One stream for each prefix asked for; batches are found by their record, without listing. */
async function openStreams(
  { filters, startMs, endMs, after }: Query,
  store: Store,
  budget: Budget,
): Promise<Result<readonly KeyStream[], StoreError>> {
  const range = { startMs, endMs: Math.min(endMs, after?.timestampMs ?? endMs) };
  const streams = filters.signals.map((prefix) => new KeyStream(store, prefix, { range, budget }));
  const keys: string[] = [];
  for (const batchId of filters.batchIds) {
    budget.reads += 1;
    const record = await store.getBatch(batchId);
    if (!record.ok) {
      return record;
    }
    if (record.value === undefined) {
      // Unknown, or the record was lost while the events were stored: look everywhere.
      return ok(streams);
    }
    keys.push(...record.value.events);
  }
  if (keys.length > 0) {
    for (const stream of streams) {
      stream.use(keys);
    }
  }
  return ok(streams);
}

/** How far a query came that ran out of budget before it found a segment. */
function passedBy(streams: readonly KeyStream[], { endMs }: Query): Position {
  const listedDownToMs = Math.max(...streams.map((stream) => stream.listedDownToMs));
  // Nothing has the empty key, so the place lies behind everything that was listed.
  return { timestampMs: Math.min(listedDownToMs, endMs + 1), key: "", row: 0 };
}

interface Group {
  readonly refs: readonly SegmentRef[];
  /** whether no more segments exist behind these */
  readonly isExhausted: boolean;
}

/** Takes segments off the streams in order: as many as one read may fetch, or as are needed. */
async function nextGroup(
  streams: readonly KeyStream[],
  query: Query,
  wanted: number,
  budget: Budget,
): Promise<Result<Group, StoreError>> {
  const refs: SegmentRef[] = [];
  const isPlain = matchesAll(query.filters);
  let bytes = 0;
  let expected = 0;
  for (;;) {
    for (const stream of streams) {
      const filled = await stream.fill();
      if (!filled.ok) {
        return filled;
      }
    }
    if (streams.some((stream) => stream.head === undefined && !stream.isListed)) {
      return ok({ refs, isExhausted: false });
    }
    const stream = newest(streams);
    const ref = stream?.head;
    if (stream === undefined || ref === undefined) {
      return ok({ refs, isExhausted: true });
    }
    const size = ref.summary?.bytes ?? UNKNOWN_SEGMENT_BYTES;
    if (
      refs.length > 0 &&
      (refs.length >= READ_LIMIT_KEYS ||
        bytes + size > READ_LIMIT_BYTES ||
        (isPlain && expected >= wanted))
    ) {
      return ok({ refs, isExhausted: false });
    }
    const isWanted = await isFirstCopy(stream, ref, query);
    if (!isWanted.ok) {
      return isWanted;
    }
    if (isWanted.value === "unknown") {
      return ok({ refs, isExhausted: false });
    }
    stream.take();
    if (isWanted.value === "yes") {
      refs.push(ref);
      bytes += size;
      expected += ref.summary?.events ?? 1;
    }
    if (budget.isSpent() && refs.length === 0) {
      return ok({ refs, isExhausted: false });
    }
  }
}

/**
 * Whether a segment is to be shown: not before the place where the last page ended, and not a
 * repeat of a batch whose first copy lies within the range and a little further in the past. The
 * oldest copy counts, so the choice is the same on every page and for every later question.
 */
async function isFirstCopy(
  stream: KeyStream,
  ref: SegmentRef,
  { after, startMs }: Query,
): Promise<Result<"yes" | "no" | "unknown", StoreError>> {
  if (after !== undefined) {
    const order = comparePosition(ref, after);
    if (order < 0 || (order === 0 && after.row === 0)) {
      return ok("no");
    }
  }
  const horizonMs = Math.max(startMs, ref.timestampMs - REPEAT_HORIZON_MS);
  const filled = await stream.fillDownTo(horizonMs);
  if (!filled.ok) {
    return filled;
  }
  if (stream.listedDownToMs > horizonMs) {
    return ok("unknown");
  }
  return ok(stream.isRepeat(ref) ? "no" : "yes");
}

function newest(streams: readonly KeyStream[]): KeyStream | undefined {
  let best: KeyStream | undefined;
  for (const stream of streams) {
    const head = stream.head;
    const bestHead = best?.head;
    if (
      head !== undefined &&
      (bestHead === undefined || comparePosition(head, bestHead) < 0)
    ) {
      best = stream;
    }
  }
  return best;
}

/** Negative when `left` comes first: newer, or at the same time with the greater key. */
function comparePosition(
  left: { readonly timestampMs: number; readonly key: string },
  right: { readonly timestampMs: number; readonly key: string },
): number {
  if (left.timestampMs !== right.timestampMs) {
    return right.timestampMs - left.timestampMs;
  }
  return left.key === right.key ? 0 : left.key > right.key ? -1 : 1;
}

async function readGroup(
  refs: readonly SegmentRef[],
  store: Store,
  budget: Budget,
): Promise<Result<ReadonlyMap<string, string>, StoreError>> {
  budget.reads += 1;
  budget.bytes += refs.reduce((sum, ref) => sum + (ref.summary?.bytes ?? UNKNOWN_SEGMENT_BYTES), 0);
  return store.readSegments(refs.map((ref) => ref.key));
}

/**
 * Adds a segment's matching events to the page, the last row first.
 *
 * @returns the place of the last event when the page is full
 */
function pickEvents(
  ref: SegmentRef,
  text: string,
  { filters, after, limit }: Query,
  events: string[],
): Position | undefined {
  const isPlain = matchesAll(filters);
  const lines = text.split("\n");
  // The text ends with a line feed: what follows it is no row.
  const rowCount = lines.length - 1;
  const firstRow = after?.key === ref.key ? Math.min(after.row, rowCount) : rowCount;
  for (let row = firstRow - 1; row >= 0; row -= 1) {
    const line = lines[row] ?? "";
    if (isPlain || matches(line, filters)) {
      events.push(line);
      if (events.length === limit) {
        return { timestampMs: ref.timestampMs, key: ref.key, row };
      }
    }
  }
  return undefined;
}
