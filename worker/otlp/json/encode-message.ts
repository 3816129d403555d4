/**
 * Parsed OTLP/JSON → the fields of a protobuf message, by the tables of otlp/schema.ts.
 *
 * Names are taken in lowerCamelCase and, as a leniency, in snake_case; `null` means unset
 * everywhere; unknown names are ignored (OTLP spec, "JSON Protobuf Encoding").
 *
 * Hot path. Asking an object for each name that a message may have costs more than going through
 * the names it has; these go by way of slots, so that fields come in the order of their numbers.
 */
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from "../limits.ts";
import { type Notes, Warning } from "../notes.ts";
import { type FieldSchema, Kind } from "../schema.ts";
import { PACKED, ScalarEncoder } from "./encode-scalar.ts";
import { ValueEncoder } from "./encode-value.ts";
import { IntegerReader } from "./integers.ts";
import { type FieldPlan, type MessagePlan, memberOf } from "./message-plan.ts";
import { type JsonObject, isJsonObject } from "./parse.ts";
import { type ProtobufWriter, SHORT_LENGTH_BYTES } from "./protobuf-writer.ts";

/** Field numbers fit into the bits of an integer (otlp/schema.ts). */
const NUMBER_LIMIT = 32;
const LAST_BIT = NUMBER_LIMIT - 1;
/** How deep messages nest, values aside: a data point, its exemplars. More only costs growing. */
const SLOTTED_MESSAGES = 3;

/** Writes messages into one {@link ProtobufWriter}. */
export class MessageEncoder {
  readonly #out: ProtobufWriter;
  readonly #notes: Notes;
  readonly #scalars: ScalarEncoder;
  readonly #values: ValueEncoder;
  /** values of the messages begun, by field number, {@link NUMBER_LIMIT} for each */
  readonly #slots: unknown[] = Array.from({ length: NUMBER_LIMIT * SLOTTED_MESSAGES });
  #slotsTaken = 0;
  /** whether an id of wrong length or not in hex was left out since {@link restart} */
  hasBadId = false;

  constructor(out: ProtobufWriter, notes: Notes) {
    this.#out = out;
    this.#notes = notes;
    const integers = new IntegerReader();
    this.#scalars = new ScalarEncoder(out, notes, integers);
    this.#values = new ValueEncoder(out, integers);
  }

  /**
   * Why what was written since {@link restart} cannot be kept: the first value of a wrong type.
   * What was written then means nothing.
   */
  get problem(): string | undefined {
    return this.#values.problem;
  }

  /** Forgets the last problem. */
  restart(): void {
    this.#values.problem = undefined;
    this.hasBadId = false;
  }

  /** Lets go of the values that were written. */
  release(): void {
    this.#slots.fill(undefined);
  }

  /**
   * Writes the set fields of a message in the order of their numbers, that of a oneof last; zeros
   * are left out unless the field keeps them.
   */
  writeFields(plan: MessagePlan, object: JsonObject): void {
    const slots = this.#slots;
    const base = this.#slotsTaken;
    let present = 0;
    let last: FieldPlan | undefined;
    for (const name in object) {
      const field = plan.byName.get(name);
      const value = object[name];
      if (field === undefined || value === null) {
        continue;
      }
      const { schema } = field;
      if (schema.inOneof) {
        // Of several members the last in the text counts.
        last = field;
      } else if (name === schema.jsonName || (object[schema.jsonName] ?? null) === null) {
        slots[base + schema.number] = value;
        present |= 1 << schema.number;
      }
    }
    this.#slotsTaken = base + NUMBER_LIMIT;
    for (let rest = present; rest !== 0; rest &= rest - 1) {
      const number = LAST_BIT - Math.clz32(rest & -rest);
      const field = plan.byNumber[number];
      if (field !== undefined) {
        this.#writeField(field, slots[base + number]);
      }
    }
    this.#slotsTaken = base;
    if (last !== undefined) {
      this.#writeField(last, memberOf(object, last.schema));
    }
  }

  #writeField(field: FieldPlan, value: unknown): void {
    const { schema } = field;
    if (schema.kind === Kind.keyValues) {
      if (Array.isArray(value)) {
        this.#values.writeKeyValues(field.tag, value, 0);
      } else {
        this.#fail(schema, 'a list of {"key": "...", "value": {"stringValue": "..."}}');
      }
    } else if (schema.repeated) {
      if (Array.isArray(value)) {
        this.#writeList(field, value);
      } else {
        this.#fail(schema, "a list");
      }
    } else {
      this.#writeValue(field, value, schema.keepsZero);
    }
  }

  #fail(field: FieldSchema, expected: string): void {
    this.#values.problem ??= `"${field.jsonName}" is not ${expected}`;
  }

  #writeList(field: FieldPlan, list: readonly unknown[]): void {
    if (!field.schema.packable) {
      for (const element of list) {
        if (element !== null) {
          this.#writeValue(field, element, true);
        }
      }
      return;
    }
    const out = this.#out;
    const before = out.length;
    out.writeTag(field.tag);
    const mark = out.open(SHORT_LENGTH_BYTES);
    for (const element of list) {
      if (element !== null) {
        this.#writeScalar(field.schema, PACKED, element, true);
      }
    }
    if (out.length > mark) {
      out.close(mark, SHORT_LENGTH_BYTES);
    } else {
      out.length = before;
    }
  }

  /** @param keepsZero whether a value that says no more than an unset field is written, too */
  #writeValue(field: FieldPlan, value: unknown, keepsZero: boolean): void {
    const { schema, tag } = field;
    const { kind } = schema;
    if (kind === Kind.message) {
      this.#writeMessage(field, value);
    } else if (kind === Kind.anyValue) {
      this.#values.writeAnyValue(tag, value, 0);
    } else if (kind === Kind.traceId) {
      this.#writeId(tag, value, TRACE_ID_BYTES);
    } else if (kind === Kind.spanId) {
      this.#writeId(tag, value, SPAN_ID_BYTES);
    } else {
      this.#writeScalar(schema, tag, value, keepsZero);
    }
  }

  #writeScalar(schema: FieldSchema, tag: number, value: unknown, keepsZero: boolean): void {
    const expected = this.#scalars.write(schema, tag, value, keepsZero);
    if (expected !== undefined) {
      this.#fail(schema, expected);
    }
  }

  #writeMessage(field: FieldPlan, value: unknown): void {
    if (!isJsonObject(value)) {
      this.#fail(field.schema, "an object");
      return;
    }
    const out = this.#out;
    out.writeTag(field.tag);
    const mark = out.open(SHORT_LENGTH_BYTES);
    this.writeFields(field.message, value);
    out.close(mark, SHORT_LENGTH_BYTES);
  }

  /** An empty id and one of zeros mean "no id"; one that is none is left out with a warning. */
  #writeId(tag: number, value: unknown, lengthBytes: number): void {
    if (value === "") {
      return;
    }
    let bits = -1;
    if (typeof value === "string" && value.length === lengthBytes * 2) {
      const out = this.#out;
      const before = out.length;
      out.writeTag(tag);
      out.writeByte(lengthBytes);
      bits = out.writeHex(value);
      if (bits > 0) {
        return;
      }
      out.length = before;
    }
    if (bits < 0) {
      this.#notes.warn(Warning.badId);
      this.hasBadId = true;
    }
  }
}
