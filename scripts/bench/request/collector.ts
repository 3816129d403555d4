/** The OpenTelemetry Collector with an OTLP receiver and a file exporter, built from its modules. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { runProgram } from "../../../test/interop/support/run-program.ts";
import { claimPort } from "../../gateway/port.ts";
import { PROJECT_ROOT } from "../../gateway/wrangler-command.ts";
import { type Side, superviseChild } from "./side.ts";

/** A Collector that can be started. */
export interface CollectorProgram {
  /** absolute */
  readonly file: string;
  /** of the Collector and of Go, such as `v0.165.0, go1.26.0` */
  readonly version: string;
}

/** A running Collector and the file it writes. */
export interface CollectorSide extends Side {
  /** Reads what was written since the last {@link truncate}. */
  readFile(): string;
  /** Empties the file: the Collector appends. */
  truncate(): void;
}

const SOURCE = join(import.meta.dirname, "collector");
const CACHE = join(PROJECT_ROOT, "node_modules/.cache/pryx-bench");
const BUILD_TIMEOUT_MS = 600_000;
const READY_TIMEOUT_MS = 20_000;
const POLL_INTERVAL_MS = 50;

/**
 * Builds the Collector; the second time Go sees that nothing changed.
 *
 * @returns undefined when there is no Go, or when it cannot be built (modules not reachable); the
 *   reason is printed
 */
export async function buildCollector(): Promise<CollectorProgram | undefined> {
  const goVersion = await runProgram("go", ["env", "GOVERSION"]);
  if (goVersion.code !== 0) {
    console.log("No Go on the PATH: nothing is compared with the Collector");
    return undefined;
  }
  mkdirSync(CACHE, { recursive: true });
  const file = join(CACHE, "collector");
  const build = await runProgram("go", ["build", "-o", file, "."], {
    cwd: SOURCE,
    env: { GOFLAGS: "-mod=readonly -buildvcs=false" },
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  if (build.code !== 0) {
    console.log(`The Collector cannot be built, nothing is compared with it: ${build.stderr}`);
    return undefined;
  }
  const modules = readFileSync(join(SOURCE, "go.mod"), "utf8");
  const version = /collector\/otelcol (v\S+)/.exec(modules)?.[1] ?? "unknown version";
  return { file, version: `${version}, ${goVersion.stdout.trim()}` };
}

/**
 * Starts the Collector and waits until it listens.
 *
 * @param directory for its configuration and its file; exists
 * @throws when it ends early or does not listen in time
 */
export async function startCollector(
  { file }: CollectorProgram,
  directory: string,
): Promise<CollectorSide> {
  const port = await claimPort("127.0.0.1", 0);
  const output = join(directory, "collector.jsonl");
  const config = join(directory, "collector.yaml");
  writeFileSync(config, renderConfig(port, output));
  const child = spawn(file, [`--config=${config}`], { stdio: ["ignore", "ignore", "inherit"] });
  const stop = superviseChild(child);
  const { pid } = child;
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (pid === undefined || child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error("Cannot start the Collector: it ended or does not listen");
    }
    await sleep(POLL_INTERVAL_MS);
  }
  if (pid === undefined) {
    throw new Error("Cannot start the Collector: it has no process");
  }
  return {
    name: "Collector",
    url: `http://127.0.0.1:${port}/v1/traces`,
    pid,
    stop,
    readFile: () => readFileSync(output, "utf8"),
    truncate: () => {
      truncateSync(output);
    },
  };
}

/** Its own telemetry is off: it would be counted. The file is flushed within what is measured. */
function renderConfig(port: number, output: string): string {
  return `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
exporters:
  file:
    path: ${JSON.stringify(output)}
    format: json
    append: true
    flush_interval: 100ms
service:
  telemetry:
    logs: { level: error }
    metrics: { level: none }
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [file]
`;
}

async function isListening(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
