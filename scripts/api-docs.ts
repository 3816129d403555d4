/**
 * Renews the examples and tables of docs/api.md from what a gateway over the KV of the tests
 * answers.
 *
 * Usage: `npm run docs:api`
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { PROJECT_ROOT } from "./gateway/wrangler-command.ts";
import { allowWasmImports } from "./wasm-imports.ts";

allowWasmImports();
const { API_PAGE, renderApiPage } = await import("./api-docs/page.ts");

const file = join(PROJECT_ROOT, API_PAGE);
const before = readFileSync(file, "utf8");
const after = await renderApiPage(before);
writeFileSync(file, after);
console.log(after === before ? `${API_PAGE} is as it was` : `Wrote ${API_PAGE}`);
