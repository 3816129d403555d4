/**
 * The members of a stored event → a message of OTLP/JSON, by the tables of otlp/schema.ts: a field
 * that a newer tag of the protos brings needs no code here.
 */
import { type JsonObject, isJsonObject } from "../../otlp/json/parse.ts";
import {
  parseBase64,
  parseDouble,
  parseId,
  parseInteger32,
  parseInteger64,
} from "../../otlp/json/values.ts";
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from "../../otlp/limits.ts";
import { type FieldSchema, Kind, type MessageSchema } from "../../otlp/schema.ts";
import {
  type OtlpJson,
  type OtlpObject,
  anyValueOf,
  doubleText,
  keyValuesOf,
} from "./otlp-value.ts";

const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;
const UINT32_MAX = 0xffff_ffff;

/**
 * Converts the members that are fields of a message; others (`level`, and what belongs to the
 * messages around it) are left alone.
 *
 * @param stored an object of an event; a member that is there was set, zero or not
 * @returns undefined when a member is not what its field takes: the gateway did not write it
 */
export function messageOf(schema: MessageSchema, stored: JsonObject): OtlpObject | undefined {
  const message: Record<string, OtlpJson> = {};
  for (const field of schema.fields) {
    const value = field.kind === Kind.envelope ? undefined : stored[field.name];
    if (value !== undefined) {
      const converted = fieldOf(field, value);
      if (converted === undefined) {
        return undefined;
      }
      message[field.jsonName] = converted;
    }
  }
  return message;
}

function fieldOf(field: FieldSchema, value: unknown): OtlpJson | undefined {
  if (field.kind === Kind.keyValues) {
    return isJsonObject(value) ? keyValuesOf(value, 0) : undefined;
  }
  if (!field.repeated) {
    return valueOf(field, value);
  }
  if (!Array.isArray(value)) {
    return undefined;
  }
  const list: OtlpJson[] = [];
  for (const element of value) {
    const converted = valueOf(field, element);
    if (converted === undefined) {
      return undefined;
    }
    list.push(converted);
  }
  return list;
}

function valueOf(field: FieldSchema, value: unknown): OtlpJson | undefined {
  switch (field.kind) {
    case Kind.string:
      return typeof value === "string" ? value.toWellFormed() : undefined;
    case Kind.bool:
      return typeof value === "boolean" ? value : undefined;
    case Kind.fixed64:
    case Kind.uint64:
      return typeof value === "string" ? parseInteger64(value, false) : undefined;
    case Kind.sfixed64:
    case Kind.int64:
      return typeof value === "string" ? parseInteger64(value, true) : undefined;
    case Kind.double: {
      const number = parseDouble(value);
      return number === undefined ? undefined : doubleText(number);
    }
    case Kind.fixed32:
    case Kind.uint32:
      return parseInteger32(value, 0, UINT32_MAX);
    case Kind.int32:
    case Kind.sint32:
      return parseInteger32(value, INT32_MIN, INT32_MAX);
    case Kind.enum:
      return typeof value === "string"
        ? field.enumNumbers.get(value)
        : parseInteger32(value, INT32_MIN, INT32_MAX);
    case Kind.traceId:
      return hexOf(value, TRACE_ID_BYTES);
    case Kind.spanId:
      return hexOf(value, SPAN_ID_BYTES);
    case Kind.bytes:
      return typeof value === "string" && parseBase64(value) !== undefined ? value : undefined;
    case Kind.anyValue:
      return anyValueOf(value, 0);
    case Kind.message:
      return isJsonObject(value) ? messageOf(field.message, value) : undefined;
    case Kind.keyValues:
    case Kind.envelope:
      throw new Error(`Cannot render field "${field.name}" as one value`);
  }
}

function hexOf(value: unknown, lengthBytes: number): string | undefined {
  const id = parseId(value, lengthBytes);
  return id.kind === "id" ? id.hex : undefined;
}
