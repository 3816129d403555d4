/** What a deploy would upload. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PROJECT_ROOT, WRANGLER_FILE } from "../../scripts/gateway/wrangler-command.ts";
import { runProgram } from "../interop/support/run-program.ts";

/**
 * Every new isolate compiles it before its first request, which waits meanwhile: at the edge that
 * is after each quiet spell and each deploy. Cloudflare refuses a Worker only at 64 MiB or at one
 * second of start-up. Raise it for code that people use; a dependency that does not fit is one to
 * think twice about.
 */
const LIMIT_BYTES = 200 * 1024;
const BUNDLE_TIMEOUT_MS = 120_000;

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "pryx-bundle-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("the bundle", () => {
  it(
    "is at most 200 KiB, uncompressed and without its source map",
    async () => {
      const outdir = join(directory, "bundle");
      const bundle = await runProgram(
        process.execPath,
        [WRANGLER_FILE, "deploy", "--dry-run", "--env=", `--outdir=${outdir}`],
        {
          cwd: PROJECT_ROOT,
          env: { WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" },
          timeoutMs: BUNDLE_TIMEOUT_MS,
        },
      );
      const modules = readdirSync(outdir).filter((name) => /\.(?:js|mjs|wasm|bin|txt)$/.test(name));
      const bytes = modules.reduce((sum, name) => sum + statSync(join(outdir, name)).size, 0);

      expect(bundle).toMatchObject({ code: 0 });
      expect(modules).toContain("main.js");
      expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
    },
    BUNDLE_TIMEOUT_MS,
  );
});
