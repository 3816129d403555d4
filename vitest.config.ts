import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { configDefaults, defineConfig } from "vitest/config";

import { wasmModules } from "./test/support/wasm-modules.ts";

/** The bearer key of every gateway that the tests start. */
const TEST_API_KEY = "test-key";

// Groups run one after the other. Not 0: on a machine with few cores, files of that group are
// put behind all other groups.
const FAST_GROUP = 1;
const BLACK_BOX_GROUP = 2;
const SLOW_GROUP = 3;

/** Properties run hundreds of cases; on a machine busy with other things that takes its time. */
const PROPERTY_TIMEOUT_MS = 30_000;

// Read by the plugin when it resolves wrangler.toml: the declared secret, and no fetch of the
// `Request.cf` object, which would be the only network access of the tests.
process.env["TELEMETRY_API_KEY"] = TEST_API_KEY;
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
process.env["WRANGLER_SEND_METRICS"] = "false";
process.env["WRANGLER_LOG"] = "warn";

// Set by .ci/run, which counts the results of all projects from this file.
const reportFile = process.env["TEST_REPORT_FILE"];

export default defineConfig({
  test: {
    globalSetup: ["test/support/build-transcoder.ts"],
    // No test imports it: in a watched run, each change runs them all, on the module made of it.
    forceRerunTriggers: [...configDefaults.forceRerunTriggers, "**/worker/transcoder/assembly/**"],
    reporters: reportFile === undefined ? ["default"] : ["default", "json"],
    ...(reportFile === undefined ? {} : { outputFile: { json: reportFile } }),
    projects: [
      {
        plugins: [wasmModules()],
        test: {
          name: "unit",
          testTimeout: PROPERTY_TIMEOUT_MS,
          environment: "node",
          sequence: { groupOrder: FAST_GROUP },
          include: ["test/unit/**/*.test.ts", "test/property/**/*.test.ts"],
        },
      },
      {
        plugins: [wasmModules()],
        test: {
          name: "budget",
          testTimeout: PROPERTY_TIMEOUT_MS,
          environment: "node",
          sequence: { groupOrder: FAST_GROUP },
          include: ["test/budget/**/*.test.ts"],
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { TELEMETRY_API_KEY: TEST_API_KEY } },
          }),
        ],
        test: {
          name: "worker",
          testTimeout: PROPERTY_TIMEOUT_MS,
          sequence: { groupOrder: FAST_GROUP },
          include: ["test/worker/**/*.test.ts"],
        },
      },
      {
        plugins: [wasmModules()],
        test: {
          name: "conformance",
          environment: "node",
          include: ["test/conformance/**/*.test.ts"],
          // Each file starts the built Worker; some send a body of the full cap.
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: BLACK_BOX_GROUP },
        },
      },
      {
        plugins: [wasmModules()],
        test: {
          name: "interop",
          environment: "node",
          include: ["test/interop/**/*.test.ts"],
          // Real clients with their own retries and timeouts, some compiled on first use.
          testTimeout: 60_000,
          hookTimeout: 300_000,
          // One file at a time and after the other projects: a client that waits for a busy
          // machine reports a timeout that is not the gateway's.
          fileParallelism: false,
          sequence: { groupOrder: SLOW_GROUP },
        },
      },
    ],
  },
});
