/** The generated parts of docs/benchmarks.md. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

import { PROJECT_ROOT } from "../gateway/wrangler-command.ts";

const DOCUMENT = join(PROJECT_ROOT, "docs/benchmarks.md");
const OXFMT = join(
  dirname(createRequire(import.meta.url).resolve("oxfmt/package.json")),
  "bin/oxfmt",
);

/**
 * Replaces what stands between `<!-- generated:NAME:start -->` and `<!-- generated:NAME:end -->`,
 * and formats the document as `npm run format` does.
 *
 * @throws when the document has no such block
 */
export function writeBlock(name: string, content: string): void {
  const start = `<!-- generated:${name}:start -->`;
  const end = `<!-- generated:${name}:end -->`;
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`Cannot write the block "${name}": docs/benchmarks.md has no ${start}`);
  }
  writeFileSync(
    DOCUMENT,
    `${document.slice(0, from)}${start}\n\n${content}\n\n${document.slice(to)}`,
  );
  execFileSync(process.execPath, [OXFMT, DOCUMENT]);
}
