/**
 * What the columns of a CSV answer show.
 *
 * A field is, in this order:
 *
 * 1. the name of a column of {@link COLUMN_NAMES};
 * 2. `attr.KEY`: an attribute of the item, or a member of a native event's `data`;
 * 3. `resource.KEY`: an attribute of the resource;
 * 4. a path from the root of the event, such as `data.scope.name`.
 *
 * Keys may hold dots, and so may members on a path: at each step the longest name that leads
 * somewhere is taken, so `data.attributes.http.route` is the attribute `http.route`.
 */
import { memberOf } from "../../core/members.ts";
import { isJsonObject } from "../../otlp/json/parse.ts";

/** Finds what a column shows of an event; undefined: nothing. */
export type ReadColumn = (event: unknown) => unknown;

const NANOS_PER_MS = 1_000_000n;
const MS_DIGITS = 6;
/** Times of the `Date` type, either way. */
const DATE_LIMIT_MS = 8.64e15;
const MS_AND_ZONE = ".000Z".length;
const DIGITS = /^\d{1,20}$/;

const COLUMNS: ReadonlyMap<string, ReadColumn> = new Map<string, ReadColumn>([
  ["received_at", (event) => msTime(memberOf(event, "received_at"))],
  ["time", timeOf],
  ["event_type", (event) => memberOf(event, "event_type")],
  ["service", serviceOf],
  ["name", (event) => dataOf(event, "name") ?? dataOf(event, "event_name")],
  ["level", (event) => dataOf(event, "level")],
  ["status", statusOf],
  ["duration_ms", durationOf],
  ["value", (event) => valueAt(event, "data.as_int") ?? valueAt(event, "data.as_double")],
  ["trace_id", (event) => dataOf(event, "trace_id")],
  ["span_id", (event) => dataOf(event, "span_id")],
  ["message", messageOf],
]);

/** The columns of an answer for which no fields are named, in order. */
export const COLUMN_NAMES: readonly string[] = [...COLUMNS.keys()];

/** How the column of a field is read; any text is a field, one that no event has is always empty. */
export function columnOf(field: string): ReadColumn {
  const known = COLUMNS.get(field);
  if (known !== undefined) {
    return known;
  }
  if (field.startsWith("attr.")) {
    const key = field.slice("attr.".length);
    return (event) => attributeOf(event, key);
  }
  const path = field.startsWith("resource.")
    ? `data.resource.attributes.${field.slice("resource.".length)}`
    : field;
  return (event) => valueAt(event, path);
}

/** Whether an event came in by OTLP: those have a resource, always. */
export function isOtlpEvent(event: unknown): boolean {
  return isJsonObject(valueAt(event, "data.resource"));
}

/** A value by its path; see the head of this file. */
function valueAt(value: unknown, path: string): unknown {
  const whole = memberOf(value, path);
  if (whole !== undefined) {
    return whole;
  }
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const found = valueAt(memberOf(value, path.slice(0, dot)), path.slice(dot + 1));
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** A member of an event's data; native events may have it at the top instead. */
function dataOf(event: unknown, name: string): unknown {
  return memberOf(memberOf(event, "data"), name) ?? memberOf(event, name);
}

function attributeOf(event: unknown, key: string): unknown {
  const data = memberOf(event, "data");
  const found = valueAt(memberOf(data, "attributes"), key);
  return found === undefined && !isOtlpEvent(event) ? valueAt(data, key) : found;
}

function serviceOf(event: unknown): unknown {
  return valueAt(event, "data.resource.attributes.service.name") ?? dataOf(event, "service");
}

/** When a span started, a record was made, a point was measured; what a native event calls so. */
function timeOf(event: unknown): unknown {
  const nanos =
    dataOf(event, "time_unix_nano") ??
    dataOf(event, "observed_time_unix_nano") ??
    dataOf(event, "start_time_unix_nano");
  return typeof nanos === "string" && DIGITS.test(nanos)
    ? nanoTime(BigInt(nanos))
    : msTime(dataOf(event, "timestamp"));
}

function statusOf(event: unknown): unknown {
  const status = dataOf(event, "status");
  return isJsonObject(status) ? status["code"] : status;
}

/** Milliseconds from start to end of a span, no digit of its nanoseconds lost. */
function durationOf(event: unknown): unknown {
  const start = dataOf(event, "start_time_unix_nano");
  const end = dataOf(event, "end_time_unix_nano");
  if (typeof start !== "string" || typeof end !== "string") {
    return dataOf(event, "duration_ms");
  }
  if (!DIGITS.test(start) || !DIGITS.test(end)) {
    return undefined;
  }
  const nanos = BigInt(end) - BigInt(start);
  const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(MS_DIGITS + 1, "0");
  const text = `${digits.slice(0, -MS_DIGITS)}.${digits.slice(-MS_DIGITS)}`.replace(/\.?0+$/, "");
  return `${nanos < 0n ? "-" : ""}${text}`;
}

/** What an event says in words: a record's body, a span's status message, an error. */
function messageOf(event: unknown): unknown {
  return (
    dataOf(event, "body") ??
    memberOf(dataOf(event, "status"), "message") ??
    dataOf(event, "message") ??
    dataOf(event, "error_message")
  );
}

/** Epoch milliseconds in RFC 3339; what is not that is shown as it is. */
function msTime(value: unknown): unknown {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= DATE_LIMIT_MS
    ? nanoTime(BigInt(value) * NANOS_PER_MS)
    : value;
}

/** RFC 3339 in UTC, always with nine digits, so that times sort as text. */
function nanoTime(nanos: bigint): string {
  const fraction = nanos % NANOS_PER_MS;
  const ms = (nanos - fraction) / NANOS_PER_MS;
  const text = new Date(Number(ms)).toISOString();
  const seconds = text.slice(0, -MS_AND_ZONE);
  return `${seconds}.${text.slice(-4, -1)}${fraction.toString().padStart(MS_DIGITS, "0")}Z`;
}
