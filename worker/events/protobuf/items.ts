/** A Span, LogRecord or data point in protobuf → one event, with what ingest must know of it. */
import type { WireReader } from "../../otlp/protobuf/reader.ts";
import { type MessageSchema, fieldNamed, messageSchema } from "../../otlp/schema.ts";
import type { Signal } from "../../otlp/signal.ts";
import { writeLevel } from "../derived-members.ts";
import type { EventBlock, EventLines, LineWriter } from "../event-lines.ts";
import { type Level, levelOfNumber, levelOfText, lowestNumberOf } from "../level.ts";
import { Warning } from "../notes.ts";
import { MISSING_ID, idProblem } from "../span-ids.ts";
import { KindNumber } from "../tokens.ts";
import { isPlainText } from "../utf8.ts";
import { FieldPositions } from "./field-positions.ts";
import type { ProtobufMessageWriter } from "./message-writer.ts";

/** Writes one event. */
export interface ItemWriter extends LineWriter {
  /**
   * Writes the item between the reader's position and `end`. Where the reader stands afterwards is
   * not defined.
   *
   * @param schema the item's message: for data points it depends on the metric
   * @returns a block that filled up
   */
  write(reader: WireReader, schema: MessageSchema, end: number): EventBlock | undefined;
}

const SPAN = messageSchema("Span");
const LOG_RECORD = messageSchema("LogRecord");
const STATUS_ERROR = 2;
const WORD_BYTES = 4;
const NANOS_PER_MS = 1_000_000;
/** 2^32 ns = QUOTIENT ms + REMAINDER ns, to divide 64 bits without losing one. */
const TWO_POW_32_QUOTIENT = 4294;
const TWO_POW_32_REMAINDER = 967_296;

const spanFields = {
  traceId: fieldNamed(SPAN, "trace_id").number,
  spanId: fieldNamed(SPAN, "span_id").number,
  parentSpanId: fieldNamed(SPAN, "parent_span_id").number,
  name: fieldNamed(SPAN, "name").number,
  start: fieldNamed(SPAN, "start_time_unix_nano").number,
  end: fieldNamed(SPAN, "end_time_unix_nano").number,
  status: fieldNamed(SPAN, "status").number,
};
const STATUS_CODE = fieldNamed(messageSchema("Status"), "code").number;
const logFields = {
  time: fieldNamed(LOG_RECORD, "time_unix_nano").number,
  observed: fieldNamed(LOG_RECORD, "observed_time_unix_nano").number,
  severityNumber: fieldNamed(LOG_RECORD, "severity_number").number,
  severityText: fieldNamed(LOG_RECORD, "severity_text").number,
  traceId: fieldNamed(LOG_RECORD, "trace_id").number,
  eventName: fieldNamed(LOG_RECORD, "event_name").number,
};

const pointFields = pointTimes();

function pointTimes(): { readonly start: number; readonly time: number } {
  const [first, ...others] = (
    [
      "NumberDataPoint",
      "HistogramDataPoint",
      "ExponentialHistogramDataPoint",
      "SummaryDataPoint",
    ] as const
  ).map((name) => ({
    start: fieldNamed(messageSchema(name), "start_time_unix_nano").number,
    time: fieldNamed(messageSchema(name), "time_unix_nano").number,
  }));
  if (
    first === undefined ||
    others.some(({ start, time }) => start !== first.start || time !== first.time)
  ) {
    throw new Error("Cannot read data points: their times are in different fields");
  }
  return first;
}

/** Makes the writer of a signal's items. */
export function itemWriterOf(
  signal: Signal,
  messages: ProtobufMessageWriter,
  lines: EventLines,
): ItemWriter {
  switch (signal) {
    case "traces":
      return new SpanWriter(messages, lines);
    case "metrics":
      return new DataPointWriter(messages, lines);
    case "logs":
      return new LogRecordWriter(messages, lines);
  }
}

class SpanWriter implements ItemWriter {
  readonly #messages: ProtobufMessageWriter;
  readonly #lines: EventLines;
  readonly #found = new FieldPositions();

  constructor(messages: ProtobufMessageWriter, lines: EventLines) {
    this.#messages = messages;
    this.#lines = lines;
  }

  release(): void {
    this.#found.release();
    this.#messages.release();
  }

  write(reader: WireReader, schema: MessageSchema, end: number): EventBlock | undefined {
    const lines = this.#lines;
    const found = this.#found;
    lines.begin();
    this.#messages.writeFields(reader, schema, end, found);
    if (reader.problem !== undefined) {
      return undefined;
    }
    if (found.badIds !== 0) {
      lines.reject(
        idProblem(
          idBytes(found, spanFields.traceId),
          idBytes(found, spanFields.spanId),
          idBytes(found, spanFields.parentSpanId),
        ),
      );
      return undefined;
    }
    const hasTraceId = found.hasId(spanFields.traceId);
    if (!hasTraceId || !found.hasId(spanFields.spanId)) {
      if (lines.requiresSpanIds) {
        lines.reject(MISSING_ID);
        return undefined;
      }
      lines.notes.warn(Warning.missingId);
    }
    lines.item.startMs = timeMs(found, spanFields.start);
    lines.item.endMs = timeMs(found, spanFields.end);
    if (statusCode(found) === STATUS_ERROR) {
      lines.item.isError = true;
      lines.item.severity = lowestNumberOf("error");
    }
    if (hasTraceId) {
      noteTrace(lines, found, spanFields.traceId);
    }
    noteName(lines, found, spanFields.name);
    return lines.commit();
  }
}

class LogRecordWriter implements ItemWriter {
  readonly #messages: ProtobufMessageWriter;
  readonly #lines: EventLines;
  readonly #found = new FieldPositions();

  constructor(messages: ProtobufMessageWriter, lines: EventLines) {
    this.#messages = messages;
    this.#lines = lines;
  }

  release(): void {
    this.#found.release();
    this.#messages.release();
  }

  write(reader: WireReader, schema: MessageSchema, end: number): EventBlock | undefined {
    const lines = this.#lines;
    const found = this.#found;
    lines.begin();
    this.#messages.writeFields(reader, schema, end, found);
    if (reader.problem !== undefined) {
      return undefined;
    }
    const time = timeMs(found, logFields.time);
    lines.item.endMs = time === 0 ? timeMs(found, logFields.observed) : time;
    const severity = found.has(logFields.severityNumber)
      ? found.seek(logFields.severityNumber).readVarint32()
      : 0;
    const numbered = levelOfNumber(severity);
    const level = numbered ?? textLevel(found);
    if (level !== undefined) {
      writeLevel(lines.out, level);
      lines.item.isError = level === "error" || level === "fatal";
      lines.item.severity = numbered === undefined ? lowestNumberOf(level) : severity;
    }
    if (found.hasId(logFields.traceId)) {
      noteTrace(lines, found, logFields.traceId);
    }
    noteName(lines, found, logFields.eventName);
    return lines.commit();
  }
}

class DataPointWriter implements ItemWriter {
  readonly #messages: ProtobufMessageWriter;
  readonly #lines: EventLines;
  readonly #found = new FieldPositions();

  constructor(messages: ProtobufMessageWriter, lines: EventLines) {
    this.#messages = messages;
    this.#lines = lines;
  }

  release(): void {
    this.#found.release();
    this.#messages.release();
  }

  write(reader: WireReader, schema: MessageSchema, end: number): EventBlock | undefined {
    const lines = this.#lines;
    const found = this.#found;
    lines.begin();
    this.#messages.writeFields(reader, schema, end, found);
    if (reader.problem !== undefined) {
      return undefined;
    }
    // Every kind of data point has its times in the same fields.
    lines.item.startMs = timeMs(found, pointFields.start);
    lines.item.endMs = timeMs(found, pointFields.time);
    return lines.commit();
  }
}

function timeMs(found: FieldPositions, number: number): number {
  if (!found.has(number)) {
    return 0;
  }
  const { view } = found.reader;
  const at = found.at[number] ?? 0;
  const high = view.getUint32(at + 4, true);
  const rest = high * TWO_POW_32_REMAINDER + view.getUint32(at, true);
  return high * TWO_POW_32_QUOTIENT + Math.floor(rest / NANOS_PER_MS);
}

/** How many bytes an id has; 0 when it is absent. */
function idBytes(found: FieldPositions, number: number): number {
  if (!found.has(number)) {
    return 0;
  }
  const reader = found.seek(number);
  const stop = reader.readEnd(reader.bytes.length);
  return stop - reader.position;
}

function statusCode(found: FieldPositions): number {
  if (!found.has(spanFields.status)) {
    return 0;
  }
  const reader = found.seek(spanFields.status);
  const end = reader.readEnd(reader.bytes.length);
  let code = 0;
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag >>> 3 === STATUS_CODE) {
      code = reader.readVarint32();
    } else {
      reader.skip(tag, end);
    }
  }
  return code;
}

function textLevel(found: FieldPositions): Level | undefined {
  if (!found.has(logFields.severityText)) {
    return undefined;
  }
  const reader = found.seek(logFields.severityText);
  const stop = reader.readEnd(reader.bytes.length);
  return levelOfText(decoder.decode(reader.bytes.subarray(reader.position, stop)));
}

/** Adds the token of a trace id that is there and of the right length. */
function noteTrace(lines: EventLines, found: FieldPositions, number: number): void {
  const stop = found.endOf(number);
  lines.tokens.addTraceBits(found.reader.view.getInt32(stop - WORD_BYTES));
}

/** Adds the token of a name, if there is any. */
export function noteName(lines: EventLines, found: FieldPositions, number: number): void {
  if (!found.has(number)) {
    return;
  }
  const { reader } = found;
  const stop = found.endOf(number);
  const start = reader.position;
  if (isPlainText(reader, start, stop)) {
    lines.tokens.addText(KindNumber.name, reader, start, stop);
  } else {
    // What counts is the text as it is stored: escaped, and without what is not UTF-8.
    const { scratch } = lines;
    scratch.length = 0;
    scratch.beginLine();
    scratch.writeUtf8(reader, start, stop);
    lines.tokens.addValue(KindNumber.name, scratch, 0, scratch.length);
  }
}

const decoder = new TextDecoder();
