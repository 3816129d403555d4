/**
 * Rewrites test/golden from the fixtures and says what changed. Review the diff line by line: a
 * change of stored events is at least a minor version, with a note in CHANGELOG.md.
 *
 * Usage: `npm run golden:update`
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { allowWasmImports } from "./wasm-imports.ts";

allowWasmImports();
const { GOLDEN_FIXTURES, goldenFile, segmentOf } = await import("../test/support/goldens.ts");

for (const fixture of GOLDEN_FIXTURES) {
  const file = goldenFile(fixture);
  const segment = segmentOf(fixture);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  writeFileSync(file, segment);
  console.log(`${before === segment ? "same   " : "changed"} ${fixture}`);
}
