/**
 * `npm run demo`: sends two sessions of an agent through the OpenTelemetry SDK, one in each
 * encoding, and prints what the gateway's query endpoint returns for them. Options after `--`:
 * `--endpoint URL` and `--key KEY`; by default the gateway of `npm start`.
 *
 * Ends with 1 and a message when the gateway cannot be reached, refuses the key, or does not
 * return every event that was sent.
 */
import { randomUUID } from "node:crypto";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

import { DiagConsoleLogger, DiagLogLevel, diag } from "@opentelemetry/api";

import { type EventRow, toRow } from "./demo/event-row.ts";
import {
  type StoredEvent,
  checkGateway,
  isRecord,
  queryEvents,
  queryUrl,
} from "./demo/gateway-client.ts";
import {
  type ExpectedEvent,
  type PlayedSession,
  SESSION_DURATION_MS,
  playSession,
} from "./demo/session.ts";
import { renderTable } from "./demo/table.ts";
import {
  type Destination,
  type Encoding,
  SERVICE_NAME,
  createTelemetry,
} from "./demo/telemetry.ts";
import { takeOption } from "./gateway/arguments.ts";
import { DEFAULT_ENDPOINT, chooseApiKey } from "./gateway/local-defaults.ts";

/** Workers KV shows a new key in a list after up to a minute or so; on one machine it is at once. */
const VISIBLE_AFTER_MS = { local: 5_000, deployed: 90_000 };
const POLL_INTERVAL_MS = 1_000;

try {
  const destination = parseArguments(process.argv.slice(2));
  await checkGateway(destination);
  // Otherwise the SDK keeps to itself what the gateway answered.
  diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
  for (const encoding of ["protobuf", "json"] as const) {
    await demonstrate(destination, encoding);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function demonstrate(destination: Destination, encoding: Encoding): Promise<void> {
  const sessionId = `demo-${randomUUID()}`;
  const telemetry = createTelemetry(destination, encoding, sessionId);
  const session = playSession(telemetry, sessionId, Date.now() - SESSION_DURATION_MS);
  await telemetry.shutdown();

  const rows = await waitForEvents(destination, sessionId, session);
  const url = queryUrl(destination.endpoint, { trace_id: session.traceId });
  console.log(
    `\nSession ${sessionId}, sent as OTLP/HTTP with ${encoding}: ${rows.length} events\n`,
  );
  console.log(renderTable(rows));
  console.log(`As stored:\n  curl "${url}" -H "Authorization: Bearer ${destination.apiKey}"`);
}

function whereIs({ endpoint }: Destination): keyof typeof VISIBLE_AFTER_MS {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(endpoint).hostname)
    ? "local"
    : "deployed";
}

/** @throws Error naming the events that have not come back in time */
async function waitForEvents(
  destination: Destination,
  sessionId: string,
  session: PlayedSession,
): Promise<readonly EventRow[]> {
  const deadline = performance.now() + VISIBLE_AFTER_MS[whereIs(destination)];
  for (;;) {
    const rows = await readRows(destination, sessionId, session.traceId);
    const missing = listMissing(session.expected, rows);
    if (missing.length === 0) {
      return rows;
    }
    if (performance.now() > deadline) {
      const names = missing.map(({ signal, name }) => `${signal} "${name}"`).join(", ");
      throw new Error(`Cannot find ${missing.length} of ${session.expected.length}: ${names}`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

async function readRows(
  destination: Destination,
  sessionId: string,
  traceId: string,
): Promise<readonly EventRow[]> {
  const ofTrace = await queryEvents(destination, { trace_id: traceId });
  // Data points belong to no trace: they are found by the service, and told apart by its instance.
  const ofService = await queryEvents(destination, { signal: "metrics", service: SERVICE_NAME });
  const ofInstance = ofService.filter((event) => readInstanceId(event) === sessionId);

  return [...ofTrace, ...ofInstance].flatMap((event) => toRow(event) ?? []);
}

function readInstanceId({ data }: StoredEvent): unknown {
  const resource = data["resource"];
  const attributes = isRecord(resource) ? resource["attributes"] : undefined;

  return isRecord(attributes) ? attributes["service.instance.id"] : undefined;
}

/** Compares one by one, as names repeat. */
function listMissing(
  expected: readonly ExpectedEvent[],
  rows: readonly EventRow[],
): readonly ExpectedEvent[] {
  const left = [...rows];

  return expected.filter(({ signal, name }) => {
    const index = left.findIndex((row) => row.signal === signal && row.name === name);
    if (index === -1) {
      return true;
    }
    left.splice(index, 1);
    return false;
  });
}

function parseArguments(args: readonly string[]): Destination {
  const endpoint = takeOption(args, "--endpoint");
  const key = takeOption(endpoint.rest, "--key");
  if (key.rest.length > 0) {
    throw new Error(`Cannot use "${key.rest.join(" ")}": expected --endpoint URL and --key KEY`);
  }

  return {
    endpoint: (endpoint.value ?? DEFAULT_ENDPOINT).replace(/\/+$/, ""),
    apiKey: key.value ?? chooseApiKey(process.env),
  };
}
