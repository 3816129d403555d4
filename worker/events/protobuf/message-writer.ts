/**
 * Protobuf bytes → the members of a JSON object, in one pass, driven by the schema tables.
 *
 * Hot path: no object is made per field, value or message. Fields are written in the order they
 * come; a message whose fields repeat where they must not, or whose repeated fields do not stand
 * together, is brought into canonical form first (otlp/protobuf/merge.ts) and started again.
 */
import { mergeFields } from "../../otlp/protobuf/merge.ts";
import type { WireReader } from "../../otlp/protobuf/reader.ts";
import {
  type FieldSchema,
  Kind,
  type MessageSchema,
  TAG_LIMIT,
  WireType,
  fitsWireType,
} from "../../otlp/schema.ts";
import { writeDoubleField } from "../any-value.ts";
import { FALSE, TRUE } from "../any-value.ts";
import type { JsonWriter } from "../json-writer.ts";
import { type Notes, Warning } from "../notes.ts";
import { SPAN_ID_BYTES, TRACE_ID_BYTES, isAllZero } from "../span-ids.ts";
import type { TokenSets } from "../tokens.ts";
import type { FieldPositions } from "./field-positions.ts";
import { ProtobufValueWriter } from "./value-writer.ts";

/** Writes messages into one {@link JsonWriter}. */
export class ProtobufMessageWriter {
  readonly #out: JsonWriter;
  readonly #notes: Notes;
  readonly #values: ProtobufValueWriter;

  /**
   * @param tokens learns the attribute values that people look events up by
   */
  constructor(out: JsonWriter, notes: Notes, tokens: TokenSets) {
    this.#out = out;
    this.#notes = notes;
    this.#values = new ProtobufValueWriter(out, notes, tokens);
  }

  /** Lets go of the request. */
  release(): void {
    this.#values.release();
  }

  /**
   * Writes the fields of the message between the reader's position and `end`, each as
   * `,"name":value`. Unset fields, empty messages and envelope fields are left out. Problems stay
   * in the reader.
   *
   * @param positions where given, learns where each field's value starts
   */
  writeFields(
    reader: WireReader,
    schema: MessageSchema,
    end: number,
    positions?: FieldPositions,
  ): void {
    const start = reader.position;
    const mark = this.#out.length;
    positions?.reset(reader);
    let seen = 0;
    while (reader.position < end) {
      const tagStart = reader.position;
      const tag = reader.readTag();
      const field = tag < TAG_LIMIT ? schema.byTag[tag] : undefined;
      if (field === undefined) {
        skipOther(reader, schema, tag, end);
        continue;
      }
      if ((seen & field.conflicts) !== 0) {
        this.#out.length = mark;
        this.#writeMerged(reader, schema, { start, end }, positions);
        return;
      }
      seen |= 1 << field.number;
      if (positions !== undefined) {
        positions.at[field.number] = reader.position;
      }
      if (field.kind === Kind.keyValues) {
        // Back to the tag: a list is scanned for duplicate keys before it is written.
        reader.position = tagStart;
        this.#writeAttributes(reader, field, end);
      } else if (field.repeated) {
        this.#writeRepeated(reader, field, tag, end);
      } else if (field.kind === Kind.string) {
        this.#writeStringMember(reader, field, end);
      } else if (field.kind === Kind.fixed64) {
        this.#writeFixed64Member(reader, field);
      } else if (field.kind === Kind.traceId || field.kind === Kind.spanId) {
        this.#writeIdMember(reader, field, end, positions);
      } else if (field.kind === Kind.enum) {
        this.#writeEnumMember(reader, field);
      } else {
        this.#writeSingular(reader, field, end);
      }
    }
    reader.finish(end);
    if (positions !== undefined) {
      positions.present = seen;
    }
  }

  #writeMerged(
    reader: WireReader,
    schema: MessageSchema,
    range: { readonly start: number; readonly end: number },
    positions: FieldPositions | undefined,
  ): void {
    reader.position = range.start;
    const merged = mergeFields(reader, schema, range.end);
    if (merged !== undefined) {
      this.writeFields(merged, schema, merged.bytes.length, positions);
      reader.moveTo(range.end);
      reader.adopt(merged.problem);
    }
  }

  /** A singular string, in one step: half of all fields are one. */
  #writeStringMember(reader: WireReader, field: FieldSchema, end: number): void {
    const stop = reader.readEnd(end);
    const start = reader.position;
    if (stop > start || field.keepsZero) {
      this.#out.writeUtf8Member(field.member, reader, start, stop);
    }
    reader.position = stop;
  }

  /** A singular fixed64, in one step: every time is one. */
  #writeFixed64Member(reader: WireReader, field: FieldSchema): void {
    const start = reader.position;
    reader.readFixed64();
    if ((reader.high | reader.low) !== 0 || field.keepsZero) {
      this.#out.writeFixed64Member(field.member, reader.view, start);
    }
  }

  /** A singular enum, in one step. */
  #writeEnumMember(reader: WireReader, field: FieldSchema): void {
    const value = reader.readVarint32();
    const member = field.enumMembers[value];
    if (value === 0 && !field.keepsZero) {
      return;
    }
    if (member === undefined) {
      this.#out.writeLiteral(field.member);
      this.#out.writeInteger(value);
    } else {
      this.#out.writeLiteral(member);
    }
  }

  /** An id of wrong length is left out with a warning; all zeros mean "no id". */
  #writeIdMember(
    reader: WireReader,
    field: FieldSchema,
    end: number,
    positions: FieldPositions | undefined,
  ): void {
    const lengthBytes = field.kind === Kind.traceId ? TRACE_ID_BYTES : SPAN_ID_BYTES;
    const stop = reader.readEnd(end);
    const start = reader.position;
    reader.position = stop;
    if (stop - start !== lengthBytes) {
      if (stop > start) {
        this.#notes.warn(Warning.badId);
        if (positions !== undefined) {
          positions.badIds |= 1 << field.number;
        }
      }
    } else if (!isAllZero(reader.bytes, start, stop)) {
      this.#out.writeHexMember(field.member, reader.view, start, stop);
      if (positions !== undefined) {
        positions.validIds |= 1 << field.number;
      }
    }
  }

  #writeSingular(reader: WireReader, field: FieldSchema, end: number): void {
    const out = this.#out;
    const before = out.length;
    out.writeLiteral(field.member);
    if (!this.#writeValue(reader, field, end) && !field.keepsZero) {
      out.length = before;
    }
  }

  #writeAttributes(reader: WireReader, field: FieldSchema, end: number): void {
    this.#out.writeLiteral(field.member);
    const mark = this.#out.length;
    this.#values.writeKeyValues(reader, field.number, end, 0);
    this.#out.closeObject(mark);
  }

  #writeRepeated(reader: WireReader, field: FieldSchema, firstTag: number, end: number): void {
    const out = this.#out;
    const before = out.length;
    out.writeLiteral(field.member);
    const mark = out.length;
    let tag = firstTag;
    for (;;) {
      if ((tag & 7) === WireType.length && field.packable) {
        const stop = reader.readEnd(end);
        while (reader.position < stop) {
          out.writeComma();
          this.#writeValue(reader, field, stop);
        }
        reader.finish(stop);
      } else if ((tag & 7) === field.wireType) {
        out.writeComma();
        this.#writeValue(reader, field, end);
      } else {
        reader.fail(`field "${field.name}" has wire type ${tag & 7}`);
      }
      const next = reader.position;
      if (next >= end) {
        break;
      }
      tag = reader.readTag();
      if (tag >>> 3 !== field.number) {
        reader.moveTo(next);
        break;
      }
    }
    if (out.length > mark) {
      out.closeList(mark);
    } else {
      out.length = before;
    }
  }

  /** @returns whether the value says more than an unset field would */
  #writeValue(reader: WireReader, field: FieldSchema, end: number): boolean {
    const out = this.#out;
    switch (field.kind) {
      case Kind.string: {
        const stop = reader.readEnd(end);
        const start = reader.position;
        out.writeUtf8(reader, start, stop);
        reader.position = stop;
        return stop > start;
      }
      case Kind.fixed64:
        reader.readFixed64();
        return this.#writeQuoted64(reader, false);
      case Kind.uint64:
        reader.readVarint64();
        return this.#writeQuoted64(reader, false);
      case Kind.sfixed64:
        reader.readFixed64();
        return this.#writeQuoted64(reader, true);
      case Kind.int64:
        reader.readVarint64();
        return this.#writeQuoted64(reader, true);
      case Kind.double: {
        const value = reader.readDouble();
        writeDoubleField(out, value);
        return value !== 0;
      }
      case Kind.fixed32:
        return this.#writeNumber(reader.readFixed32());
      case Kind.uint32:
        return this.#writeNumber(reader.readVarint32() >>> 0);
      case Kind.int32:
        return this.#writeNumber(reader.readVarint32());
      case Kind.sint32: {
        const zigzag = reader.readVarint32();
        return this.#writeNumber((zigzag >>> 1) ^ -(zigzag & 1));
      }
      case Kind.enum:
        return this.#writeEnum(field, reader.readVarint32());
      case Kind.bool: {
        const value = reader.readBool();
        out.writeLiteral(value ? TRUE : FALSE);
        return value;
      }
      case Kind.bytes: {
        const stop = reader.readEnd(end);
        const start = reader.position;
        out.writeBase64(reader.bytes, start, stop);
        reader.position = stop;
        return stop > start;
      }
      case Kind.anyValue:
        this.#values.writeAnyValue(reader, reader.readEnd(end), 0);
        return true;
      case Kind.message: {
        const stop = reader.readEnd(end);
        const mark = out.length;
        if (stop > reader.position) {
          this.writeFields(reader, field.message, stop);
        }
        const wrote = out.length > mark;
        out.closeObject(mark);
        return wrote;
      }
      case Kind.traceId:
      case Kind.spanId:
      case Kind.keyValues:
      case Kind.envelope:
        throw new Error(`Cannot write field "${field.name}" as one value of several`);
    }
  }

  #writeNumber(value: number): boolean {
    this.#out.writeInteger(value);
    return value !== 0;
  }

  #writeQuoted64(reader: WireReader, isSigned: boolean): boolean {
    this.#out.writeQuoted64(reader.high, reader.low, isSigned);
    return (reader.high | reader.low) !== 0;
  }

  #writeEnum(field: FieldSchema, value: number): boolean {
    const text = field.enumTexts[value];
    if (text === undefined) {
      this.#out.writeInteger(value);
    } else {
      this.#out.writeLiteral(text);
    }
    return value !== 0;
  }
}

/** Skips what an event does not show: unknown fields, and the frame around items. */
function skipOther(reader: WireReader, schema: MessageSchema, tag: number, end: number): void {
  const field = schema.byNumber[tag >>> 3];
  if (field !== undefined && !fitsWireType(field, tag)) {
    reader.fail(`field "${field.name}" of ${schema.name} has wire type ${tag & 7}`);
  } else {
    reader.skip(tag, end);
  }
}
