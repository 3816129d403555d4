/** Stored events as lines of a table. */
import { type StoredEvent, isRecord } from "./gateway-client.ts";
import type { ExpectedEvent } from "./session.ts";

/** One line: what happened when, and how it went. */
export interface EventRow extends ExpectedEvent {
  /** Nanoseconds since the epoch; 0 when the event carries no time. */
  readonly timeUnixNano: bigint;
  /** Span status, log level, or the value of a data point. */
  readonly outcome: string;
  /** Milliseconds from start to end; spans only. */
  readonly durationMs: number | undefined;
}

type Data = StoredEvent["data"];

/**
 * Converts a stored event to a line.
 *
 * @returns undefined for event types that the demo does not send
 */
export function toRow({ eventType, data }: StoredEvent): EventRow | undefined {
  switch (eventType) {
    case "span":
      return spanRow(data);
    case "log":
      return logRow(data);
    case "metric":
      return metricRow(data);
    default:
      return undefined;
  }
}

function spanRow(data: Data): EventRow {
  const start = readNano(data, "start_time_unix_nano");
  const end = readNano(data, "end_time_unix_nano");
  const status = isRecord(data["status"]) ? data["status"] : {};

  return {
    signal: "traces",
    name: readText(data["name"]),
    timeUnixNano: start,
    outcome: [status["code"], status["message"]].map(readText).filter(isNotEmpty).join(": "),
    durationMs: Number(end - start) / 1e6,
  };
}

function logRow(data: Data): EventRow {
  return {
    signal: "logs",
    name: readText(data["body"]),
    timeUnixNano: readNano(data, "time_unix_nano"),
    outcome: readText(data["level"]),
    durationMs: undefined,
  };
}

function metricRow(data: Data): EventRow {
  const value = data["as_int"] ?? data["as_double"];
  const distribution = `count ${readText(data["count"])}, sum ${readText(data["sum"])}`;
  const attributes = isRecord(data["attributes"]) ? Object.values(data["attributes"]) : [];

  return {
    signal: "metrics",
    name: readText(data["name"]),
    timeUnixNano: readNano(data, "time_unix_nano"),
    outcome: [
      value === undefined ? distribution : readText(value),
      ...attributes.map((attribute) => `(${readText(attribute)})`),
    ].join(" "),
    durationMs: undefined,
  };
}

function readNano(data: Data, field: string): bigint {
  const value = data[field];

  return typeof value === "string" ? BigInt(value) : 0n;
}

function readText(value: unknown): string {
  if (value === undefined) {
    return "";
  }

  return typeof value === "string" ? value : JSON.stringify(value);
}

function isNotEmpty(text: string): boolean {
  return text !== "";
}
