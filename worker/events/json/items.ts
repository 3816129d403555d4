/** A Span, LogRecord or data point in OTLP/JSON → one event, with what ingest must know of it. */
import type { JsonObject } from "../../otlp/json/parse.ts";
import { type ParsedId, parseId, parseInteger32, parseInteger64 } from "../../otlp/json/values.ts";
import { type MessageSchema, fieldNamed, messageSchema } from "../../otlp/schema.ts";
import type { Signal } from "../../otlp/signal.ts";
import { writeLevel } from "../derived-members.ts";
import type { EventBlock, EventLines, LineWriter } from "../event-lines.ts";
import { levelOfNumber, levelOfText, lowestNumberOf } from "../level.ts";
import { Warning } from "../notes.ts";
import { MISSING_ID, SPAN_ID_BYTES, TRACE_ID_BYTES } from "../span-ids.ts";
import { type JsonMessageWriter, memberOf } from "./message-writer.ts";

/** Fills in an item's facts and adds derived members; says why the item is rejected, if it is. */
type Describe = (item: JsonObject, schema: MessageSchema, lines: EventLines) => string | undefined;

/** Writes events, one item at a time. */
export class ItemWriter implements LineWriter {
  readonly #messages: JsonMessageWriter;
  readonly #lines: EventLines;
  readonly #describe: Describe;
  #rejection: string | undefined;

  constructor(signal: Signal, messages: JsonMessageWriter, lines: EventLines) {
    this.#messages = messages;
    this.#lines = lines;
    this.#describe = DESCRIBE[signal];
  }

  /** Holds nothing of a request. */
  release(): void {
    this.#rejection = undefined;
  }

  /** From now on rejects every item for this reason; undefined ends that. */
  rejectAll(reason: string | undefined): void {
    this.#rejection = reason;
  }

  /**
   * @param schema the item's message: for data points it depends on the metric
   * @returns a block that filled up
   */
  write(item: JsonObject, schema: MessageSchema): EventBlock | undefined {
    const lines = this.#lines;
    lines.begin();
    const problem = this.#rejection ?? this.#writeMembers(item, schema);
    if (problem !== undefined) {
      lines.reject(problem);
      return undefined;
    }
    return lines.commit();
  }

  #writeMembers(item: JsonObject, schema: MessageSchema): string | undefined {
    this.#messages.restart();
    this.#messages.writeFields(schema, item);
    return this.#messages.problem === undefined
      ? this.#describe(item, schema, this.#lines)
      : `${NAMES[schema.name] ?? "data point"} in which ${this.#messages.problem}`;
  }
}

const NAMES: Readonly<Record<string, string>> = { Span: "span", LogRecord: "log record" };
const DESCRIBE: Readonly<Record<Signal, Describe>> = {
  traces: describeSpan,
  metrics: describePoint,
  logs: describeLog,
};
const SPAN = messageSchema("Span");
const STATUS = messageSchema("Status");
const LOG_RECORD = messageSchema("LogRecord");
const STATUS_CODE = fieldNamed(STATUS, "code");
const SEVERITY_NUMBER = fieldNamed(LOG_RECORD, "severity_number");
const STATUS_ERROR = 2;
const INT32_MAX = 0x7fff_ffff;
/** Nanoseconds have six decimal digits more than milliseconds. */
const NANO_DIGITS_BELOW_MS = 6;

function describeSpan(
  item: JsonObject,
  _schema: MessageSchema,
  lines: EventLines,
): string | undefined {
  const trace = idOf(item, "trace_id", TRACE_ID_BYTES);
  const span = idOf(item, "span_id", SPAN_ID_BYTES);
  const parent = idOf(item, "parent_span_id", SPAN_ID_BYTES);
  if (trace.kind === "bad") {
    return `span with a traceId ${trace.reason}`;
  }
  if (span.kind === "bad") {
    return `span with a spanId ${span.reason}`;
  }
  if (parent.kind === "bad") {
    return `span with a parentSpanId ${parent.reason}`;
  }
  if (trace.kind === "none" || span.kind === "none") {
    if (lines.requiresSpanIds) {
      return MISSING_ID;
    }
    lines.notes.warn(Warning.missingId);
  }
  lines.item.startMs = timeMs(item, SPAN, "start_time_unix_nano");
  lines.item.endMs = timeMs(item, SPAN, "end_time_unix_nano");
  if (statusCode(item) === STATUS_ERROR) {
    lines.item.isError = true;
    lines.item.severity = lowestNumberOf("error");
  }
  noteTrace(trace, lines);
  return undefined;
}

function describeLog(item: JsonObject, _schema: MessageSchema, lines: EventLines): undefined {
  const time = timeMs(item, LOG_RECORD, "time_unix_nano");
  lines.item.endMs = time === 0 ? timeMs(item, LOG_RECORD, "observed_time_unix_nano") : time;
  const value = memberOf(item, SEVERITY_NUMBER);
  const named = typeof value === "string" ? SEVERITY_NUMBER.enumNumbers.get(value) : undefined;
  const severity = named ?? parseInteger32(value, 0, INT32_MAX) ?? 0;
  const text = memberOf(item, fieldNamed(LOG_RECORD, "severity_text"));
  const numbered = levelOfNumber(severity);
  const level = numbered ?? (typeof text === "string" ? levelOfText(text) : undefined);
  if (level !== undefined) {
    writeLevel(lines.out, level);
    lines.item.isError = level === "error" || level === "fatal";
    lines.item.severity = numbered === undefined ? lowestNumberOf(level) : severity;
  }
  noteTrace(parseId(memberOf(item, fieldNamed(LOG_RECORD, "trace_id")), TRACE_ID_BYTES), lines);
  return undefined;
}

function describePoint(item: JsonObject, schema: MessageSchema, lines: EventLines): undefined {
  lines.item.startMs = timeMs(item, schema, "start_time_unix_nano");
  lines.item.endMs = timeMs(item, schema, "time_unix_nano");
  return undefined;
}

function idOf(item: JsonObject, name: string, lengthBytes: number): ParsedId {
  return parseId(memberOf(item, fieldNamed(SPAN, name)), lengthBytes);
}

function timeMs(item: JsonObject, schema: MessageSchema, name: string): number {
  const nanos = parseInteger64(memberOf(item, fieldNamed(schema, name)), false) ?? "0";
  return Number(nanos.slice(0, -NANO_DIGITS_BELOW_MS));
}

function statusCode(item: JsonObject): number {
  const status = item["status"];
  const code: unknown =
    typeof status === "object" && status !== null ? Reflect.get(status, "code") : undefined;
  return typeof code === "string"
    ? (STATUS_CODE.enumNumbers.get(code) ?? Number(code))
    : Number(code ?? 0);
}

function noteTrace(trace: ParsedId, lines: EventLines): void {
  if (trace.kind === "id") {
    lines.tokens.addTraceBits(Number.parseInt(trace.hex.slice(-8), 16) | 0);
  }
}
