/**
 * What do questions about a week of telemetry cost, against the approach that the gateway replaces?
 * Writes the generated blocks "query-…" of docs/benchmarks.md.
 *
 * Usage: `npm run bench:query`; `npm run bench:query -- --quick` asks a tenth of the week, prints only.
 */
import { writeBlock } from "./bench/document.ts";
import { describeMachine } from "./bench/machine.ts";
import { compareSides } from "./bench/query/compare.ts";
import { copyPerEvent } from "./bench/query/event-keys.ts";
import { openWeek } from "./bench/query/gateway.ts";
import { questionsOf } from "./bench/query/questions.ts";
import { eventKeysTable, gatewayTable, summaryOf } from "./bench/query/tables.ts";

const isQuick = process.argv.includes("--quick");
const SEGMENTS = isQuick ? 10_000 : 100_000;
const ROUNDS = isQuick ? 2 : 5;
const SEED = 1;
/** Like any other time: its digits are not those of a round number. */
const END_MS = 1_795_523_417_000;
const MB = 1_000_000;

console.error(`Filling a week with ${SEGMENTS.toLocaleString("en-US")} segments`);
const startedMs = performance.now();
const gateway = await openWeek({ segments: SEGMENTS, seed: SEED, endMs: END_MS });
const filledSeconds = Math.round((performance.now() - startedMs) / 1000);
console.error("Copying it to one key per event");
const eventKeys = await copyPerEvent(gateway);
const questions = questionsOf(gateway.week.plan, END_MS);
console.error(`Asking ${questions.length} questions`);
const compared = await compareSides({ gateway, eventKeys }, questions, ROUNDS);
const { events, bytes } = gateway.week;
const blocks: Readonly<Record<string, string>> = {
  "query-machine": [
    `${describeMachine()}.`,
    `${SEGMENTS.toLocaleString("en-US")} segments with ${events.toLocaleString("en-US")} events, ${Math.round(bytes / MB)} MB, 7 days, seed ${SEED}; written in ${filledSeconds} s. CPU: median of ${ROUNDS} rounds (lowest–highest), both approaches in turns.`,
  ].join("  \n"),
  "query-gateway": gatewayTable(compared),
  "query-event-keys": `${eventKeysTable(compared)}\n\n${summaryOf(compared)}`,
};
for (const [name, content] of Object.entries(blocks)) {
  console.log(`${content}\n`);
  if (!isQuick) {
    writeBlock(name, content);
  }
}
