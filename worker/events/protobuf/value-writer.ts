/**
 * AnyValue and KeyValue lists in protobuf → JSON values (docs/event-schema.md, "Attribute values").
 *
 * Hot path, and the only recursion of the decoder: it counts its depth.
 */
import { mergeFields } from "../../otlp/protobuf/merge.ts";
import type { WireReader } from "../../otlp/protobuf/reader.ts";
import { type MessageSchema, WireType, fieldNamed, messageSchema } from "../../otlp/schema.ts";
import {
  VALUE_DEPTH_LIMIT,
  markLoneTypedKey,
  writeBytesValue,
  writeDouble,
  writeEmpty,
  writeInt,
} from "../any-value.ts";
import { FALSE, TRUE } from "../any-value.ts";
import type { JsonWriter } from "../json-writer.ts";
import { type Notes, Warning } from "../notes.ts";
import { mayBeTokenKey } from "../token-keys.ts";
import type { TokenSets } from "../tokens.ts";
import { KVLIST_VALUES, KeyTable, KeyValueLocator, findReplaced } from "./key-values.ts";
import { INT_TAG, STRING_TAG, ShortEntryWriter, endsBefore } from "./short-entries.ts";

const ANY_VALUE: MessageSchema = messageSchema("AnyValue");
const KEY_VALUE_LIST: MessageSchema = messageSchema("KeyValueList");
const ARRAY_VALUES = fieldNamed(messageSchema("ArrayValue"), "values").number;
const STRING_VALUE = fieldNamed(ANY_VALUE, "string_value").number;
const BOOL_VALUE = fieldNamed(ANY_VALUE, "bool_value").number;
const INT_VALUE = fieldNamed(ANY_VALUE, "int_value").number;
const DOUBLE_VALUE = fieldNamed(ANY_VALUE, "double_value").number;
const ARRAY_VALUE = fieldNamed(ANY_VALUE, "array_value").number;
const KVLIST_VALUE = fieldNamed(ANY_VALUE, "kvlist_value").number;
const BYTES_VALUE = fieldNamed(ANY_VALUE, "bytes_value").number;

/** Writes values into one {@link JsonWriter}. */
export class ProtobufValueWriter {
  readonly #out: JsonWriter;
  readonly #notes: Notes;
  readonly #short: ShortEntryWriter;
  readonly #entry = new KeyValueLocator();
  /** one table of keys for each nesting depth met */
  readonly #keys: KeyTable[] = [];
  /** set once a list repeated a key: from then on each list is checked before it is written, so
   * that hostile nesting cannot make lists within lists start again and again */
  #expectsRepeats = false;

  /**
   * @param tokens learns the attribute values that people look events up by
   */
  constructor(out: JsonWriter, notes: Notes, tokens: TokenSets) {
    this.#out = out;
    this.#notes = notes;
    this.#short = new ShortEntryWriter(out, tokens);
  }

  /** Lets go of the request. */
  release(): void {
    this.#short.release();
  }

  /**
   * Writes a run of KeyValues in field `number` as the members of an object.
   *
   * @returns how many members it wrote
   */
  writeKeyValues(reader: WireReader, number: number, end: number, depth: number): number {
    const out = this.#out;
    const entry = this.#entry;
    const keys = this.#keysAt(depth);
    const start = reader.position;
    const mark = out.length;
    const replaced = this.#expectsRepeats ? findReplaced(reader, number, end) : undefined;
    const listTag = number * 8 + WireType.length;
    let count = 0;
    keys.begin();
    if (replaced === undefined) {
      count = this.#short.writeKnown(reader, listTag, end, keys);
      if (endsBefore(reader, number, end)) {
        return count;
      }
    }
    for (let index = count; reader.position < end; index += 1) {
      if (replaced === undefined) {
        count += this.#short.write(reader, listTag, end, keys);
        if (reader.position >= end) {
          break;
        }
      }
      const before = reader.position;
      const tag = reader.readTag();
      if (tag >>> 3 !== number) {
        reader.moveTo(before);
        break;
      }
      if ((tag & 7) !== WireType.length) {
        reader.fail(`field ${number}, a list of KeyValue, has wire type ${tag & 7}`);
        break;
      }
      const stop = reader.readEnd(end);
      entry.locate(reader, stop);
      if (replaced === undefined) {
        if (!keys.add(reader.bytes, entry.keyStart, entry.keyEnd)) {
          this.#expectsRepeats = true;
          out.length = mark;
          reader.moveTo(start);
          return this.writeKeyValues(reader, number, end, depth);
        }
      } else if (replaced.has(index)) {
        continue;
      }
      this.#writeEntry(reader, depth);
      count += 1;
      reader.moveTo(stop);
    }
    if (replaced === undefined && reader.problem === undefined) {
      this.#short.learn(reader, listTag, start, reader.position);
    }
    return count;
  }

  #writeEntry(reader: WireReader, depth: number): void {
    const out = this.#out;
    const { keyStart, keyEnd, valueStart, valueEnd, hasStringIndex } = this.#entry;
    if (hasStringIndex) {
      this.#notes.warn(Warning.strindex);
    }
    const before = out.length;
    out.writeKey(reader, keyStart, keyEnd);
    if (valueStart < 0) {
      writeEmpty(out);
    } else {
      reader.moveTo(valueStart);
      this.writeAnyValue(reader, valueEnd, depth);
    }
    if (mayBeTokenKey(reader.bytes[keyStart] ?? 0, keyEnd - keyStart)) {
      this.#short.addToken(reader, keyStart, keyEnd, before);
    }
  }

  #keysAt(depth: number): KeyTable {
    const known = this.#keys[depth];
    if (known !== undefined) {
      return known;
    }
    const made = new KeyTable();
    this.#keys[depth] = made;
    return made;
  }

  /** Writes the AnyValue between the reader's position and `end`. */
  writeAnyValue(reader: WireReader, end: number, depth: number): void {
    const { bytes, position } = reader;
    const out = this.#out;
    // What nearly every value is: one short string, or one integer.
    if (position + 1 < end) {
      const tag = bytes[position];
      const next = bytes[position + 1] ?? 0;
      if (tag === STRING_TAG && position + 2 + next === end && next < 0x80) {
        out.writeUtf8(reader, position + 2, end);
        reader.position = end;
        return;
      }
      if (tag === INT_TAG && position + 2 === end && next < 0x80) {
        out.writeInteger(next);
        reader.position = end;
        return;
      }
    }
    this.#writeLastMember(reader, end, depth);
  }

  /** The general way: finds the member that counts first. */
  #writeLastMember(reader: WireReader, end: number, depth: number): void {
    const out = this.#out;
    let number = 0;
    let valueAt = reader.position;
    while (reader.position < end) {
      const tag = reader.readTag();
      const field = ANY_VALUE.byNumber[tag >>> 3];
      if (field !== undefined) {
        if ((tag & 7) !== field.wireType) {
          reader.fail(`field "${field.name}" of AnyValue has wire type ${tag & 7}`);
          return;
        }
        // One oneof: the last member on the wire wins.
        number = field.number;
        valueAt = reader.position;
      }
      reader.skip(tag, end);
    }
    reader.finish(end);
    if (reader.problem !== undefined) {
      return;
    }
    reader.position = valueAt;
    switch (number) {
      case STRING_VALUE: {
        const stop = reader.readEnd(end);
        out.writeUtf8(reader, reader.position, stop);
        break;
      }
      case BOOL_VALUE:
        out.writeLiteral(reader.readBool() ? TRUE : FALSE);
        break;
      case INT_VALUE:
        reader.readVarint64();
        writeInt(out, reader.high, reader.low);
        break;
      case DOUBLE_VALUE:
        writeDouble(out, reader.readDouble());
        break;
      case BYTES_VALUE: {
        const stop = reader.readEnd(end);
        writeBytesValue(out, reader.bytes, reader.position, stop);
        break;
      }
      case ARRAY_VALUE:
      case KVLIST_VALUE:
        this.#writeNested(reader, number, reader.readEnd(end), depth + 1);
        break;
      default:
        if (number !== 0) {
          this.#notes.warn(Warning.strindex);
        }
        writeEmpty(out);
    }
    reader.moveTo(end);
  }

  #writeNested(reader: WireReader, number: number, end: number, depth: number): void {
    if (depth > VALUE_DEPTH_LIMIT) {
      this.#notes.warn(Warning.depth);
      writeEmpty(this.#out);
    } else if (number === ARRAY_VALUE) {
      this.#writeArray(reader, end, depth);
    } else {
      this.#writeKvlist(reader, end, depth);
    }
  }

  #writeArray(reader: WireReader, end: number, depth: number): void {
    const out = this.#out;
    const mark = out.length;
    while (reader.position < end) {
      const tag = reader.readTag();
      if (tag >>> 3 === ARRAY_VALUES) {
        if ((tag & 7) !== WireType.length) {
          reader.fail(`field "values" of ArrayValue has wire type ${tag & 7}`);
          return;
        }
        out.writeComma();
        this.writeAnyValue(reader, reader.readEnd(end), depth);
      } else {
        reader.skip(tag, end);
      }
    }
    reader.finish(end);
    out.closeList(mark);
  }

  #writeKvlist(reader: WireReader, end: number, depth: number): void {
    const out = this.#out;
    const mark = out.length;
    const start = reader.position;
    const written = this.writeKeyValues(reader, KVLIST_VALUES, end, depth);
    if (reader.position < end && reader.problem === undefined) {
      // Something unknown stands between the entries.
      out.length = mark;
      reader.position = start;
      const merged = mergeFields(reader, KEY_VALUE_LIST, end);
      if (merged !== undefined) {
        this.#writeKvlist(merged, merged.bytes.length, depth);
        reader.adopt(merged.problem);
      }
      return;
    }
    out.closeObject(mark);
    if (written === 1) {
      markLoneTypedKey(out, mark);
    }
  }
}
