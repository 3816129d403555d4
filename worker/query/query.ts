/** A question to the query endpoint, parsed. */
import type { Level } from "../events/level.ts";
import type { SegmentPrefix } from "../segment/key.ts";

/** Conditions on events; all must hold, of several values of one condition any. */
export interface Filters {
  readonly signals: readonly SegmentPrefix[];
  readonly eventTypes: readonly string[];
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly traceIds: readonly string[];
  /** at least this level; undefined: any event */
  readonly level: Level | undefined;
  /** at most one; empty: any batch */
  readonly batchIds: readonly string[];
}

/** A place in the order of all events: newest first, then by key, then by row, all descending. */
export interface Position {
  readonly timestampMs: number;
  readonly key: string;
  /** row of the event in its segment, from 0 */
  readonly row: number;
}

/** What to look for, where, and how much of it. */
export interface Query {
  readonly filters: Filters;
  /** range of received_at, epoch ms, both ends included */
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
  /** the last event of the page before; undefined for the first page */
  readonly after: Position | undefined;
}

/** Negative when `left` comes first: newer, or at the same time with the greater key. */
export function comparePosition(
  left: Pick<Position, "timestampMs" | "key">,
  right: Pick<Position, "timestampMs" | "key">,
): number {
  if (left.timestampMs !== right.timestampMs) {
    return right.timestampMs - left.timestampMs;
  }
  if (left.key === right.key) {
    return 0;
  }
  return left.key > right.key ? -1 : 1;
}
