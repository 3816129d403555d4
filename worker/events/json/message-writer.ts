/**
 * Parsed OTLP/JSON → the members of a JSON object, by the same tables and with the same writer as
 * the protobuf way: a message gives the same event in both encodings.
 *
 * Names are taken in lowerCamelCase and, as a leniency, in snake_case; `null` means unset
 * everywhere; unknown names are ignored (OTLP spec, "JSON Protobuf Encoding").
 */
import { type JsonObject, isJsonObject } from "../../otlp/json/parse.ts";
import {
  parseBase64,
  parseDouble,
  parseId,
  parseInteger32,
  parseInteger64,
} from "../../otlp/json/values.ts";
import {
  type FieldSchema,
  Kind,
  type MessageSchema,
  fieldNamed,
  messageSchema,
} from "../../otlp/schema.ts";
import { FALSE, TRUE, writeDoubleField } from "../any-value.ts";
import type { JsonWriter } from "../json-writer.ts";
import { type Notes, Warning } from "../notes.ts";
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from "../span-ids.ts";
import { KindNumber, type TokenSets } from "../tokens.ts";
import { JsonValueWriter } from "./value-writer.ts";

const QUOTE = 0x22;
const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;
const UINT32_MAX = 0xffff_ffff;

/** The fields that hold what an event is called. */
const NAME_FIELDS: ReadonlySet<FieldSchema> = new Set([
  fieldNamed(messageSchema("Span"), "name"),
  fieldNamed(messageSchema("Metric"), "name"),
  fieldNamed(messageSchema("LogRecord"), "event_name"),
]);

/** Times in OTLP are nanoseconds, but dates are sent. */
function isRfc3339(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/i.test(value);
}

/** A field's value by either of its names; `null` counts as unset. */
export function memberOf(object: JsonObject, field: FieldSchema): unknown {
  const value = object[field.jsonName] ?? object[field.name];
  return value === null ? undefined : value;
}

/** Writes messages into one {@link JsonWriter}. */
export class JsonMessageWriter {
  readonly #out: JsonWriter;
  readonly #notes: Notes;
  readonly #tokens: TokenSets;
  readonly #values: JsonValueWriter;

  /**
   * @param tokens learns the names and attribute values that people look events up by
   */
  constructor(out: JsonWriter, notes: Notes, tokens: TokenSets) {
    this.#out = out;
    this.#notes = notes;
    this.#tokens = tokens;
    this.#values = new JsonValueWriter(out, notes, tokens);
  }

  /** Why what was written since {@link restart} cannot be kept: the first value of a wrong type. */
  get problem(): string | undefined {
    return this.#values.problem;
  }

  /** Forgets the last problem. */
  restart(): void {
    this.#values.problem = undefined;
  }

  /** Writes the set fields of a message, each as `,"name":value`. Envelope fields are left out. */
  writeFields(schema: MessageSchema, object: JsonObject): void {
    for (const field of schema.fields) {
      if (field.kind === Kind.envelope || field.inOneof) {
        continue;
      }
      const value = memberOf(object, field);
      if (value !== undefined) {
        const valueStart = this.#out.length + field.member.length;
        this.#writeMember(field, value);
        if (field.kind === Kind.string && NAME_FIELDS.has(field)) {
          this.#tokens.addValue(KindNumber.name, this.#out, valueStart, this.#out.length);
        }
      }
    }
    if (schema.oneofMembers.length > 0) {
      this.#writeOneof(schema.oneofMembers, object);
    }
  }

  /** Of several members of a oneof the last in the text counts. */
  #writeOneof(members: readonly FieldSchema[], object: JsonObject): void {
    let last: FieldSchema | undefined;
    for (const name of Object.keys(object)) {
      if (object[name] !== null) {
        last = members.find((field) => field.jsonName === name || field.name === name) ?? last;
      }
    }
    if (last !== undefined) {
      this.#writeMember(last, memberOf(object, last));
    }
  }

  #writeMember(field: FieldSchema, value: unknown): void {
    const out = this.#out;
    const before = out.length;
    out.writeLiteral(field.member);
    let says: boolean;
    if (field.kind === Kind.keyValues) {
      says = this.#writeAttributes(field, value);
    } else if (field.repeated) {
      says = this.#writeList(field, value);
    } else {
      says = this.#writeValue(field, value);
    }
    if (!says && !field.keepsZero) {
      out.length = before;
    }
  }

  #fail(field: FieldSchema, expected: string): false {
    this.#values.problem ??= `"${field.jsonName}" is not ${expected}`;
    return false;
  }

  #writeAttributes(field: FieldSchema, value: unknown): boolean {
    if (!Array.isArray(value)) {
      return this.#fail(field, 'a list of {"key": "...", "value": {"stringValue": "..."}}');
    }
    const mark = this.#out.length;
    if (this.#values.writeKeyValues(value, 0) === 0) {
      return false;
    }
    this.#out.closeObject(mark);
    return true;
  }

  #writeList(field: FieldSchema, value: unknown): boolean {
    if (!Array.isArray(value)) {
      return this.#fail(field, "a list");
    }
    const out = this.#out;
    const mark = out.length;
    for (const element of value) {
      if (element !== null) {
        out.writeComma();
        this.#writeValue(field, element);
      }
    }
    if (out.length === mark) {
      return false;
    }
    out.closeList(mark);
    return true;
  }

  /** @returns whether the value says more than an unset field would */
  #writeValue(field: FieldSchema, value: unknown): boolean {
    const out = this.#out;
    switch (field.kind) {
      case Kind.string:
        if (typeof value !== "string") {
          return this.#fail(field, "a string");
        }
        out.writeString(value);
        return value !== "";
      case Kind.bool:
        if (typeof value !== "boolean") {
          return this.#fail(field, "true or false");
        }
        out.writeLiteral(value ? TRUE : FALSE);
        return value;
      case Kind.fixed64:
      case Kind.uint64:
        return this.#writeInteger64(field, value, false);
      case Kind.sfixed64:
      case Kind.int64:
        return this.#writeInteger64(field, value, true);
      case Kind.double: {
        const number = parseDouble(value);
        if (number === undefined) {
          return this.#fail(field, 'a number, "NaN", "Infinity" or "-Infinity"');
        }
        writeDoubleField(out, number);
        return number !== 0;
      }
      case Kind.fixed32:
      case Kind.uint32:
        return this.#writeInteger32(field, value, 0, UINT32_MAX);
      case Kind.int32:
      case Kind.sint32:
        return this.#writeInteger32(field, value, INT32_MIN, INT32_MAX);
      case Kind.enum:
        return this.#writeEnum(field, value);
      case Kind.traceId:
        return this.#writeId(value, TRACE_ID_BYTES);
      case Kind.spanId:
        return this.#writeId(value, SPAN_ID_BYTES);
      case Kind.bytes: {
        const bytes = parseBase64(value);
        if (bytes === undefined) {
          return this.#fail(field, "base64 text");
        }
        out.writeBase64(bytes, 0, bytes.length);
        return bytes.length > 0;
      }
      case Kind.anyValue:
        this.#values.writeAnyValue(value, 0);
        return true;
      case Kind.message:
        return this.#writeMessage(field, value);
      case Kind.keyValues:
      case Kind.envelope:
        throw new Error(`Cannot write field "${field.name}" as one value`);
    }
  }

  #writeMessage(field: FieldSchema, value: unknown): boolean {
    if (!isJsonObject(value)) {
      return this.#fail(field, "an object");
    }
    const out = this.#out;
    const mark = out.length;
    this.writeFields(field.message, value);
    const wrote = out.length > mark;
    out.closeObject(mark);
    return wrote;
  }

  #writeInteger64(field: FieldSchema, value: unknown, signed: boolean): boolean {
    const text = parseInteger64(value, signed);
    if (text === undefined) {
      const expected = `a 64-bit ${signed ? "" : "unsigned "}integer`;
      return this.#fail(
        field,
        isRfc3339(value) ? `${expected} but a date; send nanoseconds since 1970` : expected,
      );
    }
    const out = this.#out;
    out.writeByte(QUOTE);
    out.writeAscii(text);
    out.writeByte(QUOTE);
    return text !== "0";
  }

  #writeInteger32(field: FieldSchema, value: unknown, min: number, max: number): boolean {
    const number = parseInteger32(value, min, max);
    if (number === undefined) {
      return this.#fail(field, `an integer from ${min} to ${max}`);
    }
    this.#out.writeInteger(number);
    return number !== 0;
  }

  /** Numbers, as OTLP demands; names as older SDKs send them; an unknown name reads as 0. */
  #writeEnum(field: FieldSchema, value: unknown): boolean {
    const named = typeof value === "string" ? field.enumNumbers.get(value) : undefined;
    const number = named ?? parseInteger32(value, INT32_MIN, INT32_MAX);
    if (number === undefined) {
      this.#notes.warn(Warning.enumName);
      return false;
    }
    const text = field.enumTexts[number];
    if (text === undefined) {
      this.#out.writeInteger(number);
    } else {
      this.#out.writeLiteral(text);
    }
    return number !== 0;
  }

  #writeId(value: unknown, lengthBytes: number): boolean {
    const id = parseId(value, lengthBytes);
    if (id.kind === "bad") {
      this.#notes.warn(Warning.badId);
    }
    if (id.kind !== "id") {
      return false;
    }
    this.#out.writeAscii(`"${id.hex}"`);
    return true;
  }
}
