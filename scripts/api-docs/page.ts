/** docs/api.md: written by hand, with blocks between markers that are made here. */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

import { PROJECT_ROOT } from "../gateway/wrangler-command.ts";
import { renderErrors } from "./errors.ts";
import { renderExamples } from "./examples.ts";
import { renderOperations } from "./operations.ts";
import {
  renderColumns,
  renderCommonParameters,
  renderFormats,
  renderQuestions,
} from "./parameters.ts";

/** Where the page is, from the root of the project. */
export const API_PAGE = "docs/api.md";

const OXFMT = join(
  dirname(createRequire(import.meta.url).resolve("oxfmt/package.json")),
  "bin/oxfmt",
);
const BLOCK = /<!-- generated:([\w-]+):start -->[^]*?<!-- generated:\1:end -->/g;

/**
 * Renews every block of the page and formats it as `npm run format` does.
 *
 * @throws when the page has a block that is not known, or lacks one
 */
export async function renderApiPage(page: string): Promise<string> {
  const examples = await renderExamples();
  const blocks = new Map([
    ...[...examples].map(([name, text]): [string, string] => [`example-${name}`, text]),
    ["parameters", renderCommonParameters()],
    ["questions", renderQuestions()],
    ["columns", renderColumns()],
    ["formats", renderFormats()],
    ["errors", await renderErrors()],
    ["operations", await renderOperations()],
  ]);
  const missing = new Set(blocks.keys());
  const renewed = page.replaceAll(BLOCK, (_block, name: string) => {
    const content = blocks.get(name);
    if (content === undefined || !missing.delete(name)) {
      throw new Error(`Cannot write ${API_PAGE}: the block "${name}" is not known, or there twice`);
    }
    return `<!-- generated:${name}:start -->\n\n${content}\n\n<!-- generated:${name}:end -->`;
  });
  if (missing.size > 0) {
    throw new Error(`Cannot write ${API_PAGE}: it lacks the blocks ${[...missing].join(", ")}`);
  }
  return execFileSync(process.execPath, [OXFMT, "--stdin-filepath", API_PAGE], {
    cwd: PROJECT_ROOT,
    input: renewed,
    encoding: "utf8",
  });
}
