/** The two living versions of otel-cli, and how to drive its background span. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { GoModule } from "./go-program.ts";
import { type RunResult, runProgram, startProgram } from "./run-program.ts";

/** One version of otel-cli. */
export interface OtelCliFlavor {
  readonly name: string;
  readonly version: string;
  readonly module: GoModule;
  /** Name of the instrumentation scope of its spans. */
  readonly scope: string;
}

/** The original, which most scripts have installed, and the fork that is maintained. */
export const OTEL_CLI_FLAVORS: readonly OtelCliFlavor[] = [
  {
    name: "otel-cli",
    version: "0.4.5",
    module: { folder: "otel-cli-equinix", package: "github.com/equinix-labs/otel-cli" },
    scope: "github.com/equinix-labs/otel-cli",
  },
  {
    name: "otel-cli-tobert",
    version: "0.5.0",
    module: { folder: "otel-cli-tobert", package: "github.com/tobert/otel-cli" },
    scope: "github.com/tobert/otel-cli",
  },
];

/** How the three commands ended. */
export interface BackgroundRun {
  /** The process that held the span and sent it. */
  readonly background: RunResult;
  readonly event: RunResult;
  readonly end: RunResult;
}

/** Arguments of the three commands of a background span, without the socket directory. */
export interface BackgroundArguments {
  readonly background: readonly string[];
  readonly event: readonly string[];
  readonly end: readonly string[];
}

const SOCKET_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 20;

/**
 * Runs `span background`, then `span event` and `span end` against it.
 *
 * @param binary path of otel-cli
 * @param args what follows each command
 * @param env added to the environment of all three
 */
export async function runBackgroundSpan(
  binary: string,
  args: BackgroundArguments,
  env: Readonly<Record<string, string>> = {},
): Promise<BackgroundRun> {
  // Below the directory for temporary files, because the path of a socket has ~100 bytes at most.
  const directory = mkdtempSync(join(tmpdir(), "otel-cli-"));
  const socket = ["--sockdir", directory];
  try {
    const running = startProgram(binary, ["span", "background", ...socket, ...args.background], {
      env,
    });
    await waitForSocket(directory);
    const event = await runProgram(binary, ["span", "event", ...socket, ...args.event], { env });
    const end = await runProgram(binary, ["span", "end", ...socket, ...args.end], { env });

    return { background: await running.result, event, end };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function waitForSocket(directory: string): Promise<void> {
  const deadline = performance.now() + SOCKET_TIMEOUT_MS;
  while (readdirSync(directory).length === 0) {
    if (performance.now() > deadline) {
      throw new Error(`Cannot use the background span: no socket in "${directory}"`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
}
