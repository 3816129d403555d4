/**
 * Runs wrangler quietly: no banner, no usage data, no look-ups on the network that the command
 * itself does not need. Usage: `node scripts/wrangler.ts <wrangler arguments>`.
 */
import { spawn } from "node:child_process";
import process from "node:process";

import { WRANGLER_FILE, quietEnvironment } from "./gateway/wrangler-command.ts";

const wranglerArguments = process.argv.slice(2);

// `types` runs on every install, where its success is of no interest to anyone.
const logLevel = wranglerArguments[0] === "types" ? { WRANGLER_LOG: "warn" } : {};

const child = spawn(process.execPath, [WRANGLER_FILE, ...wranglerArguments], {
  stdio: "inherit",
  env: quietEnvironment({ ...logLevel, ...process.env }),
});

// The terminal sends Ctrl-C to wrangler too, which decides itself when it is done.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));

child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
