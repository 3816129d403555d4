/**
 * Prints how many bytes the transcoding of one span, log record or data point allocates, by
 * recording: `{"traces_go_512.bin": {"heapBytes": 1.2, "bufferBytes": 3.4}, …}`.
 *
 * Nothing is collected while it counts: the young generation is larger than all that is allocated
 * (the flags of allocations.test.ts), so what is in use grows by exactly what was allocated. It
 * fails when the collector ran after all.
 */
import { PerformanceObserver } from "node:perf_hooks";
import process from "node:process";
import { setImmediate as nextTurn } from "node:timers/promises";

import { BufferPool } from "../../../worker/core/buffer-pool.ts";
import { transcodeExport } from "../../../worker/ingest/transcode-export.ts";
import { signalShapes } from "../../../worker/otlp/signal.ts";
import { type Fixture, readFixture } from "../../support/fixtures.ts";
import { FRAME } from "../../support/transcode.ts";

const RECORDINGS = ["traces_go_512.bin", "logs_go_512.bin", "metrics_go_512.bin"];
const ITEMS = 512;
/** Enough for the optimizing compiler to have compiled everything that counts. */
const WARM_UP_RUNS = 1500;
const RUNS = 200;

interface Allocation {
  /** objects and numbers on V8's heap, bytes per item */
  readonly heapBytes: number;
  /** contents of array buffers, bytes per item */
  readonly bufferBytes: number;
}

let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
observer.observe({ entryTypes: ["gc"] });

/** What the write path does between body and store, and the return of the buffers after it. */
function transcodeOnce({ signal, encoding, body }: Fixture, buffers: BufferPool): void {
  const input = {
    shape: signalShapes[signal],
    encoding,
    body,
    receivedAtMs: FRAME.receivedAtMs,
    buffers,
  };
  const transcoded = transcodeExport(input, FRAME.batchId);
  if (!transcoded.ok || transcoded.value.notes.accepted !== ITEMS) {
    throw new Error(`Cannot measure: the recording does not hold ${ITEMS} items`);
  }
  for (const block of transcoded.value.blocks) {
    buffers.give(block.bytes);
  }
}

async function measure(fixture: Fixture): Promise<Allocation> {
  const buffers = new BufferPool();
  for (let run = 0; run < WARM_UP_RUNS; run += 1) {
    transcodeOnce(fixture, buffers);
  }
  globalThis.gc?.();
  // Lets the compiler's threads finish and the observer hear of the collection above.
  await nextTurn();
  await nextTurn();
  const collectionsBefore = collections;
  const before = process.memoryUsage();
  for (let run = 0; run < RUNS; run += 1) {
    transcodeOnce(fixture, buffers);
  }
  const after = process.memoryUsage();
  await nextTurn();
  await nextTurn();
  if (collections !== collectionsBefore) {
    throw new Error(
      `Cannot measure ${fixture.name}: the garbage collector ran. Either it allocates far above its budget, or buffers are not given back`,
    );
  }
  const items = RUNS * ITEMS;
  return {
    heapBytes: (after.heapUsed - before.heapUsed) / items,
    bufferBytes: (after.arrayBuffers - before.arrayBuffers) / items,
  };
}

const results: Record<string, Allocation> = {};
for (const name of RECORDINGS) {
  results[name] = await measure(readFixture(name));
}
process.stdout.write(JSON.stringify(results));
