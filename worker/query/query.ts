/** A question about stored events, parsed: what to look for and where. */
import type { SegmentPrefix } from "../segment/key.ts";
import type { Expression } from "./filter/expression.ts";

/** A range of received_at, epoch ms, both ends included. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** A place in the order of all events: newest first, then by key, then by row, all descending. */
export interface Position {
  readonly timestampMs: number;
  readonly key: string;
  /** row of the event in its segment, from 0 */
  readonly row: number;
}

/** Which events, from where on. */
export interface Query {
  readonly filter: Expression;
  readonly signals: readonly SegmentPrefix[];
  /** empty: any batch */
  readonly batchIds: readonly string[];
  readonly range: TimeRange;
  /** when it was asked, epoch ms */
  readonly nowMs: number;
  /** nothing older than this is stored any more, epoch ms */
  readonly oldestMs: number;
  /** everything down to this place, itself included, has been answered; undefined: nothing yet */
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
