/** Events that were read line by line once, and must not change without a reason. */
import { join } from "node:path";

import { readFixture } from "./fixtures.ts";
import { transcode } from "./transcode.ts";

/** The recorded requests whose events are kept in test/golden. */
export const GOLDEN_FIXTURES: readonly string[] = [
  "traces_go_1.47.0.bin",
  "metrics_go_1.47.0.bin",
  "logs_go_0.23.0.bin",
];

/** Where the events of a fixture are kept. */
export function goldenFile(fixture: string): string {
  return join(import.meta.dirname, "../golden", `${fixture}.ndjson`);
}

/** The segment that a fixture gives today. */
export function segmentOf(fixture: string): string {
  return transcode(readFixture(fixture))
    .lines.map((line) => `${line}\n`)
    .join("");
}
