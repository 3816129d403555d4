/** What the gateway must reach, and whether it does. */
import { type Timings, ratioOf } from "./rounds.ts";
import type { SideName } from "./sides.ts";

/** A ratio that must be reached. */
export interface Target {
  readonly text: string;
  readonly side: SideName;
  readonly base: SideName;
  readonly limit: number;
  readonly aim: number | undefined;
  /** whether a higher ratio is the better one */
  readonly isHigherBetter: boolean;
}

/** Targets for 512 spans. */
export const TARGETS: readonly Target[] = [
  {
    text: "protobufjs static, decode and encode ÷ gateway",
    side: "protobufjs static",
    base: "gateway",
    limit: 6,
    aim: 10,
    isHigherBetter: true,
  },
  {
    text: "JSON.parse of the same data ÷ gateway",
    side: "JSON.parse",
    base: "gateway",
    limit: 1.5,
    aim: 3,
    isHigherBetter: true,
  },
  {
    text: "gateway from JSON ÷ JSON.parse + JSON.stringify",
    side: "gateway, JSON",
    base: "JSON.parse + stringify",
    limit: 2.5,
    aim: undefined,
    isHigherBetter: false,
  },
];

/** Whether a ratio reaches its limit and its aim, in words. */
export function verdictOf(target: Target, ratio: number): string {
  function reaches(bound: number): boolean {
    return target.isHigherBetter ? ratio >= bound : ratio <= bound;
  }
  if (!reaches(target.limit)) {
    return "**not reached**";
  }
  return target.aim === undefined || reaches(target.aim) ? "reached" : "limit reached, aim not";
}

/** Limit and aim as a reader of the table sees them. */
export function boundsOf({ limit, aim, isHigherBetter }: Target): string {
  const sign = isHigherBetter ? "≥" : "≤";
  return aim === undefined ? `${sign} ${limit}×` : `${sign} ${limit}×, aim ${aim}×`;
}

/** The median ratio of a target. */
export function measuredRatio(target: Target, timings: Timings): number {
  return ratioOf(timings, target.side, target.base).median;
}
