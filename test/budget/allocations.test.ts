/**
 * What transcoding allocates, counted by V8 and not by a clock, so that a busy machine cannot fail
 * it. With these flags ten runs differed by less than 0.01 bytes per item.
 *
 * There is no budget of instructions: hardware counters are rarely there in virtual machines
 * (`perf stat -e instructions:u` says "not supported"), and valgrind counts what a simulated
 * processor does, slowly, with other code from V8's compiler than production runs.
 */
import { join } from "node:path";
import process from "node:process";

import { beforeAll, describe, expect, it } from "vitest";

import { runProgram } from "../interop/support/run-program.ts";
import { isJsonObject } from "../support/api-client.ts";

const PROGRAM = join(import.meta.dirname, "programs/measure-allocation.ts");
const V8_FLAGS = [
  "--expose-gc",
  // One thread, and code compiled at the same call in every run.
  "--predictable",
  // Never collects while it counts.
  "--min-semi-space-size=512",
  "--max-semi-space-size=512",
];
const TIMEOUT_MS = 120_000;

/**
 * Bytes on V8's heap per span, log record or data point: twice what it takes today. Events are written
 * within WebAssembly, so this is the summary of their segment, above all the sorting of its tokens.
 * One string or object per attribute would already break it.
 */
const HEAP_LIMIT_BYTES = { traces: 231, logs: 137, metrics: 240 };
/**
 * Bytes of fresh array buffers per item: twice what it takes today. That is the compressed segment
 * and, for summaries, its tokens: one for each trace. An event takes about 900 bytes: a copy of the
 * events, or of the body, breaks this.
 */
const BUFFER_LIMIT_BYTES = { traces: 270, logs: 71, metrics: 65 };

let measured: ReadonlyMap<string, unknown> = new Map();

beforeAll(async () => {
  const run = await runProgram(process.execPath, [...V8_FLAGS, PROGRAM], { timeoutMs: TIMEOUT_MS });
  if (run.code !== 0) {
    throw new Error(`Cannot measure allocations: ${run.stderr}`);
  }
  const results: unknown = JSON.parse(run.stdout);
  measured = new Map(Object.entries(isJsonObject(results) ? results : {}));
}, TIMEOUT_MS);

/** Bytes per item, as the program printed them. */
function allocationOf(signal: string): {
  readonly heapBytes: number;
  readonly bufferBytes: number;
} {
  const result = measured.get(`${signal}_go_512.bin`);
  const { heapBytes, bufferBytes } = isJsonObject(result) ? result : {};
  if (typeof heapBytes !== "number" || typeof bufferBytes !== "number") {
    throw new TypeError(`Cannot read the allocations of ${signal}: they were not printed`);
  }
  return { heapBytes, bufferBytes };
}

describe.each(["traces", "logs", "metrics"] as const)("transcoding 512 items of %s", (signal) => {
  it(`allocates at most ${HEAP_LIMIT_BYTES[signal]} bytes of heap per item`, () => {
    const { heapBytes } = allocationOf(signal);

    expect(heapBytes).toBeGreaterThan(0);
    expect(heapBytes).toBeLessThanOrEqual(HEAP_LIMIT_BYTES[signal]);
  });

  it(`allocates at most ${BUFFER_LIMIT_BYTES[signal]} bytes of buffers per item`, () => {
    const { bufferBytes } = allocationOf(signal);

    expect(bufferBytes).toBeGreaterThanOrEqual(0);
    expect(bufferBytes).toBeLessThanOrEqual(BUFFER_LIMIT_BYTES[signal]);
  });
});
