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

import { loadTranscoderModule } from "../../../scripts/transcoder-module.ts";
import { transcodeExport } from "../../../worker/ingest/transcode-export.ts";
import { signalShapes } from "../../../worker/otlp/signal.ts";
import { Transcoder } from "../../../worker/transcoder/transcoder.ts";
import { type Fixture, readFixture } from "../../support/fixtures.ts";

const RECORDINGS = ["traces_go_512.bin", "logs_go_512.bin", "metrics_go_512.bin"];
const ITEMS = 512;
const RECEIVED_AT_MS = 1_764_000_000_000;
const BATCH_ID = "Abcdefgh01234567";
/** Enough for the optimizing compiler to have compiled everything that counts. */
const WARM_UP_RUNS = 1500;
const RUNS = 200;

interface Allocation {
  /** objects and numbers on V8's heap, bytes per item */
  readonly heapBytes: number;
  /** contents of array buffers, bytes per item */
  readonly bufferBytes: number;
}

const transcoderModule = loadTranscoderModule();
let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
observer.observe({ entryTypes: ["gc"] });

/** What the write path does between body and store. */
function transcodeOnce({ signal, encoding, body }: Fixture, transcoder: Transcoder): void {
  const input = {
    shape: signalShapes[signal],
    encoding,
    body,
    receivedAtMs: RECEIVED_AT_MS,
    transcoder,
  };
  const transcoded = transcodeExport(input, BATCH_ID);
  if (!transcoded.ok || transcoded.value.notes.accepted !== ITEMS) {
    throw new Error(`Cannot measure: the recording does not hold ${ITEMS} items`);
  }
}

async function measure(fixture: Fixture): Promise<Allocation> {
  const transcoder = new Transcoder(transcoderModule);
  for (let run = 0; run < WARM_UP_RUNS; run += 1) {
    transcodeOnce(fixture, transcoder);
  }
  globalThis.gc?.();
  // Lets the compiler's threads finish and the observer hear of the collection above.
  await nextTurn();
  await nextTurn();
  const collectionsBefore = collections;
  const before = process.memoryUsage();
  for (let run = 0; run < RUNS; run += 1) {
    transcodeOnce(fixture, transcoder);
  }
  const after = process.memoryUsage();
  await nextTurn();
  await nextTurn();
  if (collections !== collectionsBefore) {
    throw new Error(
      `Cannot measure ${fixture.name}: the garbage collector ran. It allocates far above its budget`,
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
