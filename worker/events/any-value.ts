/**
 * How an attribute value shows its OTLP type in JSON (docs/event-schema.md, "Attribute values").
 *
 * Strings, bools, lists, maps, integers up to 2^53 - 1 and fractional doubles are plain JSON. What
 * JSON cannot tell apart is an object with exactly one of the keys below, and a map that happens
 * to look like one is wrapped as `{"kvlist_value": {…}}`.
 */
import { type Literal, literal } from "../core/bytes.ts";
import type { JsonWriter } from "./json-writer.ts";

/**
 * The deepest nesting of lists and maps that is kept. SDKs go to 64 by default; each level costs
 * two stack frames, and a Worker's stack takes some thousands, so 128 leaves a wide margin.
 */
export const VALUE_DEPTH_LIMIT = 128;

const INT_VALUE = literal('{"int_value":');
const DOUBLE_VALUE = literal('{"double_value":');
const BYTES_VALUE = literal('{"bytes_value":');
const KVLIST_VALUE = literal('{"kvlist_value":');

/** How a map starts whose only key makes it look like a typed value. */
const TYPED_VALUE_HEADS: readonly string[] = [
  '{"int_value":',
  '{"double_value":',
  '{"bytes_value":',
  '{"kvlist_value":',
];
const TYPED_KEY_LIMIT_BYTES = Math.max(...TYPED_VALUE_HEADS.map((head) => head.length));
/** The two bools. */
export const TRUE: Literal = literal("true");
/** See {@link TRUE}. */
export const FALSE: Literal = literal("false");
const NULL = literal("null");
const QUOTE = 0x22;
const CLOSE = 0x7d;
const TWO_POW_32 = 4_294_967_296;

/**
 * Wraps the map that was written at `mark` as `{"kvlist_value": {…}}` where its one key would make
 * it read as a typed value.
 */
export function markLoneTypedKey(out: JsonWriter, mark: number): void {
  const text = out.bytes.subarray(mark, out.length);
  const head = String.fromCharCode(...text.subarray(0, TYPED_KEY_LIMIT_BYTES));
  if (TYPED_VALUE_HEADS.some((typed) => head.startsWith(typed))) {
    const kept = text.slice();
    out.length = mark;
    out.writeLiteral(KVLIST_VALUE);
    out.writeBytes(kept);
    out.writeByte(CLOSE);
  }
}

/** `null`: an AnyValue without a value. */
export function writeEmpty(out: JsonWriter): void {
  out.writeLiteral(NULL);
}

/** An int_value given as two halves: a number where JSON readers keep every digit. */
export function writeInt(out: JsonWriter, high: number, low: number): void {
  if (high === 0 && low >= 0) {
    out.writeInteger(low);
    return;
  }
  const value = (high | 0) * TWO_POW_32 + (low >>> 0);
  if (Number.isSafeInteger(value)) {
    out.writeInteger(value);
    return;
  }
  out.writeLiteral(INT_VALUE);
  out.writeQuoted64(high, low, true);
  out.writeByte(CLOSE);
}

/** An int_value given as canonical decimal text within 64 bits. */
export function writeIntText(out: JsonWriter, text: string): void {
  if (Number.isSafeInteger(Number(text))) {
    out.writeAscii(text);
    return;
  }
  out.writeLiteral(INT_VALUE);
  out.writeAscii(`"${text}"`);
  out.writeByte(CLOSE);
}

/** A double_value: plain when it has a fraction, else marked, for 5.0 reads like the integer 5. */
export function writeDouble(out: JsonWriter, value: number): void {
  if (Number.isFinite(value) && !Number.isInteger(value)) {
    out.writeDouble(value);
    return;
  }
  out.writeLiteral(DOUBLE_VALUE);
  writeDoubleField(out, value);
  out.writeByte(CLOSE);
}

/** A double in a field whose type is known: a number, or "NaN", "Infinity", "-Infinity". */
export function writeDoubleField(out: JsonWriter, value: number): void {
  if (Number.isFinite(value)) {
    out.writeDouble(value);
  } else {
    out.writeByte(QUOTE);
    out.writeAscii(String(value));
    out.writeByte(QUOTE);
  }
}

/** A bytes_value: base64. */
export function writeBytesValue(
  out: JsonWriter,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  out.writeLiteral(BYTES_VALUE);
  out.writeBase64(source, start, end);
  out.writeByte(CLOSE);
}
