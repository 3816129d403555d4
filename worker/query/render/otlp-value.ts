/**
 * Stored attribute values → AnyValue and KeyValue in OTLP/JSON: the inverse of
 * docs/event-schema.md, "Attribute values" (ADR 004).
 */
import { VALUE_DEPTH_LIMIT } from "../../events/any-value.ts";
import { type JsonObject, isJsonObject } from "../../otlp/json/parse.ts";
import { parseBase64, parseDouble, parseInteger64 } from "../../otlp/json/values.ts";

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
  return isJsonObject(value)
    ? (typedValueOf(value, depth) ?? kvlistOf(value, depth))
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

/** An object with exactly one key that names a type is a value of that type. */
function typedValueOf(value: JsonObject, depth: number): OtlpObject | undefined {
  const [key, ...others] = Object.keys(value);
  if (key === undefined || others.length > 0) {
    return undefined;
  }
  const content = value[key];
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
    case "kvlist_value":
      return isJsonObject(content) ? kvlistOf(content, depth) : undefined;
    default:
      return undefined;
  }
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
