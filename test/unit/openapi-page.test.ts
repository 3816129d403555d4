import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { EXAMPLES } from "../../scripts/api-docs/examples.ts";
import { API_PAGE, renderApiPage } from "../../scripts/api-docs/page.ts";
import { openApiDocument } from "../../worker/api/openapi.ts";

const page = readFileSync(join(import.meta.dirname, "../..", API_PAGE), "utf8");
/** It starts the formatter and fills a store, on a machine that may do much else. */
const RENDER_TIMEOUT_MS = 30_000;

describe("docs/api.md", () => {
  it(
    "is what npm run docs:api makes of the answers of a gateway",
    async () => {
      expect(await renderApiPage(page)).toBe(page);
    },
    RENDER_TIMEOUT_MS,
  );

  it("has no block that is not known", async () => {
    const unknown = "<!-- generated:unknown:start -->\n<!-- generated:unknown:end -->";

    await expect(renderApiPage(`${page}${unknown}`)).rejects.toThrow(/"unknown"/);
  });

  it("lacks no block", async () => {
    await expect(renderApiPage("# API\n")).rejects.toThrow(/lacks the blocks .*operations/);
  });

  it("has an example of every operation of the OpenAPI document", () => {
    const sent = Object.values(EXAMPLES).map(({ method = "GET", path }) => `${method} ${path}`);
    const { paths } = openApiDocument({ bodyLimitBytes: 1, retentionSeconds: 1 });
    const missing = Object.entries(paths).flatMap(([path, { get, post }]) => {
      const pattern = new RegExp(`^(\\w+) ${path.replace(/\{\w+\}/g, "[^/]+")}$`);
      const methods = sent.map((request) => pattern.exec(request)?.[1]);
      return [
        ...(get !== undefined && !methods.includes("GET") ? [`GET ${path}`] : []),
        ...(post !== undefined && !methods.includes("POST") ? [`POST ${path}`] : []),
      ];
    });

    expect(missing).toEqual([]);
  });
});
