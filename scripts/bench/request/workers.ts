/** Workers on bare workerd: the gateway as it is deployed, and the least that a Worker can do. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { PROJECT_ROOT, WRANGLER_FILE, quietEnvironment } from "../../gateway/wrangler-command.ts";
import { type Side, type SideName, superviseChild } from "./side.ts";

/** The key the gateway accepts. */
export const API_KEY = "bench-key";

/** What reading the body costs: nothing else happens. */
const READ_ONLY = `
export default {
  async fetch(request) {
    await request.bytes();
    return new Response();
  },
};
`;

/** The least that does not lose data: inflate where needed, store the bytes as one value. */
const GUNZIP_AND_STORE = `
import { gunzipSync } from "node:zlib";

export default {
  async fetch(request, env) {
    const sent = await request.bytes();
    const body = request.headers.get("content-encoding") === "gzip" ? gunzipSync(sent) : sent;
    await env.TELEMETRY.put(crypto.randomUUID(), body, { expirationTtl: 604800 });
    return new Response();
  },
};
`;

/** What the gateway makes of a byte of the recorded spans, and where it cuts its segments. */
const EVENT_GROWTH = 4.62;
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** The writes of the gateway without what they are made by: nothing that stores events costs less. */
const SAME_WRITES = `
import { gunzipSync } from "node:zlib";

export default {
  async fetch(request, env) {
    const sent = await request.bytes();
    const body = request.headers.get("content-encoding") === "gzip" ? gunzipSync(sent) : sent;
    const bytes = Math.round(body.length * ${EVENT_GROWTH});
    const events = new Uint8Array(Math.min(bytes, ${SEGMENT_BYTES}));
    for (let left = bytes; left > 0; left -= events.length) {
      const segment = events.subarray(0, Math.min(left, events.length));
      await env.TELEMETRY.put(crypto.randomUUID(), segment, { expirationTtl: 604800 });
    }
    await env.TELEMETRY.put(crypto.randomUUID(), "{}", { expirationTtl: 604800 });
    return new Response();
  },
};
`;

const workerdPackage = createRequire(
  createRequire(import.meta.url).resolve("wrangler/package.json"),
).resolve("workerd/package.json");

/** The file that wrangler runs the Worker with; absolute. */
const WORKERD_FILE = join(dirname(workerdPackage), "bin", "workerd");

/** The Workers that can be started. */
export type WorkerName = Exclude<SideName, "Collector">;

/** Main modules by the Worker's name, ready to be run; what else one imports lies beside it. */
export type WorkerModules = Readonly<Record<WorkerName, string>>;

/** Version of workerd, such as `1.20261117.1`. */
export function workerdVersion(): string {
  return /"version": "([^"]+)"/.exec(readFileSync(workerdPackage, "utf8"))?.[1] ?? "unknown";
}

/**
 * Bundles the gateway as a deploy does and writes the modules of all Workers.
 *
 * @param directory where to; exists
 * @returns the files' paths
 * @throws when the bundle cannot be made
 */
export async function writeWorkers(directory: string): Promise<WorkerModules> {
  const bundle = join(directory, "bundle");
  const child = spawn(
    process.execPath,
    [WRANGLER_FILE, "deploy", "--dry-run", "--env=", `--outdir=${bundle}`],
    {
      cwd: PROJECT_ROOT,
      env: quietEnvironment(process.env),
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  await once(child, "exit");
  if (child.exitCode !== 0) {
    throw new Error(`Cannot bundle the gateway: wrangler ended with code ${child.exitCode}`);
  }
  const readOnly = join(directory, "read-only.js");
  const gunzipAndStore = join(directory, "gunzip-and-store.js");
  const sameWrites = join(directory, "same-writes.js");
  writeFileSync(sameWrites, SAME_WRITES);
  writeFileSync(readOnly, READ_ONLY);
  writeFileSync(gunzipAndStore, GUNZIP_AND_STORE);
  return {
    gateway: join(bundle, "main.js"),
    "read only": readOnly,
    "gunzip and store": gunzipAndStore,
    "same writes": sameWrites,
  };
}

/** What a Worker needs to run. */
export interface WorkerOptions {
  readonly name: WorkerName;
  readonly modules: WorkerModules;
  /** where its files go */
  readonly directory: string;
  /** `host:port` of the KV backend */
  readonly kvAddress: string;
}

/**
 * Starts a Worker in a workerd of its own: no development proxy, no simulated KV in the process.
 *
 * @throws when workerd ends before it listens
 */
export async function startWorker(options: WorkerOptions): Promise<Side> {
  const directory = join(options.directory, options.name.replaceAll(" ", "-"));
  mkdirSync(directory, { recursive: true });
  const main = options.modules[options.name];
  copyFileSync(main, join(directory, "main.js"));
  const wasm = readdirSync(dirname(main)).filter((name) => name.endsWith(".wasm"));
  for (const name of wasm) {
    copyFileSync(join(dirname(main), name), join(directory, name));
  }
  const config = join(directory, "config.capnp");
  writeFileSync(config, renderConfig(options.kvAddress, wasm));
  const child = spawn(WORKERD_FILE, ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const stop = superviseChild(child);
  const control = child.stdio[3];
  const { pid } = child;
  if (pid === undefined || !isReadable(control)) {
    throw new Error(`Cannot start the Worker "${options.name}": workerd did not start`);
  }
  for await (const line of createInterface({ input: control })) {
    const port = /"event":"listen".*"port":(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      return { name: options.name, url: `http://127.0.0.1:${port}/v1/traces`, pid, stop };
    }
  }
  throw new Error(`Cannot start the Worker "${options.name}": workerd ended`);
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === "object" && stream !== null && "readable" in stream;
}

/** Bindings and date as in wrangler.toml; nodejs_compat is on by date and must not be named. */
function renderConfig(kvAddress: string, wasm: readonly string[]): string {
  const wranglerToml = readFileSync(join(PROJECT_ROOT, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "([^"]+)"/m.exec(wranglerToml)?.[1];
  if (date === undefined) {
    throw new Error("Cannot configure workerd: wrangler.toml has no compatibility_date");
  }
  const modules = [
    `(name = "main.js", esModule = embed "main.js")`,
    ...wasm.map((name) => `(name = "${name}", wasm = embed "${name}")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "kv", external = (address = "${kvAddress}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "${date}",
  bindings = [
    (name = "TELEMETRY", kvNamespace = "kv"),
    (name = "TELEMETRY_API_KEY", text = "${API_KEY}"),
  ],
);
`;
}
