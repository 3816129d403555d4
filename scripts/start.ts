/**
 * `npm start`: runs the gateway on this machine and says how to use it. Arguments after `--` go to
 * `wrangler dev`: `npm start -- --port 9000 --persist-to DIR`.
 */
import process from "node:process";

import { parsePort, takeOption } from "./gateway/arguments.ts";
import { renderInstructions } from "./gateway/instructions.ts";
import { DEFAULT_PORT, chooseApiKey } from "./gateway/local-defaults.ts";
import { type Gateway, startGateway } from "./gateway/process.ts";

const PARENT_POLL_INTERVAL_MS = 500;

let gateway: Gateway | undefined;
let isStopping = false;

// Registered before the start, so that Ctrl-C while wrangler loads leaves nothing behind either:
// `process.exit` ends the processes of a gateway that is not ready yet.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, stop);
}
stopWithNpm();

try {
  gateway = await start(process.argv.slice(2));
  process.stdout.write(renderInstructions(gateway.url, gateway.apiKey));
  const exitCode = await gateway.exited;
  process.exitCode = isStopping ? 0 : exitCode;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function stop(): void {
  // Asked twice, people want it now.
  if (gateway === undefined || isStopping) {
    process.exit(0);
  }
  isStopping = true;
  void gateway.stop();
}

/**
 * `kill <id of npm start>` reaches npm and the shell it started, but not the program in that
 * shell: it only sees that its parent is gone.
 */
function stopWithNpm(): void {
  const parent = process.ppid;
  if (process.env["npm_lifecycle_event"] === undefined) {
    return;
  }
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer);
      stop();
    }
  }, PARENT_POLL_INTERVAL_MS);
  timer.unref();
}

async function start(args: readonly string[]): Promise<Gateway> {
  const port = takeOption(args, "--port");
  const ip = takeOption(port.rest, "--ip");

  return await startGateway({
    apiKey: chooseApiKey(process.env),
    port: port.value === undefined ? DEFAULT_PORT : parsePort(port.value),
    ...(ip.value === undefined ? {} : { host: ip.value }),
    extraArgs: ip.rest,
    onOutput: (text) => {
      // While it stops, its parts complain about each other's absence.
      if (!isStopping) {
        process.stderr.write(text);
      }
    },
  });
}
