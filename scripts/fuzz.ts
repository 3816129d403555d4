/**
 * Sends damaged and random requests to the built Worker and counts what it answers.
 *
 *     npm run fuzz                                 100,000 cases, a seed of its own
 *     npm run fuzz -- --cases 1000 --seed 7        as told
 *
 * Ends with 1 when an answer is none of 200, 400, 413 and 415, when one takes longer than the
 * timeout, or when the Worker's log tells of an exception. The result of a run of full length goes
 * to docs/fuzzing.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

import { renderFuzzPage } from "./fuzz/page.ts";
import { runFuzz } from "./fuzz/run.ts";

// No fetch of the `Request.cf` object, the only access to a network, and no usage data.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
process.env["WRANGLER_SEND_METRICS"] = "false";

const DEFAULT_CASES = 100_000;

const { values } = parseArgs({
  options: { cases: { type: "string" }, seed: { type: "string" } },
});
const cases = Number(values.cases ?? DEFAULT_CASES);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.error("Cannot fuzz: --cases and --seed must be whole numbers");
  process.exit(2);
}

console.log(`${cases} cases, seed ${seed}`);
const result = await runFuzz({ cases, seed, onProgress: (line) => console.log(line) });
for (const failure of result.failures) {
  console.error(failure);
}
console.log(JSON.stringify(result.statuses));

if (cases >= DEFAULT_CASES && result.failures.length === 0) {
  const root = join(import.meta.dirname, "..");
  const page = join(root, "docs/fuzzing.md");
  // The workerd that wrangler starts, which may be another than the one at the top.
  const wrangler = findPackageJSON("wrangler", import.meta.url) ?? import.meta.url;
  const workerd = findPackageJSON("workerd", wrangler) ?? "";
  const workerdManifest = readFileSync(workerd, "utf8");
  writeFileSync(page, renderFuzzPage({ ...result, cases, seed, workerdManifest }));
  console.log(`Wrote ${page}`);
}
process.exitCode = result.failures.length === 0 ? 0 : 1;
