/** Sides measured in turns, so that what slows the machine down slows all of them down. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { do_not_optimize as consume } from "mitata";

import type { Side, SideName } from "./sides.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** of one side in one round */
  readonly sampleMs: number;
}

/** Nanoseconds per call of each side, one number per round. */
export type Timings = ReadonlyMap<SideName, readonly number[]>;

const NANOS_PER_MS = 1_000_000;
const NANOS_PER_MICRO = 1000;
const MIN_CALLS = 2;
/** What is faster than this is called several times between two looks at the clock. */
const MICROS_PER_LOOK = 200;
const BATCH_LIMIT_CALLS = 64;

/**
 * CPU time of this process: what other processes do to the clock on the wall does not count.
 * Garbage collection does, on whichever thread V8 does it.
 */
function cpuNanos(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * NANOS_PER_MICRO;
}

// Code of a side that waits for its turn must not grow old. A full collection still drops what was
// compiled for objects that are gone: that is in the ranges (docs/benchmarks.md).
setFlagsFromString("--no-flush-bytecode");

/** Empties the young generation, so that nobody collects what the side before left. */
const collectYoungGarbage = exposedCollector();

function exposedCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("() => gc({ type: 'minor' })");
  if (!isProcedure(collect)) {
    throw new Error("Cannot collect garbage on demand: V8 has no gc()");
  }
  return collect;
}

function isProcedure(value: unknown): value is () => void {
  return typeof value === "function";
}

/** Runs every side for a while of CPU time, unmeasured. */
export function warmUp(sides: readonly Side[], durationMs: number): void {
  for (const { run } of sides) {
    const endNanos = cpuNanos() + durationMs * NANOS_PER_MS;
    do {
      consume(run());
    } while (cpuNanos() < endNanos);
  }
}

/** Measures each side once per round. */
export function measureRounds(sides: readonly Side[], { rounds, sampleMs }: Effort): Timings {
  const timings = new Map(sides.map(({ name }) => [name, new Array<number>()]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of orderOfRound(sides.length, round)) {
      const side = sides[index];
      if (side !== undefined) {
        collectYoungGarbage();
        timings.get(side.name)?.push(nanosPerCall(side.run, sampleMs));
      }
    }
  }
  return timings;
}

/**
 * The mean over many calls, since garbage collection is part of the price. This loop is the same
 * for all sides and all rounds: one made for each turn, as benchmark libraries do, would be
 * optimized anew each time, with everything inlined, and that costs more than what it measures.
 */
function nanosPerCall(run: () => number, sampleMs: number): number {
  const startNanos = cpuNanos();
  const endNanos = startNanos + sampleMs * NANOS_PER_MS;
  let calls = 0;
  let batch = 1;
  for (;;) {
    for (let call = 0; call < batch; call += 1) {
      consume(run());
    }
    calls += batch;
    const nowNanos = cpuNanos();
    if (nowNanos >= endNanos && calls >= MIN_CALLS) {
      return (nowNanos - startNanos) / calls;
    }
    if ((nowNanos - startNanos) / calls < MICROS_PER_LOOK * NANOS_PER_MICRO) {
      batch = Math.min(batch * 2, BATCH_LIMIT_CALLS);
    }
  }
}

/** Another side first in each round, every other round backwards. */
export function orderOfRound(count: number, round: number): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => (index + round) % count);
  return round % 2 === 0 ? order : order.toReversed();
}

/** Times of one side, per call. */
export function timeOf(timings: Timings, name: SideName): Spread {
  return spreadOf(roundsOf(timings, name));
}

/** One side's time divided by another's, round by round. */
export function ratioOf(timings: Timings, side: SideName, base: SideName): Spread {
  const bases = roundsOf(timings, base);
  return spreadOf(
    roundsOf(timings, side).map((time, round) => time / (bases[round] ?? Number.NaN)),
  );
}

function roundsOf(timings: Timings, name: SideName): readonly number[] {
  const times = timings.get(name);
  if (times === undefined) {
    throw new Error(`Cannot report "${name}": it was not measured`);
  }
  return times;
}
