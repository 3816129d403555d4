/**
 * Stored attribute values → AnyValue and KeyValue in OTLP/JSON: the inverse of
 * docs/event-schema.md, "Attribute values" (ADR 004).
 */
import { type JsonObject, isJsonObject } from "../../otlp/json/parse.ts";
import { parseBase64, parseDouble, parseInteger64 } from "../../otlp/json/values.ts";
import { VALUE_DEPTH_LIMIT } from "../../otlp/limits.ts";

/**
 * A value of OTLP/JSON: 64-bit integers are decimal text, ids are hex, other bytes base64, doubles
 * as {@link doubleText} gives them, enums numbers.
 */
export type OtlpJson = string | number | boolean | OtlpObject | readonly OtlpJson[];

/** A message of OTLP/JSON, by lowerCamelCase names; what is not set is not there. */
export interface OtlpObject {
  readonly [jsonName: string]: OtlpJson;
}

/**
 * A map as a list of KeyValue, in the order of the map.
 *
 * @param depth lists and maps around this one
 * @returns undefined when it nests deeper than anything the gateway writes
 */
export function keyValuesOf(map: JsonObject, depth: number): readonly OtlpObject[] | undefined {
  const list: OtlpObject[] = [];
  for (const [key, stored] of Object.entries(map)) {
    const value = anyValueOf(stored, depth);
    if (value === undefined) {
      return undefined;
    }
    list.push({ key: key.toWellFormed(), value });
  }
  return list;
}

/**
 * A stored value as an AnyValue; `null` becomes the empty one, `{}`.
 *
 * @param depth lists and maps around it
 * @returns undefined when it nests deeper than anything the gateway writes
 */
export function anyValueOf(value: unknown, depth: number): OtlpObject | undefined {
  if (typeof value === "string") {
    return { stringValue: value.toWellFormed() };
  }
  if (typeof value === "boolean") {
    return { boolValue: value };
  }
  if (typeof value === "number") {
    // Plain numbers are integers that JSON readers keep, or have a fraction.
    return Number.isSafeInteger(value)
      ? { intValue: BigInt(value).toString() }
      : { doubleValue: doubleText(value) };
  }
  // Never a second try at the same map: each level would double the work.
  return isJsonObject(value)
    ? (typedScalarOf(value) ?? kvlistOf(unwrapped(value), depth))
    : arrayOf(value, depth);
}

/**
 * A double as ProtoJSON has it: a number, or the text "NaN", "Infinity", "-Infinity". Minus zero is
 * text as well, which ProtoJSON allows for every number, because `JSON.stringify` drops its sign.
 */
export function doubleText(value: number): number | string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  return Object.is(value, -0) ? "-0" : value;
}

/** The key and value of an object that has exactly one. */
function loneEntry(value: JsonObject): readonly [key: string, content: unknown] | undefined {
  const [key, ...others] = Object.keys(value);
  return key === undefined || others.length > 0 ? undefined : [key, value[key]];
}

/** An object whose only key names a scalar type is a value of that type. */
function typedScalarOf(value: JsonObject): OtlpObject | undefined {
  const [key = "", content] = loneEntry(value) ?? [];
  switch (key) {
    case "int_value": {
      const text = typeof content === "string" ? parseInteger64(content, true) : undefined;
      return text === undefined ? undefined : { intValue: text };
    }
    case "double_value": {
      const number = parseDouble(content);
      return number === undefined ? undefined : { doubleValue: doubleText(number) };
    }
    case "bytes_value":
      return typeof content === "string" && parseBase64(content) !== undefined
        ? { bytesValue: content }
        : undefined;
    default:
      return undefined;
  }
}

/** The map in `{"kvlist_value": {…}}`; any other object is the map itself. */
function unwrapped(value: JsonObject): JsonObject {
  const [key = "", content] = loneEntry(value) ?? [];
  return key === "kvlist_value" && isJsonObject(content) ? content : value;
}

function kvlistOf(map: JsonObject, depth: number): OtlpObject | undefined {
  const values = depth < VALUE_DEPTH_LIMIT ? keyValuesOf(map, depth + 1) : undefined;
  return values === undefined ? undefined : { kvlistValue: { values } };
}

/** A list; everything else that is left is `null`. */
function arrayOf(value: unknown, depth: number): OtlpObject | undefined {
  if (!Array.isArray(value)) {
    return {};
  }
  if (depth >= VALUE_DEPTH_LIMIT) {
    return undefined;
  }
  const values: OtlpObject[] = [];
  for (const element of value) {
    const converted = anyValueOf(element, depth + 1);
    if (converted === undefined) {
      return undefined;
    }
    values.push(converted);
  }
  return { arrayValue: { values } };
}
