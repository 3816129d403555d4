/**
 * Values of decoded messages → values of events, by docs/event-schema.md. The mapping that
 * mapping-source.ts writes for the other decoders calls these; they are as fast as we could make
 * them without changing what the decoders return.
 */

/** A 64-bit integer of protobufjs. */
export interface LongBits {
  readonly low: number;
  readonly high: number;
}

/** AnyValue of protobufjs: members that are not set are null. */
export interface ProtobufjsAnyValue {
  readonly string_value: string | null;
  readonly bool_value: boolean | null;
  readonly int_value: LongBits | null;
  readonly double_value: number | null;
  readonly bytes_value: Uint8Array | null;
  readonly array_value: { readonly values: readonly ProtobufjsAnyValue[] } | null;
  readonly kvlist_value: { readonly values: readonly KeyValue<ProtobufjsAnyValue>[] } | null;
}

/** AnyValue of protobuf-es. */
export interface ProtobufEsAnyValue {
  readonly value:
    | { readonly case: "stringValue"; readonly value: string }
    | { readonly case: "boolValue"; readonly value: boolean }
    | { readonly case: "intValue"; readonly value: bigint }
    | { readonly case: "doubleValue"; readonly value: number }
    | { readonly case: "bytesValue"; readonly value: Uint8Array }
    | {
        readonly case: "arrayValue";
        readonly value: { readonly values: readonly ProtobufEsAnyValue[] };
      }
    | {
        readonly case: "kvlistValue";
        readonly value: { readonly values: readonly KeyValue<ProtobufEsAnyValue>[] };
      }
    | { readonly case: "stringValueStrindex"; readonly value: number }
    | { readonly case: undefined };
}

/** An attribute. */
export interface KeyValue<Value> {
  readonly key: string;
  readonly value?: Value | null;
}

type JsonObject = Record<string, unknown>;

const TWO_TO_32 = 4_294_967_296;
/** Below this high word the whole fits the 53 bits of a double. */
const SAFE_HIGH_WORD = 0x20_00_00;
const SPLIT = 1_000_000;
const SPLIT_DIGITS = 6;
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];
const LEVEL_OF_WORD = new Map(
  Object.entries({
    trace: "trace verbose",
    debug: "debug",
    info: "info information informational notice",
    warn: "warn warning",
    error: "error err severe",
    fatal: "fatal critical crit alert emergency panic",
  }).flatMap(([level, words]) => words.split(" ").map((word): [string, string] => [word, level])),
);

/** Decimal text of an unsigned 64-bit integer, by two divisions instead of a bigint. */
export function unsignedText({ low, high }: LongBits): string {
  const lowWord = low >>> 0;
  const highWord = high >>> 0;
  if (highWord < SAFE_HIGH_WORD) {
    return String(highWord * TWO_TO_32 + lowWord);
  }
  const rest = (highWord % SPLIT) * TWO_TO_32 + lowWord;
  const upper = Math.floor(highWord / SPLIT) * TWO_TO_32 + Math.floor(rest / SPLIT);
  return String(upper) + String(rest % SPLIT).padStart(SPLIT_DIGITS, "0");
}

/** Decimal text of a signed 64-bit integer. */
export function signedText(bits: LongBits): string {
  if (bits.high >= 0) {
    return unsignedText(bits);
  }
  const value = bits.high * TWO_TO_32 + (bits.low >>> 0);
  return Number.isSafeInteger(value)
    ? String(value)
    : String((BigInt(bits.high) << 32n) | BigInt(bits.low >>> 0));
}

/** A double: what JSON cannot say becomes text. */
export function doubleOf(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Lower-case hex; undefined for an id of wrong length or of zeros only. */
export function idText(id: Uint8Array, length: number): string | undefined {
  if (id.length !== length) {
    return undefined;
  }
  for (const byte of id) {
    if (byte !== 0) {
      return asBuffer(id).toString("hex");
    }
  }
  return undefined;
}

/** Base64, padded. */
export function base64Text(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}

/** Whether a span is kept: ids are absent or have the right length. */
export function hasUsableIds(
  traceId: Uint8Array,
  spanId: Uint8Array,
  parentSpanId: Uint8Array,
): boolean {
  return (
    (traceId.length === 16 || traceId.length === 0) &&
    (spanId.length === 8 || spanId.length === 0) &&
    (parentSpanId.length === 8 || parentSpanId.length === 0)
  );
}

/** Whether an object has no members. */
export function isEmpty(value: object): boolean {
  for (const name in value) {
    if (Object.hasOwn(value, name)) {
      return false;
    }
  }
  return true;
}

/** The `level` of a log record. */
export function levelOf(severityNumber: number, severityText: string): string | undefined {
  return severityNumber >= 1 && severityNumber <= 24
    ? LEVELS[(severityNumber - 1) >> 2]
    : LEVEL_OF_WORD.get(severityText.trim().toLowerCase());
}

/** Attributes as protobufjs decodes them. */
export function protobufjsMap(list: readonly KeyValue<ProtobufjsAnyValue>[]): JsonObject {
  const map: JsonObject = {};
  for (const { key, value } of list) {
    map[key] = value === null || value === undefined ? null : protobufjsValue(value);
  }
  return map;
}

/** A value as protobufjs decodes it. */
export function protobufjsValue(any: ProtobufjsAnyValue): unknown {
  if (any.string_value !== null) {
    return any.string_value;
  }
  if (any.int_value !== null) {
    const number = any.int_value.high * TWO_TO_32 + (any.int_value.low >>> 0);
    return Number.isSafeInteger(number) ? number : { int_value: signedText(any.int_value) };
  }
  if (any.bool_value !== null) {
    return any.bool_value;
  }
  if (any.double_value !== null) {
    return doubleValue(any.double_value);
  }
  if (any.array_value !== null) {
    return any.array_value.values.map((element) => protobufjsValue(element));
  }
  if (any.kvlist_value !== null) {
    return unambiguous(protobufjsMap(any.kvlist_value.values));
  }
  return any.bytes_value === null ? null : { bytes_value: base64Text(any.bytes_value) };
}

/** Attributes as protobuf-es decodes them. */
export function protobufEsMap(list: readonly KeyValue<ProtobufEsAnyValue>[]): JsonObject {
  const map: JsonObject = {};
  for (const { key, value } of list) {
    map[key] = value === null || value === undefined ? null : protobufEsValue(value);
  }
  return map;
}

/** A value as protobuf-es decodes it. */
export function protobufEsValue({ value: one }: ProtobufEsAnyValue): unknown {
  switch (one.case) {
    case "stringValue":
    case "boolValue":
      return one.value;
    case "intValue": {
      const number = Number(one.value);
      return Number.isSafeInteger(number) ? number : { int_value: String(one.value) };
    }
    case "doubleValue":
      return doubleValue(one.value);
    case "bytesValue":
      return { bytes_value: base64Text(one.value) };
    case "arrayValue":
      return one.value.values.map((element) => protobufEsValue(element));
    case "kvlistValue":
      return unambiguous(protobufEsMap(one.value.values));
    case "stringValueStrindex":
    case undefined:
      return null;
  }
}

function doubleValue(value: number): unknown {
  return Number.isFinite(value) && !Number.isInteger(value)
    ? value
    : { double_value: doubleOf(value) };
}

function unambiguous(map: JsonObject): JsonObject {
  const [key = "", ...others] = Object.keys(map);
  const isTyped = ["int_value", "double_value", "bytes_value", "kvlist_value"].includes(key);
  return isTyped && others.length === 0 ? { kvlist_value: map } : map;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
