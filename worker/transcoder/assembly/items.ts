/** A Span, LogRecord or data point → one event, with what ingest must know of it. */
import {
  LogRecordFields,
  MetricFields,
  NumberDataPointFields,
  SpanFields,
  StatusFields,
} from "./fields";
import { Rejection, Warning, levelOfText } from "./host";
import { Frame, Item, beginItem, commitItem, dropItem, reject, warnOf } from "./lines";
import {
  Found,
  forgetFound,
  hasField,
  hasId,
  textEnd,
  textStart,
  valueOf,
  writeItem,
} from "./message";
import { Out, writeLiteral } from "./out";
import { ItemKind, Message } from "./schema";
import { TokenKind, noteTrace, noteValue } from "./tokens";
import { Problem, Wire, moveTo, skip } from "./wire";

const STATUS_ERROR: u32 = 2;
/** The lowest SeverityNumber of level error. */
const ERROR_SEVERITY: u32 = 17;
const NUMBERS_PER_LEVEL: u32 = 4;
const SEVERITY_NUMBER_MAX: u32 = 24;
/** The place of level error among the levels; fatal follows. */
const ERROR_LEVEL: i32 = 4;

/** Writes the item between the position and `end`, behind which reading goes on. */
export function writeEvent(kind: u32, message: Message, end: usize): void {
  beginItem();
  writeItem(message, end);
  if (Wire.problem != Problem.none) {
    dropItem();
  } else if (kind == ItemKind.span) {
    finishSpan();
  } else if (kind == ItemKind.logRecord) {
    finishLogRecord();
  } else {
    // Every kind of data point has its times in the same fields.
    Item.start = timeOf(NumberDataPointFields.start_time_unix_nano);
    Item.end = timeOf(NumberDataPointFields.time_unix_nano);
    commitItem();
  }
  forgetFound();
  moveTo(end);
}

function finishSpan(): void {
  if (Found.badIds != 0) {
    reject(
      Rejection.badIds,
      idBytes(SpanFields.trace_id),
      idBytes(SpanFields.span_id),
      idBytes(SpanFields.parent_span_id),
    );
    return;
  }
  const hasTraceId = hasId(SpanFields.trace_id);
  if (!hasTraceId || !hasId(SpanFields.span_id)) {
    if (Frame.requiresSpanIds) {
      reject(Rejection.missingId, 0, 0, 0);
      return;
    }
    warnOf(Warning.missingId);
  }
  Item.start = timeOf(SpanFields.start_time_unix_nano);
  Item.end = timeOf(SpanFields.end_time_unix_nano);
  if (statusCode() == STATUS_ERROR) {
    Item.isError = true;
    Item.severity = ERROR_SEVERITY;
  }
  if (hasTraceId) {
    noteTraceOf(SpanFields.trace_id);
  }
  noteName(SpanFields.name);
  commitItem();
}

function finishLogRecord(): void {
  const time = timeOf(LogRecordFields.time_unix_nano);
  Item.end = time == 0 ? timeOf(LogRecordFields.observed_time_unix_nano) : time;
  const severity = severityNumber();
  const isNumbered = severity >= 1 && severity <= SEVERITY_NUMBER_MAX;
  const level = isNumbered ? <i32>((severity - 1) / NUMBERS_PER_LEVEL) : textLevel();
  noteName(LogRecordFields.event_name);
  if (level >= 0) {
    writeLevel(level);
    Item.isError = level >= ERROR_LEVEL;
    Item.severity = isNumbered ? severity : <u32>level * NUMBERS_PER_LEVEL + 1;
  }
  if (hasId(LogRecordFields.trace_id)) {
    noteTraceOf(LogRecordFields.trace_id);
  }
  commitItem();
}

/** `level` of a log record: a member that OTLP does not have as a field. */
function writeLevel(level: i32): void {
  switch (level) {
    case 0:
      writeLiteral(',"level":"trace"');
      return;
    case 1:
      writeLiteral(',"level":"debug"');
      return;
    case 2:
      writeLiteral(',"level":"info"');
      return;
    case 3:
      writeLiteral(',"level":"warn"');
      return;
    case 4:
      writeLiteral(',"level":"error"');
      return;
    default:
      writeLiteral(',"level":"fatal"');
  }
}

/** A time in nanoseconds; 0 when it is absent. */
function timeOf(number: u32): u64 {
  return hasField(number) ? load<u64>(valueOf(number)) : 0;
}

/** How many bytes an id has; 0 when it is absent. */
function idBytes(number: u32): u32 {
  if (!hasField(number)) {
    return 0;
  }
  const stop = endOf(number);
  return <u32>(stop - Wire.at);
}

/** Where a length-delimited field ends; reading goes to its start. */
function endOf(number: u32): usize {
  Wire.at = valueOf(number);
  return Wire.readEnd(Wire.limit);
}

function statusCode(): u32 {
  if (!hasField(SpanFields.status)) {
    return 0;
  }
  const end = endOf(SpanFields.status);
  let code: u32 = 0;
  while (Wire.at < end) {
    const tag = Wire.readTag();
    if (tag >>> 3 == StatusFields.code) {
      code = <u32>Wire.readVarint();
    } else {
      skip(tag, end);
    }
  }
  return code;
}

function severityNumber(): u32 {
  if (!hasField(LogRecordFields.severity_number)) {
    return 0;
  }
  Wire.at = valueOf(LogRecordFields.severity_number);
  return <u32>Wire.readVarint();
}

/** The level that the severity text names; -1 when it names none. */
function textLevel(): i32 {
  if (!hasField(LogRecordFields.severity_text)) {
    return -1;
  }
  const end = endOf(LogRecordFields.severity_text);
  return levelOfText(Wire.at, end);
}

function noteTraceOf(number: u32): void {
  noteTrace(endOf(number));
}

/** Notes the token of a name that was written, if there is any. */
export function noteName(number: u32): void {
  if (hasField(number) && !Out.overflowed) {
    noteValue(TokenKind.name, textStart(number), textEnd(number));
  }
}
