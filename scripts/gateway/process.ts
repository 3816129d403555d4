/** One gateway process on this machine: the Worker on workerd, with its KV on the local disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { devNull } from "node:os";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { claimPort } from "./port.ts";
import { filterRunning, listProcessTree, signalAll } from "./process-tree.ts";
import { PROJECT_ROOT, WRANGLER_FILE, quietEnvironment } from "./wrangler-command.ts";

/** How a gateway is started. */
export interface GatewayOptions {
  /** The bearer key it accepts. Reaches wrangler through the environment, never in an argument. */
  readonly apiKey: string;
  /** Port to listen on; 0 or absent: any free one. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 when absent. */
  readonly host?: string;
  /** Directory of the KV data; absent: .wrangler/state of the checkout. */
  readonly persistTo?: string;
  /** Values of wrangler.toml's [vars] to replace for this run. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Further arguments of `wrangler dev`, such as `--config` or `--log-level`. */
  readonly extraArgs?: readonly string[];
  /** Receives what wrangler and the Worker print, in pieces. */
  readonly onOutput?: (text: string) => void;
  /** How long to wait for /health; 60 s when absent, because a cold disk is slow. */
  readonly readyTimeoutMs?: number;
}

/** A gateway that has answered /health. */
export interface Gateway {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly apiKey: string;
  /** Ids of wrangler and of everything it started, as of now. */
  readonly pids: readonly number[];
  /** The exit code of wrangler, once it has ended for whatever reason. */
  readonly exited: Promise<number>;
  /** Ends it in order, then by force what is left after some seconds. May be called twice. */
  stop(): Promise<void>;
  /** `kill -9` to all its processes at once, as a crash would: nothing can be flushed. */
  kill(): Promise<void>;
}

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_READY_TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 100;
const STOP_TIMEOUT_MS = 5_000;
/** Enough for wrangler's error message and the lines before it. */
const KEPT_OUTPUT_CHARS = 8_192;

/**
 * Starts the gateway and waits until it answers.
 *
 * @param options see GatewayOptions
 * @returns the running gateway; the caller stops it
 * @throws Error when the port is in use, wrangler ends early, or /health does not answer in time;
 *   without `onOutput` the last output of wrangler is part of the message; nothing is left running
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const host = options.host ?? DEFAULT_HOST;
  const port = await claimPort(host, options.port ?? 0);
  const child = spawn(process.execPath, [WRANGLER_FILE, ...devArguments(options, host, port)], {
    cwd: PROJECT_ROOT,
    env: { ...quietEnvironment(process.env), TELEMETRY_API_KEY: options.apiKey },
    stdio: ["ignore", "pipe", "pipe"],
    // Its own process group: Ctrl-C in the terminal reaches only us, and we stop it in order.
    detached: true,
  });
  const output = collectOutput(child, options.onOutput);
  const gateway = superviseChild(child, `http://${reachable(host)}:${port}`, options.apiKey);
  try {
    await waitUntilHealthy(gateway, options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS);
  } catch (error) {
    await gateway.kill();
    const reason = error instanceof Error ? error.message : String(error);
    // Whoever listens to the output has seen it already.
    const details = options.onOutput === undefined ? `\n${output()}`.trimEnd() : "";
    throw new Error(`Cannot start the gateway: ${reason}${details}`, { cause: error });
  }

  return gateway;
}

function devArguments(options: GatewayOptions, host: string, port: number): readonly string[] {
  const extraArgs = options.extraArgs ?? [];
  const vars = Object.entries(options.vars ?? {});

  return [
    "dev",
    `--ip=${host}`,
    `--port=${port}`,
    // Any free port, so that gateways can run side by side.
    "--inspector-port=0",
    // An empty file keeps wrangler from reading .dev.vars, whose key would win over ours.
    `--env-file=${devNull}`,
    "--show-interactive-dev-session=false",
    ...(options.persistTo === undefined ? [] : [`--persist-to=${options.persistTo}`]),
    // One line per request would drown everything else under load.
    ...(extraArgs.some(isLogLevel) ? [] : ["--log-level=warn"]),
    ...vars.map(([name, value]) => `--var=${name}:${value}`),
    ...extraArgs,
  ];
}

/** "Every address" is where a server listens, not where a client can connect. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? DEFAULT_HOST : host;
}

function isLogLevel(argument: string): boolean {
  return argument === "--log-level" || argument.startsWith("--log-level=");
}

/** Passes the output of the child on and keeps its end for error messages. */
function collectOutput(child: ChildProcess, onOutput?: (text: string) => void): () => string {
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (text: string) => {
      kept = (kept + text).slice(-KEPT_OUTPUT_CHARS);
      onOutput?.(text);
    });
  }

  return () => kept;
}

function superviseChild(child: ChildProcess, url: string, apiKey: string): Gateway {
  const exited = new Promise<number>((resolve) => {
    child.once("exit", (code) => resolve(code ?? 1));
    child.once("error", () => resolve(1));
  });

  function tree(): ReturnType<typeof listProcessTree> {
    return child.pid === undefined ? [] : listProcessTree(child.pid);
  }

  let isEnding = false;

  // A program that ends without stopping its gateway must not leave it behind.
  function killOnExit(): void {
    signalAll(tree(), "SIGKILL");
  }
  process.once("exit", killOnExit);
  void exited.then(() => {
    process.off("exit", killOnExit);
    if (!isEnding) {
      sweepGroup(child.pid);
    }
  });

  async function end(signal: NodeJS.Signals, graceMs: number): Promise<void> {
    isEnding = true;
    // Taken before anything ends: orphans are no longer found below their parent.
    const entries = tree();
    if (signal === "SIGKILL") {
      signalAll(entries, signal);
    }
    child.kill(signal);
    await waitUntilGone(entries, graceMs);
    signalAll(entries, "SIGKILL");
    await exited;
    await waitUntilGone(entries, graceMs);
  }

  return {
    url,
    apiKey,
    get pids() {
      return tree().map((entry) => entry.pid);
    },
    exited,
    stop: async () => await end("SIGTERM", STOP_TIMEOUT_MS),
    kill: async () => await end("SIGKILL", STOP_TIMEOUT_MS),
  };
}

/** Ends what outlived a wrangler that was killed: the orphans are still in the group it led. */
function sweepGroup(groupId: number | undefined): void {
  if (groupId === undefined || process.platform === "win32") {
    return;
  }
  try {
    process.kill(-groupId, "SIGKILL");
  } catch {
    // Nothing was left, which is the rule.
  }
}

async function waitUntilGone(
  entries: ReturnType<typeof listProcessTree>,
  timeoutMs: number,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (filterRunning(entries).length > 0 && performance.now() < deadline) {
    await sleep(POLL_INTERVAL_MS / 4);
  }
}

async function waitUntilHealthy(gateway: Gateway, timeoutMs: number): Promise<void> {
  let exitCode: number | undefined;
  void gateway.exited.then((code) => {
    exitCode = code;
  });
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const status = await readHealth(gateway.url);
    if (status === 200) {
      return;
    }
    if (exitCode !== undefined) {
      throw new Error(`wrangler ended with code ${exitCode}`);
    }
    if (performance.now() > deadline) {
      const answer = status === undefined ? "nothing" : `status ${status}`;
      throw new Error(`${gateway.url}/health answered ${answer} within ${timeoutMs} ms`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

/** @returns the status of /health, or undefined while nobody listens or a reply is missing */
async function readHealth(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();

    return response.status;
  } catch {
    return undefined;
  }
}
