/** The generated part of docs/benchmarks.md that belongs to the whole-request benchmark. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { PROJECT_ROOT } from "../../gateway/wrangler-command.ts";

const DOCUMENT = join(PROJECT_ROOT, "docs/benchmarks.md");

/**
 * Replaces what stands between `<!-- generated:NAME:start -->` and `<!-- generated:NAME:end -->`.
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
}
