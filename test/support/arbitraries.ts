/** Random export requests, made from the descriptors: every field of every message can occur. */
import fc from "fast-check";
import type protobuf from "protobufjs";

import {
  type ProtoMessage,
  type ProtoValue,
  type SignalName,
  enumOf,
  isString,
  messageOf,
  requestType,
  utf8,
} from "./proto.ts";

const LIST_LIMIT = 3;
const VALUE_DEPTH_LIMIT = 3;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;
/** A usual time of events, to which some nanoseconds are added. */
const BASE_NANOS = 1_764_000_000_000_000_000n;
const ID_BYTES: Readonly<Record<string, number>> = { trace_id: 16, span_id: 8, parent_span_id: 8 };

const unsigned64: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n),
  fc.constant(2n ** 64n - 1n),
  fc.bigInt(0n, 2_000_000_000n).map((nanos) => BASE_NANOS + nanos),
  fc.bigInt(0n, 2n ** 64n - 1n),
);

const signed64: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n) + 1n, -(2n ** 53n)),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, -(2n ** 32n)),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
);

const double: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, -0, 5, -3, 0.1, 1e21, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE),
  fc.constantFrom(Number.NaN, Infinity, -Infinity),
  fc.double(),
);

/** Text as bytes: any Unicode, the characters that JSON escapes, and what is not valid UTF-8. */
export const textBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 20 }).map(utf8) },
  { weight: 4, arbitrary: fc.string({ maxLength: 40 }).map(utf8) },
  { weight: 2, arbitrary: fc.string({ unit: controlOrQuote(), maxLength: 8 }).map(utf8) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom("\u{feff}bom", "", "é😀", "x".repeat(700)).map(utf8) },
);

function controlOrQuote(): fc.Arbitrary<string> {
  return fc.constantFrom("\0", "\t", "\n", "\u{1f}", "\u{7f}", '"', "\\", "/", "\u{2028}", "a");
}

/** Few keys, so that duplicates are common, and all the keys that typed values use. */
const keyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .constantFrom("a", "b", "service.name", "int_value", "double_value", "bytes_value")
    .map((text) => utf8(text)),
  fc.constantFrom("session.id", "device_id", "error.type", "category").map(utf8),
  fc.constantFrom("kvlist_value", "__proto__", "constructor", "", "1", "\u{feff}a").map(utf8),
  textBytes,
);

/** A request of a signal. */
export function exportRequest(signal: SignalName): fc.Arbitrary<ProtoMessage> {
  return messageArbitrary(requestType(signal));
}

const known = new Map<protobuf.Type, fc.Arbitrary<ProtoMessage>>();

/** Any message of a type. */
export function messageArbitrary(type: protobuf.Type): fc.Arbitrary<ProtoMessage> {
  if (type.name === "AnyValue") {
    return anyValue;
  }
  if (type.name === "KeyValue") {
    return keyValueOf(anyValue);
  }
  const made = known.get(type) ?? buildMessage(type);
  known.set(type, made);
  return made;
}

function buildMessage(type: protobuf.Type): fc.Arbitrary<ProtoMessage> {
  const groups = new Map<string, protobuf.Field[]>();
  for (const field of type.fieldsArray) {
    const group = field.partOf?.name ?? field.name;
    groups.set(group, [...(groups.get(group) ?? []), field]);
  }
  const parts = [...groups.values()].map((fields) =>
    fc.option(fc.oneof(...fields.map((field) => memberArbitrary(field))), {
      nil: undefined,
      freq: 4,
    }),
  );
  return fc
    .tuple(...parts)
    .map((members) => Object.fromEntries(members.filter((member) => member !== undefined)));
}

function memberArbitrary(field: protobuf.Field): fc.Arbitrary<readonly [string, ProtoValue]> {
  const one = valueArbitrary(field);
  const value: fc.Arbitrary<ProtoValue> = field.repeated
    ? fc.array(one, { maxLength: LIST_LIMIT })
    : one;
  return value.map((content): readonly [string, ProtoValue] => [field.name, content]);
}

function valueArbitrary(field: protobuf.Field): fc.Arbitrary<ProtoValue> {
  const message = messageOf(field);
  if (message !== undefined) {
    return messageArbitrary(message);
  }
  if (enumOf(field) !== undefined) {
    return fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 26 }) },
      { weight: 1, arbitrary: fc.constantFrom(INT32_MIN, -1, INT32_MAX) },
    );
  }
  if (isString(field)) {
    return field.name === "severity_text" ? fc.oneof(textBytes, severityText()) : textBytes;
  }
  return scalarArbitrary(field);
}

function scalarArbitrary(field: protobuf.Field): fc.Arbitrary<ProtoValue> {
  switch (field.type) {
    case "fixed64":
    case "uint64":
      return unsigned64;
    case "int64":
    case "sfixed64":
      return signed64;
    case "uint32":
    case "fixed32":
      return fc.oneof(fc.constantFrom(0, 1, UINT32_MAX, 2 ** 31), fc.integer({ min: 0, max: 999 }));
    case "int32":
    case "sint32":
      return fc.oneof(fc.constantFrom(0, -1, INT32_MIN, INT32_MAX), fc.integer());
    case "double":
      return double;
    case "bool":
      return fc.boolean();
    case "bytes":
      return bytesArbitrary(ID_BYTES[field.name]);
    default:
      throw new Error(`no arbitrary for ${field.type}`);
  }
}

/** Ids are mostly of the right length; else empty, all zero or of a wrong length. */
function bytesArbitrary(idBytes: number | undefined): fc.Arbitrary<Uint8Array> {
  if (idBytes === undefined) {
    return fc.uint8Array({ maxLength: 20 });
  }
  return fc.oneof(
    { weight: 30, arbitrary: fc.uint8Array({ minLength: idBytes, maxLength: idBytes }) },
    { weight: 2, arbitrary: fc.constantFrom(new Uint8Array(0), new Uint8Array(idBytes)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  );
}

function severityText(): fc.Arbitrary<Uint8Array> {
  return fc.constantFrom("WARN", "Information", " error\n", "panic", "\u{feff}info").map(utf8);
}

function keyValueOf(value: fc.Arbitrary<ProtoMessage>): fc.Arbitrary<ProtoMessage> {
  return fc.record(
    { key: keyBytes, value, key_strindex: fc.constantFrom(0, 3) },
    { requiredKeys: [] },
  );
}

/** Any AnyValue, nested a few levels; all members of its oneof occur, and none. */
export const anyValue: fc.Arbitrary<ProtoMessage> = fc.letrec<{ value: ProtoMessage }>((tie) => {
  const nested = tie("value");
  const list = fc.record(
    { values: fc.array(nested, { maxLength: LIST_LIMIT }) },
    { requiredKeys: [] },
  );
  const map = fc.record(
    { values: fc.array(keyValueOf(nested), { maxLength: LIST_LIMIT }) },
    { requiredKeys: [] },
  );
  return {
    value: fc.oneof(
      { maxDepth: VALUE_DEPTH_LIMIT, withCrossShrink: true },
      fc.record({ string_value: textBytes }),
      fc.constant({}),
      fc.record({ bool_value: fc.boolean() }),
      fc.record({ int_value: signed64 }),
      fc.record({ double_value: double }),
      fc.record({ bytes_value: fc.uint8Array({ maxLength: 20 }) }),
      fc.record({ string_value_strindex: fc.constantFrom(0, 7) }),
      fc.record({ array_value: list }),
      fc.record({ kvlist_value: map }),
    ),
  };
}).value;
