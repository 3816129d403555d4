/** Single values of OTLP/JSON → protobuf, by the kind of their field. Hot path. */
import { type Notes, Warning } from "../notes.ts";
import { type FieldSchema, Kind } from "../schema.ts";
import type { IntegerReader } from "./integers.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";
import { parseBase64, parseDouble, parseInteger32 } from "./values.ts";

/** Stands for the tag of values that have none of their own: those of a packed list. */
export const PACKED = 0;

const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;
const UINT32_MAX = 0xffff_ffff;
const SIGN_BIT = 31;

/** Writes scalars into one {@link ProtobufWriter}. */
export class ScalarEncoder {
  readonly #out: ProtobufWriter;
  readonly #notes: Notes;
  readonly #integers: IntegerReader;

  /** @param integers reads integers; what it holds changes */
  constructor(out: ProtobufWriter, notes: Notes, integers: IntegerReader) {
    this.#out = out;
    this.#notes = notes;
    this.#integers = integers;
  }

  /**
   * Writes a value with its tag.
   *
   * @param tag the field's, or {@link PACKED}
   * @param keepsZero whether a value that says no more than an unset field is written, too
   * @returns what would have been a value of this field, when the one given is none
   */
  write(schema: FieldSchema, tag: number, value: unknown, keepsZero: boolean): string | undefined {
    const { kind } = schema;
    switch (kind) {
      case Kind.string:
        return this.#writeString(tag, value, keepsZero);
      case Kind.fixed64:
      case Kind.uint64:
      case Kind.sfixed64:
      case Kind.int64:
        return this.#writeInteger64(kind, tag, value, keepsZero);
      case Kind.fixed32:
      case Kind.uint32:
      case Kind.int32:
      case Kind.sint32:
        return this.#writeInteger32(kind, tag, value, keepsZero);
      case Kind.enum:
        return this.#writeEnum(schema, tag, value, keepsZero);
      case Kind.double:
        return this.#writeDouble(tag, value, keepsZero);
      case Kind.bool:
        return this.#writeBool(tag, value, keepsZero);
      case Kind.bytes:
        return this.#writeBytes(tag, value, keepsZero);
      case Kind.traceId:
      case Kind.spanId:
      case Kind.anyValue:
      case Kind.keyValues:
      case Kind.message:
      case Kind.envelope:
        throw new Error(`Cannot write field "${schema.name}" as a scalar`);
    }
  }

  #begin(tag: number): void {
    if (tag !== PACKED) {
      this.#out.writeTag(tag);
    }
  }

  #writeString(tag: number, value: unknown, keepsZero: boolean): string | undefined {
    if (typeof value !== "string") {
      return "a string";
    }
    if (value !== "" || keepsZero) {
      this.#begin(tag);
      this.#out.writeText(value);
    }
    return undefined;
  }

  #writeInteger64(kind: Kind, tag: number, value: unknown, keepsZero: boolean): string | undefined {
    const signed = kind === Kind.sfixed64 || kind === Kind.int64;
    const integers = this.#integers;
    if (!integers.read(value, signed)) {
      const expected = `a 64-bit ${signed ? "" : "unsigned "}integer`;
      return isRfc3339(value) ? `${expected} but a date; send nanoseconds since 1970` : expected;
    }
    const { high, low } = integers;
    if ((high | low) === 0 && !keepsZero) {
      return undefined;
    }
    this.#begin(tag);
    if (kind === Kind.fixed64 || kind === Kind.sfixed64) {
      this.#out.writeFixed64(high, low);
    } else {
      this.#out.writeVarint64(high, low);
    }
    return undefined;
  }

  #writeInteger32(kind: Kind, tag: number, value: unknown, keepsZero: boolean): string | undefined {
    const signed = kind === Kind.int32 || kind === Kind.sint32;
    const min = signed ? INT32_MIN : 0;
    const max = signed ? INT32_MAX : UINT32_MAX;
    const number = parseInteger32(value, min, max);
    if (number === undefined) {
      return `an integer from ${min} to ${max}`;
    }
    if (number === 0 && !keepsZero) {
      return undefined;
    }
    this.#begin(tag);
    if (kind === Kind.fixed32) {
      this.#out.writeFixed32(number);
    } else if (kind === Kind.sint32) {
      this.#out.writeVarint32((number << 1) ^ (number >> SIGN_BIT));
    } else {
      this.#out.writeInteger(number);
    }
    return undefined;
  }

  /** Numbers, as OTLP demands; names as older SDKs send them; an unknown name reads as 0. */
  #writeEnum(schema: FieldSchema, tag: number, value: unknown, keepsZero: boolean): undefined {
    const named = typeof value === "string" ? schema.enumNumbers.get(value) : undefined;
    const number = named ?? parseInteger32(value, INT32_MIN, INT32_MAX);
    if (number === undefined) {
      this.#notes.warn(Warning.enumName);
    } else if (number !== 0 || keepsZero) {
      this.#begin(tag);
      this.#out.writeInteger(number);
    }
  }

  #writeDouble(tag: number, value: unknown, keepsZero: boolean): string | undefined {
    const number = parseDouble(value);
    if (number === undefined) {
      return 'a number, "NaN", "Infinity" or "-Infinity"';
    }
    // Of the two zeros only the positive one is the default of proto3.
    if (keepsZero || !Object.is(number, 0)) {
      this.#begin(tag);
      this.#out.writeDouble(number);
    }
    return undefined;
  }

  #writeBool(tag: number, value: unknown, keepsZero: boolean): string | undefined {
    if (typeof value !== "boolean") {
      return "true or false";
    }
    if (value || keepsZero) {
      this.#begin(tag);
      this.#out.writeByte(value ? 1 : 0);
    }
    return undefined;
  }

  #writeBytes(tag: number, value: unknown, keepsZero: boolean): string | undefined {
    const bytes = parseBase64(value);
    if (bytes === undefined) {
      return "base64 text";
    }
    if (bytes.length > 0 || keepsZero) {
      this.#begin(tag);
      this.#out.writeBytes(bytes);
    }
    return undefined;
  }
}

/** Times in OTLP are nanoseconds, but dates are sent. */
function isRfc3339(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/i.test(value);
}
