/** Before anything is timed: did every span of an export arrive where it is stored? */
import { setTimeout as sleep } from "node:timers/promises";

import { decodeStored } from "../../../worker/segment/stored-form.ts";
import type { CollectorSide } from "./collector.ts";
import type { KvBackend } from "./kv-backend.ts";
import { createClient } from "./load.ts";
import type { Payload } from "./payloads.ts";
import type { Side } from "./side.ts";

/** Longer than the Collector takes to flush its file (collector.ts). */
const FLUSH_MS = 500;
const LINE_FEED = 10;

/** What a side wrote for one export. */
interface Writes {
  readonly puts: number;
  /** bytes of the events, before they were compressed */
  readonly eventBytes: number;
}

/** More than a segment ever holds. */
const SEGMENT_LIMIT_BYTES = 32 * 1024 * 1024;
/** The "same writes" Worker may write this much more or less than the gateway, and no record. */
const WRITES_TOLERANCE = 0.05;

/**
 * Sends one export to the gateway and counts the lines that were put into KV.
 *
 * @returns what it wrote
 * @throws when the answer is not 200, or when lines are missing or too many, or one is not JSON
 */
export async function verifyGateway(
  { url }: Side,
  kv: KvBackend,
  payload: Payload,
): Promise<Writes> {
  kv.reset(true);
  await sendOne(url, payload);
  let lines = 0;
  let eventBytes = 0;
  for (const [key, stored] of kv.values) {
    if (key.startsWith("traces:")) {
      const value = inflated(stored);
      eventBytes += value.length;
      lines += value.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0);
      JSON.parse(new TextDecoder().decode(value.subarray(0, value.indexOf(LINE_FEED))));
    }
  }
  const { others, puts } = kv.operations;
  kv.reset(false);
  expectSpans("the gateway's segments", lines, payload);
  if (others > 0) {
    throw new Error(`The gateway read from KV on "${payload.name}": its times are not recent`);
  }
  return { puts, eventBytes };
}

function inflated(stored: Buffer): Uint8Array {
  const value = decodeStored(stored.toString(), SEGMENT_LIMIT_BYTES);
  if (!value.ok) {
    throw new Error(value.error.message);
  }
  return value.value;
}

/**
 * Sends one export to the Worker that writes what the gateway does, and compares.
 *
 * @throws when the answer is not 200, or when the writes are others
 */
export async function verifySameWrites(
  { url }: Side,
  { kv, payload, gateway }: { kv: KvBackend; payload: Payload; gateway: Writes },
): Promise<void> {
  kv.reset(false);
  await sendOne(url, payload);
  const { puts, putBytes } = kv.operations;
  const isClose = Math.abs(putBytes / gateway.eventBytes - 1) < WRITES_TOLERANCE;
  // The gateway cuts between events, so it may need a segment more.
  if (Math.abs(puts - gateway.puts) > 1 || (payload.spans > 1 && !isClose)) {
    throw new Error(
      `"same writes" wrote ${putBytes} bytes in ${puts} puts, the gateway ${gateway.eventBytes} in ${gateway.puts}`,
    );
  }
}

/**
 * Sends one export to the Worker that only stores, and looks at what it stored.
 *
 * @throws when the answer is not 200, or when the stored value is not the inflated body
 */
export async function verifyBaseline(
  { url }: Side,
  kv: KvBackend,
  payload: Payload,
): Promise<void> {
  kv.reset(false);
  await sendOne(url, payload);
  if (kv.operations.puts !== 1 || kv.operations.putBytes !== payload.bytes) {
    throw new Error(`The baseline stored ${kv.operations.putBytes} of ${payload.bytes} bytes`);
  }
}

/**
 * Sends one export to the Collector and counts the spans in its file.
 *
 * @throws when the answer is not 200, or when spans are missing or too many
 */
export async function verifyCollector(collector: CollectorSide, payload: Payload): Promise<void> {
  collector.truncate();
  await sendOne(collector.url, payload);
  await sleep(FLUSH_MS);
  const lines = collector.readFile().split("\n");
  const spans = lines
    .filter((line) => line !== "")
    .flatMap((line) => listOf(JSON.parse(line), "resourceSpans"))
    .flatMap((resource) => listOf(resource, "scopeSpans"))
    .flatMap((scope) => listOf(scope, "spans"));
  collector.truncate();
  expectSpans("the Collector's file", spans.length, payload);
}

async function sendOne(url: string, payload: Payload): Promise<void> {
  const client = createClient(url);
  try {
    await client.send(payload, payload.make(Date.now()));
  } finally {
    client.close();
  }
}

function listOf(message: unknown, field: string): readonly unknown[] {
  const members: Readonly<Record<string, unknown>> =
    typeof message === "object" && message !== null ? { ...message } : {};
  const list = members[field];
  return Array.isArray(list) ? list : [];
}

function expectSpans(where: string, found: number, { name, spans }: Payload): void {
  if (found !== spans) {
    throw new Error(`Cannot measure "${name}": ${found} of ${spans} spans are in ${where}`);
  }
}
