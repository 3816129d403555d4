/**
 * Writes JSON text as bytes into one growing buffer: the only way an event is made.
 *
 * Hot path. Members and elements are written with a leading comma; closing an object or a list
 * turns its first comma into the opening bracket, so no step has to know whether it is the first:
 *
 *     mark = out.length;  ,"a":1  ,"b":2  out.closeObject(mark)   →   {"a":1,"b":2}
 */
import { type ByteSource, CHUNK_BYTES, type Literal, byteSource } from "../core/bytes.ts";
import {
  DIGITS_LIMIT_BYTES,
  DIGITS_SLACK_BYTES,
  DecimalWriter,
  writeSafeInteger,
  writeShortDecimal,
} from "./decimals.ts";
import { HEX_PAIRS } from "./digits.ts";
import { LineBuffer } from "./line-buffer.ts";
import { isPlainAscii, isPlainWord, sequenceLength, writeEscape } from "./utf8.ts";

/** Text with escapes may grow sixfold (`\u0000`); it is written in pieces of this many bytes. */
const ESCAPE_PIECE_BYTES = 16 * 1024;
const ESCAPE_GROWTH = 6;
const WORD_BYTES = 4;
/** U+FFFD in UTF-8, as a little-endian word. */
const REPLACEMENT = 0xbdbfef;
const REPLACEMENT_BYTES = 3;
const QUOTE = 0x22;
const COMMA = 0x2c;
/** `,"` and `":` as little-endian 16 bits. */
const COMMA_QUOTE = 0x222c;
const QUOTE_COLON = 0x3a22;

/** Writes JSON into a {@link LineBuffer}. */
export class JsonWriter extends LineBuffer {
  readonly #decimals = new DecimalWriter();

  /** Writes bytes as they are. */
  writeBytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** Writes constant text. */
  writeLiteral(literal: Literal): void {
    this.reserve(literal.length + CHUNK_BYTES);
    this.#copyLiteral(literal);
  }

  /** In whole chunks: what is written behind the text is overwritten by what comes next. */
  #copyLiteral({ chunks, length }: Literal): void {
    const target = this.view;
    let at = this.length;
    this.length = at + length;
    for (let index = 0; index < chunks.length; index += 1) {
      target.setFloat64(at, chunks[index] ?? 0, true);
      at += CHUNK_BYTES;
    }
  }

  /** Writes one byte. */
  writeByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length] = byte;
    this.length += 1;
  }

  /** Writes the comma that comes before an element of a list. */
  writeComma(): void {
    this.writeByte(COMMA);
  }

  /** Writes ASCII text as it is: no quotes, no escapes. */
  writeAscii(text: string): void {
    this.reserve(text.length);
    const target = this.bytes;
    for (let index = 0; index < text.length; index += 1) {
      target[this.length + index] = text.charCodeAt(index);
    }
    this.length += text.length;
  }

  /** Turns what was written since `mark` into an object. */
  closeObject(mark: number): void {
    this.#close(mark, 0x7b, 0x7d);
  }

  /** Turns what was written since `mark` into a list. */
  closeList(mark: number): void {
    this.#close(mark, 0x5b, 0x5d);
  }

  #close(mark: number, open: number, close: number): void {
    this.reserve(2);
    // An overflowed line was set back before its marks: nothing of it will be kept.
    if (this.length > mark) {
      this.bytes[mark] = open;
    } else {
      this.bytes[this.length] = open;
      this.length += 1;
    }
    this.bytes[this.length] = close;
    this.length += 1;
  }

  /** Writes UTF-8 bytes as a JSON string; invalid sequences become U+FFFD, as WHATWG decoders do. */
  writeUtf8(source: ByteSource, start: number, end: number): void {
    this.reserve(end - start + 2);
    this.#writeText(source, start, end);
  }

  /** Writes a member: its literal, then UTF-8 bytes as a JSON string, as {@link writeUtf8} does. */
  writeUtf8Member(member: Literal, source: ByteSource, start: number, end: number): void {
    this.reserve(member.length + CHUNK_BYTES + end - start + 2);
    this.#copyLiteral(member);
    this.#writeText(source, start, end);
  }

  /** Writes a member: its literal, then the 64 bits at `position` as a string of decimal digits. */
  writeFixed64Member(member: Literal, source: DataView, position: number): void {
    this.reserve(member.length + CHUNK_BYTES + DIGITS_LIMIT_BYTES + DIGITS_SLACK_BYTES + 2);
    this.#copyLiteral(member);
    const low = source.getInt32(position, true);
    const high = source.getInt32(position + WORD_BYTES, true);
    this.#writeDigits(high, low, false);
  }

  /** Room for the text and two quotes is reserved. */
  #writeText(source: ByteSource, start: number, end: number): void {
    const target = this.view;
    const at = this.length + 1;
    target.setInt8(at - 1, QUOTE);
    const stop = this.#copyPlain(at, source, start, end);
    this.length = at + stop - start;
    if (stop < end) {
      this.#writeEscaped(source, stop, end);
      this.writeByte(QUOTE);
    } else {
      target.setInt8(this.length, QUOTE);
      this.length += 1;
    }
  }

  /** Writes `,"key":"text"`, both from UTF-8 bytes: an attribute as nearly all of them are. */
  writeTextEntry(
    source: ByteSource,
    keyStart: number,
    keyEnd: number,
    textStart: number,
    textEnd: number,
  ): void {
    this.reserve(keyEnd - keyStart + textEnd - textStart + 2 * WORD_BYTES);
    const target = this.view;
    let at = this.length;
    target.setInt16(at, COMMA_QUOTE, true);
    at += 2;
    if (this.#copyPlain(at, source, keyStart, keyEnd) < keyEnd) {
      this.writeKey(source, keyStart, keyEnd);
      this.writeUtf8(source, textStart, textEnd);
      return;
    }
    at += keyEnd - keyStart;
    target.setInt16(at, QUOTE_COLON, true);
    target.setInt8(at + 2, QUOTE);
    at += 3;
    const stop = this.#copyPlain(at, source, textStart, textEnd);
    at += stop - textStart;
    this.length = at;
    if (stop < textEnd) {
      this.#writeEscaped(source, stop, textEnd);
      this.writeByte(QUOTE);
    } else {
      target.setInt8(at, QUOTE);
      this.length = at + 1;
    }
  }

  /** Writes `,"key":` from UTF-8 bytes: the start of an object's member. */
  writeKey(source: ByteSource, start: number, end: number): void {
    this.reserve(end - start + 4);
    this.view.setInt16(this.length, COMMA_QUOTE, true);
    const at = this.length + 2;
    const stop = this.#copyPlain(at, source, start, end);
    this.length = at + stop - start;
    if (stop < end) {
      this.#writeEscaped(source, stop, end);
      this.reserve(2);
    }
    this.view.setInt16(this.length, QUOTE_COLON, true);
    this.length += 2;
  }

  /**
   * Copies printable ASCII without `"` and `\\` to `at` until something else comes, in words of four
   * bytes. Room for all of the text is there; `length` stays as it is.
   *
   * @returns the place in the source where it stopped; `end` for most texts
   */
  #copyPlain(at: number, { bytes, view }: ByteSource, start: number, end: number): number {
    const target = this.view;
    const offset = at - start;
    const last = end - WORD_BYTES;
    let index = start;
    for (; index <= last; index += WORD_BYTES) {
      const word = view.getInt32(index, true);
      if (!isPlainWord(word)) {
        break;
      }
      target.setInt32(index + offset, word, true);
    }
    if (index > last && index < end && last >= start) {
      // One to three bytes are left: the last word of the text, which overlaps what is there already.
      const word = view.getInt32(last, true);
      if (isPlainWord(word)) {
        target.setInt32(last + offset, word, true);
        return end;
      }
    }
    for (; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      if (!isPlainAscii(byte)) {
        break;
      }
      target.setInt8(index + offset, byte);
    }
    return index;
  }

  #writeEscaped(source: ByteSource, start: number, end: number): void {
    let index = start;
    while (index < end) {
      this.reserve((Math.min(end - index, ESCAPE_PIECE_BYTES) + 4) * ESCAPE_GROWTH);
      index = this.#copyEscaped(source, index, Math.min(end, index + ESCAPE_PIECE_BYTES), end);
    }
  }

  /**
   * Copies from `start` until at least `stop`, finishing the character that straddles it. Room for
   * six bytes for each byte up to `stop`, and for one more character, is reserved.
   *
   * @returns where it stopped reading, at most `end`
   */
  #copyEscaped({ bytes, view }: ByteSource, start: number, stop: number, end: number): number {
    const target = this.view;
    const lastWord = end - WORD_BYTES;
    let at = this.length;
    let index = start;
    while (index < stop) {
      const byte = bytes[index] ?? 0;
      if (byte >= 0x80) {
        const length = sequenceLength(bytes, index, end);
        if (length < 0) {
          target.setInt32(at, REPLACEMENT, true);
          at += REPLACEMENT_BYTES;
          index -= length;
        } else if (index <= lastWord) {
          // A whole word: what is too much is overwritten by what comes next.
          target.setInt32(at, view.getInt32(index, true), true);
          at += length;
          index += length;
        } else {
          for (const next = index + length; index < next; index += 1) {
            target.setInt8(at, bytes[index] ?? 0);
            at += 1;
          }
        }
      } else if (isPlainAscii(byte)) {
        target.setInt8(at, byte);
        at += 1;
        index += 1;
        // One plain character is rarely alone: on in words, as long as there are more.
        for (; index < stop && index <= lastWord; index += WORD_BYTES) {
          const word = view.getInt32(index, true);
          if (!isPlainWord(word)) {
            break;
          }
          target.setInt32(at, word, true);
          at += WORD_BYTES;
        }
      } else {
        at = writeEscape(this.bytes, at, byte);
        index += 1;
      }
    }
    this.length = at;
    return index;
  }

  /** Writes a JavaScript string as a JSON string; lone surrogates become U+FFFD. */
  writeString(text: string): void {
    const count = text.length;
    this.reserve(count + 2);
    const target = this.bytes;
    let at = this.length;
    target[at] = QUOTE;
    at += 1;
    let index = 0;
    while (index < count) {
      const unit = text.charCodeAt(index);
      if (!isPlainAscii(unit)) {
        break;
      }
      target[at] = unit;
      at += 1;
      index += 1;
    }
    this.length = at;
    if (index < count) {
      const rest = byteSource(encoder.encode(text.slice(index)));
      this.#writeEscaped(rest, 0, rest.bytes.length);
    }
    this.writeByte(QUOTE);
  }

  /** Writes a member: its literal, then bytes (a multiple of four) as a string of lower-case hex. */
  writeHexMember(member: Literal, source: DataView, start: number, end: number): void {
    this.reserve(member.length + CHUNK_BYTES + (end - start) * 2 + 2);
    this.#copyLiteral(member);
    const target = this.view;
    let at = this.length;
    target.setInt8(at, QUOTE);
    at += 1;
    for (let index = start; index < end; index += WORD_BYTES) {
      const word = source.getInt32(index, true);
      const first = HEX_PAIRS[word & 0xff] ?? 0;
      const second = HEX_PAIRS[(word >>> 8) & 0xff] ?? 0;
      const third = HEX_PAIRS[(word >>> 16) & 0xff] ?? 0;
      const fourth = HEX_PAIRS[word >>> 24] ?? 0;
      target.setInt32(at, first | (second << 16), true);
      target.setInt32(at + WORD_BYTES, third | (fourth << 16), true);
      at += 2 * WORD_BYTES;
    }
    target.setInt8(at, QUOTE);
    this.length = at + 1;
  }

  /** Writes bytes in base64 (RFC 4648 §4, padded), as a JSON string. */
  writeBase64(source: Uint8Array, start: number, end: number): void {
    this.writeByte(QUOTE);
    for (let piece = start; piece < end; piece += ESCAPE_PIECE_BYTES - (ESCAPE_PIECE_BYTES % 3)) {
      const stop = Math.min(end, piece + ESCAPE_PIECE_BYTES - (ESCAPE_PIECE_BYTES % 3));
      this.writeAscii(btoa(String.fromCharCode(...source.subarray(piece, stop))));
    }
    this.writeByte(QUOTE);
  }

  /** Writes an integer of at most 2^53 - 1 either way. */
  writeInteger(value: number): void {
    this.reserve(DIGITS_LIMIT_BYTES + DIGITS_SLACK_BYTES);
    this.length = writeSafeInteger(this.view, this.length, value);
  }

  /** Writes a 64-bit integer, given as two halves, as a JSON string of decimal digits. */
  writeQuoted64(high: number, low: number, isSigned: boolean): void {
    this.reserve(DIGITS_LIMIT_BYTES + DIGITS_SLACK_BYTES + 2);
    this.#writeDigits(high, low, isSigned);
  }

  /** In quotes. Room is reserved. */
  #writeDigits(high: number, low: number, isSigned: boolean): void {
    const target = this.view;
    const start = this.length + 1;
    target.setInt8(this.length, QUOTE);
    const end = isSigned
      ? this.#decimals.writeSigned(target, start, high, low)
      : this.#decimals.writeUnsigned(target, start, high, low);
    target.setInt8(end, QUOTE);
    this.length = end + 1;
  }

  /** Writes a finite double as the shortest number that reads back the same. */
  writeDouble(value: number): void {
    if (
      Number.isInteger(value) &&
      Math.abs(value) <= Number.MAX_SAFE_INTEGER &&
      !Object.is(value, -0)
    ) {
      this.writeInteger(value);
      return;
    }
    this.reserve(DIGITS_LIMIT_BYTES + DIGITS_SLACK_BYTES);
    const end = value === 0 ? this.length : writeShortDecimal(this.view, this.length, value);
    if (end > this.length) {
      this.length = end;
    } else {
      this.writeAscii(Object.is(value, -0) ? "-0" : String(value));
    }
  }
}

const encoder = new TextEncoder();
