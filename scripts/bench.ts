/**
 * How fast is transcoding, against other ways to do the same in one process? Writes the generated
 * blocks of docs/benchmarks.md.
 *
 * Usage: `npm run bench`; `npm run bench -- --quick` prints only.
 */
import { loadDecoders } from "./bench/decoders.ts";
import { writeBlock } from "./bench/document.ts";
import { assertSameEvents } from "./bench/gate.ts";
import { describeBundle, describeMachine } from "./bench/machine.ts";
import { benchPayloads } from "./bench/payloads.ts";
import { type Effort, measureRounds, warmUp } from "./bench/rounds.ts";
import { type SideName, sidesOf } from "./bench/sides.ts";
import {
  type Measured,
  compressionTable,
  growthTable,
  payloadTable,
  sideTable,
  targetTable,
} from "./bench/tables.ts";

/** The payload of the targets, measured longest and with every side. */
const MAIN_PAYLOAD = "512 spans";
/** Sides that the other payloads do without. */
const MAIN_ONLY: readonly SideName[] = ["protobufjs reflection", "protobuf-es", "copy"];

const isQuick = process.argv.includes("--quick");
const mainEffort: Effort = isQuick ? { rounds: 7, sampleMs: 30 } : { rounds: 31, sampleMs: 60 };
const effort: Effort = isQuick ? { rounds: 5, sampleMs: 15 } : { rounds: 15, sampleMs: 40 };
/** of each side, once with all payloads before the first is measured, once before its own */
const warmUpMs = isQuick ? 40 : 120;

const decoders = await loadDecoders();
const prepared = benchPayloads().map((payload) => {
  assertSameEvents(payload, decoders);
  return { payload, sides: sidesOf(payload, decoders) };
});
console.error("All sides make the same events. Warming up.");
// All payloads before the first is timed: a gateway sees every kind, too.
for (const { sides } of prepared) {
  warmUp(sides, warmUpMs);
}
const all: Measured[] = [];
for (const { payload, sides } of prepared) {
  console.error(`Measuring ${payload.name}`);
  const isMain = payload.name === MAIN_PAYLOAD;
  const measured = isMain ? sides : sides.filter(({ name }) => !MAIN_ONLY.includes(name));
  warmUp(measured, warmUpMs);
  all.push({ payload, timings: measureRounds(measured, isMain ? mainEffort : effort) });
}
const main = all.find(({ payload }) => payload.name === MAIN_PAYLOAD);
if (main === undefined) {
  throw new Error(`Cannot report: there is no payload "${MAIN_PAYLOAD}"`);
}
const blocks: Readonly<Record<string, string>> = {
  "process-machine": [
    `${describeMachine()}.`,
    `${mainEffort.rounds} rounds for ${MAIN_PAYLOAD}, ${effort.rounds} for the rest, ${mainEffort.sampleMs} and ${effort.sampleMs} ms of CPU time per side and round; median (lowest–highest).`,
    `Bundle: ${describeBundle()} (\`wrangler check startup\`).`,
  ].join("  \n"),
  "process-targets": targetTable(main),
  "process-sides": sideTable(main),
  "process-payloads": payloadTable(all),
  "process-compression": compressionTable(all),
  "process-growth": growthTable(all),
};
for (const [name, content] of Object.entries(blocks)) {
  console.log(`${content}\n`);
  if (!isQuick) {
    writeBlock(name, content);
  }
}
