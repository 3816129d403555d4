/** Native events: what a client sends to /api/telemetry/ingest and batch, kept as it was sent. */
import { type Result, err, ok } from "../core/result.ts";
import { addEventTokens, hasErrorStatus, nativeService } from "./event-tokens.ts";
import { type Level, levelOfText, lowestNumberOf } from "./level.ts";
import { EVENT_LIMIT_BYTES } from "./limits.ts";
import { type EventBlock, FactsGatherer } from "./segment-facts.ts";

/** An event type for events that name none. */
const DEFAULT_EVENT_TYPE = "event";
const ERROR_SEVERITY = lowestNumberOf("error");
const encoder = new TextEncoder();

/** What the gateway adds to each event. */
export interface NativeFrame {
  /** epoch ms */
  readonly receivedAtMs: number;
  /** undefined for events that were not sent as a batch */
  readonly batchId: string | undefined;
}

/** An event as a line of a segment. */
export interface NativeLine {
  readonly bytes: Uint8Array;
  readonly level: Level | undefined;
  /** the event as it is stored, parsed */
  readonly event: unknown;
}

/**
 * One native event → one line. `event_type` and `data` stand first, the other members follow as
 * they were sent; `received_at` and `batch_id` are ours.
 *
 * @returns why the event is rejected, in words
 */
export function nativeLine(event: unknown, frame: NativeFrame): Result<NativeLine, string> {
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    return err("Invalid event: it must be a JSON object");
  }
  const members: Readonly<Record<string, unknown>> = { ...event };
  const type = members["event_type"] ?? DEFAULT_EVENT_TYPE;
  if (typeof type !== "string" || type === "") {
    return err('Invalid event: "event_type" must be a non-empty string');
  }
  const { event_type: _type, data, received_at: _received, batch_id: _batch, ...others } = members;
  const stored = {
    event_type: type,
    ...(data !== undefined && { data }),
    ...others,
    received_at: frame.receivedAtMs,
    ...(frame.batchId !== undefined && { batch_id: frame.batchId }),
  };
  const bytes = encoder.encode(`${JSON.stringify(stored)}\n`);
  return bytes.length > EVENT_LIMIT_BYTES
    ? err(`Invalid event: longer than ${EVENT_LIMIT_BYTES} bytes`)
    : ok({ bytes, level: nativeLevel(members, data), event: stored });
}

function nativeLevel(members: Readonly<Record<string, unknown>>, data: unknown): Level | undefined {
  const inData: unknown =
    typeof data === "object" && data !== null ? Reflect.get(data, "level") : undefined;
  const level = members["level"] ?? inData;
  return typeof level === "string" ? levelOfText(level) : undefined;
}

/**
 * Lines → blocks, cut before they grow beyond the limit.
 *
 * @param receivedAtMs the time of events that have no other
 */
export function* nativeBlocks(
  lines: readonly NativeLine[],
  receivedAtMs: number,
  segmentLimitBytes: number,
): Generator<EventBlock, void> {
  let parts: NativeLine[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (parts.length > 0 && bytes + line.bytes.length > segmentLimitBytes) {
      yield joined(parts, bytes, receivedAtMs);
      parts = [];
      bytes = 0;
    }
    parts.push(line);
    bytes += line.bytes.length;
  }
  if (parts.length > 0) {
    yield joined(parts, bytes, receivedAtMs);
  }
}

function joined(lines: readonly NativeLine[], length: number, receivedAtMs: number): EventBlock {
  const bytes = new Uint8Array(length);
  const facts = new FactsGatherer();
  let at = 0;
  for (const line of lines) {
    bytes.set(line.bytes, at);
    at += line.bytes.length;
    const severity = line.level === undefined ? 0 : lowestNumberOf(line.level);
    facts.add({
      timeMs: receivedAtMs,
      severity,
      isError: severity >= ERROR_SEVERITY || hasErrorStatus(line.event),
      service: nativeService(line.event),
    });
    addEventTokens(line.event, facts.tokens);
  }
  return { bytes, facts };
}
