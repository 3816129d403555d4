/**
 * Attributes as nearly all of them are, in protobuf → members of a JSON object.
 *
 * Hot path: a third of what is written of an item comes through here. What is longer or less usual
 * is left to value-writer.ts.
 */
import type { WireReader } from "../../otlp/protobuf/reader.ts";
import { WireType, fieldNamed, messageSchema } from "../../otlp/schema.ts";
import { FALSE, TRUE, writeDouble, writeInt } from "../any-value.ts";
import type { JsonWriter } from "../json-writer.ts";
import { kindOfKey, mayBeTokenKey } from "../token-keys.ts";
import type { TokenSets } from "../tokens.ts";
import { KEY_TAG, type KeyTable, VALUE_TAG } from "./key-values.ts";
import { KnownKeys } from "./known-keys.ts";

const ANY_VALUE = messageSchema("AnyValue");
/** The tag of a string in an AnyValue. */
export const STRING_TAG: number =
  fieldNamed(ANY_VALUE, "string_value").number * 8 + WireType.length;
/** The tag of an integer in an AnyValue. */
export const INT_TAG: number = fieldNamed(ANY_VALUE, "int_value").number * 8 + WireType.varint;
const DOUBLE_TAG = fieldNamed(ANY_VALUE, "double_value").number * 8 + WireType.fixed64;
const BOOL_TAG = fieldNamed(ANY_VALUE, "bool_value").number * 8 + WireType.varint;
/** Varints below this take one byte. */
const ONE_BYTE_LIMIT = 0x80;
/** Of tag, length, tag, length: all bits that must be as expected where both lengths take one byte. */
const SHORT_LENGTHS_MASK = 0x80ff80ff | 0;
/** `,"` before a key and `":` after it. */
const KEY_FRAME_BYTES = 4;
const VARINT_LIMIT_BYTES = 10;
/** What a varint of 28 bits takes. */
const SMALL_VARINT_BYTES = 4;

/** Writes the short entries of KeyValue lists into one {@link JsonWriter}. */
export class ShortEntryWriter {
  readonly #out: JsonWriter;
  readonly #tokens: TokenSets;
  readonly #knownKeys = new KnownKeys();

  /** @param tokens learns the attribute values that people look events up by */
  constructor(out: JsonWriter, tokens: TokenSets) {
    this.#out = out;
    this.#tokens = tokens;
  }

  /** Lets {@link writeKnown} know the keys of a list that has none twice, from `start` to `end`. */
  learn(reader: WireReader, listTag: number, start: number, end: number): void {
    this.#knownKeys.learn(reader, listTag, start, end);
  }

  /** Lets go of the request. */
  release(): void {
    this.#knownKeys.release();
  }

  /**
   * Writes entries as long as their keys are known to follow each other, and as they are short. The
   * reader stays before the first one in which anything differs; `keys` then has those before it.
   *
   * @returns how many it wrote
   */
  writeKnown(reader: WireReader, listTag: number, end: number, keys: KeyTable): number {
    const { bytes, view } = reader;
    const out = this.#out;
    let known = this.#knownKeys.start;
    let position = reader.position;
    let count = 0;
    while (position + 4 <= end) {
      // As in write().
      const head = view.getInt32(position, true);
      const keyStart = position + 4;
      const keyEnd = keyStart + (head >>> 24);
      const entryEnd = position + 2 + ((head >>> 8) & 0x7f);
      if (
        (head & SHORT_LENGTHS_MASK) !== (listTag | (KEY_TAG << 16)) ||
        entryEnd > end ||
        keyEnd + 4 > entryEnd
      ) {
        break;
      }
      const next = known.follower(view, keyStart, keyEnd);
      const body = view.getInt32(keyEnd, true);
      if (next === undefined || keyEnd + 2 + ((body >>> 8) & 0xff) !== entryEnd) {
        break;
      }
      const contentStart = keyEnd + 3;
      const before = out.length;
      const tag = (body >>> 16) & 0xff;
      if (tag === STRING_TAG && contentStart + 1 + (body >>> 24) === entryEnd) {
        out.writeUtf8Member(next.member, reader, contentStart + 1, entryEnd);
      } else if (tag === INT_TAG && isOneVarint(bytes, contentStart, entryEnd)) {
        out.writeLiteral(next.member);
        this.#writeVarint(reader, contentStart, entryEnd);
      } else if (tag === DOUBLE_TAG && contentStart + 8 === entryEnd) {
        out.writeLiteral(next.member);
        writeDouble(out, view.getFloat64(contentStart, true));
      } else if (tag === BOOL_TAG && contentStart + 1 === entryEnd && body >>> 25 === 0) {
        out.writeLiteral(next.member);
        out.writeLiteral(body >>> 24 === 1 ? TRUE : FALSE);
      } else {
        break;
      }
      if (next.tokenKind >= 0) {
        this.#tokens.addValue(next.tokenKind, out, before + next.member.length, out.length);
      }
      next.at = keyStart;
      known = next;
      position = entryEnd;
      count += 1;
    }
    reader.position = position;
    if (!endsBefore(reader, listTag >>> 3, end)) {
      for (let key = known; key.parent !== undefined; key = key.parent) {
        keys.add(bytes, key.at, key.at + key.length);
      }
    }
    return count;
  }

  /**
   * Writes entries as long as they are what nearly every attribute of every SDK is: key, then a
   * string, integer, double or bool, in less than 128 bytes, so that each tag and length is one
   * byte. The reader stays before the first entry in which anything differs, or whose key was there
   * before.
   *
   * @returns how many it wrote
   */
  write(reader: WireReader, listTag: number, end: number, keys: KeyTable): number {
    const { bytes, view } = reader;
    const out = this.#out;
    let position = reader.position;
    for (let count = 0; ; count += 1) {
      reader.position = position;
      const keyStart = position + 4;
      if (keyStart > end) {
        return count;
      }
      // Four bytes at once: tag of the entry, its length, tag of the key, its length.
      const head = view.getInt32(position, true);
      const entryEnd = position + 2 + ((head >>> 8) & 0x7f);
      const keyEnd = keyStart + (head >>> 24);
      if (
        (head & SHORT_LENGTHS_MASK) !== (listTag | (KEY_TAG << 16)) ||
        entryEnd > end ||
        keyEnd + 4 > entryEnd
      ) {
        return count;
      }
      // And again: tag of the value, its length, tag of its member, first byte of that.
      const body = view.getInt32(keyEnd, true);
      if ((body & 0xff) !== VALUE_TAG || keyEnd + 2 + ((body >>> 8) & 0xff) !== entryEnd) {
        return count;
      }
      const contentStart = keyEnd + 3;
      const before = out.length;
      const first = body >>> 24;
      switch ((body >>> 16) & 0xff) {
        case STRING_TAG:
          if (contentStart + 1 + first !== entryEnd || !keys.add(bytes, keyStart, keyEnd)) {
            return count;
          }
          out.writeTextEntry(reader, keyStart, keyEnd, contentStart + 1, entryEnd);
          break;
        case INT_TAG:
          if (!isOneVarint(bytes, contentStart, entryEnd) || !keys.add(bytes, keyStart, keyEnd)) {
            return count;
          }
          out.writeKey(reader, keyStart, keyEnd);
          this.#writeVarint(reader, contentStart, entryEnd);
          break;
        case DOUBLE_TAG:
          if (contentStart + 8 !== entryEnd || !keys.add(bytes, keyStart, keyEnd)) {
            return count;
          }
          out.writeKey(reader, keyStart, keyEnd);
          writeDouble(out, view.getFloat64(contentStart, true));
          break;
        case BOOL_TAG:
          if (first > 1 || contentStart + 1 !== entryEnd || !keys.add(bytes, keyStart, keyEnd)) {
            return count;
          }
          out.writeKey(reader, keyStart, keyEnd);
          out.writeLiteral(first === 1 ? TRUE : FALSE);
          break;
        default:
          return count;
      }
      position = entryEnd;
      if (mayBeTokenKey(bytes[keyStart] ?? 0, keyEnd - keyStart)) {
        this.addToken(reader, keyStart, keyEnd, before);
      }
    }
  }

  /** Writes the varint that is all there is between `start` and `end`. */
  #writeVarint(reader: WireReader, start: number, end: number): void {
    if (end - start > SMALL_VARINT_BYTES) {
      reader.position = start;
      reader.readVarint64();
      writeInt(this.#out, reader.high, reader.low);
      return;
    }
    const { bytes } = reader;
    let value = 0;
    for (let index = end - 1; index >= start; index -= 1) {
      value = (value << 7) | ((bytes[index] ?? 0) & 0x7f);
    }
    this.#out.writeInteger(value);
  }

  /**
   * Adds the token of an attribute that was just written from `entryStart` on, as `,"key":value`,
   * if its key is one of `TOKEN_KEYS`.
   */
  addToken(reader: WireReader, keyStart: number, keyEnd: number, entryStart: number): void {
    const kind = kindOfKey(reader, keyStart, keyEnd);
    if (kind >= 0) {
      const valueStart = entryStart + keyEnd - keyStart + KEY_FRAME_BYTES;
      this.#tokens.addValue(kind, this.#out, valueStart, this.#out.length);
    }
  }
}

/** Whether what comes next is no more of field `number`, as far as one byte tells. */
export function endsBefore({ bytes, position }: WireReader, number: number, end: number): boolean {
  const tag = position < end ? (bytes[position] ?? 0) : 0;
  return tag >>> 3 !== number && tag < ONE_BYTE_LIMIT;
}

/** Whether exactly one varint stands between `start` and `end`. */
function isOneVarint(bytes: Uint8Array, start: number, end: number): boolean {
  let index = start;
  while (index < end && (bytes[index] ?? 0) >= ONE_BYTE_LIMIT) {
    index += 1;
  }
  return index + 1 === end && end - start <= VARINT_LIMIT_BYTES;
}
