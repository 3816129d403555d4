/**
 * Runs the conformance tests and writes docs/conformance.md from what passed.
 *
 * Usage: `npm run conformance:docs`
 *
 * Ends with 1, and writes nothing, when a test fails or a clause has none.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";

import { CONFORMANCE_PAGE, allClauses, renderConformancePage } from "./conformance/page.ts";
import { readPassedTests } from "./conformance/report.ts";

const root = join(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "pryx-conformance-"));
const reportFile = join(directory, "report.json");
const run = spawnSync(
  process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", "conformance"],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TEST_REPORT_FILE: reportFile },
  },
);
const report = run.status === 0 ? readFileSync(reportFile, "utf8") : undefined;
rmSync(directory, { recursive: true, force: true });
if (report === undefined) {
  console.error(`Cannot write ${CONFORMANCE_PAGE}: not all tests passed`);
  process.exit(1);
}

const files = new Map<string, Set<string>>();
for (const { file, title } of readPassedTests(report)) {
  const [, clause = ""] = /^\[([^\]]+)\]/.exec(title) ?? [];
  files.set(clause, (files.get(clause) ?? new Set()).add(basename(file)));
}
const missing = allClauses().filter(([id]) => !files.has(id));
if (missing.length > 0) {
  const ids = missing.map(([id]) => id).join(", ");
  console.error(`Cannot write ${CONFORMANCE_PAGE}: no test passed for ${ids}`);
  process.exit(1);
}
writeFileSync(join(root, CONFORMANCE_PAGE), renderConformancePage(files));
console.log(`Wrote ${CONFORMANCE_PAGE}: ${allClauses().length} clauses`);
