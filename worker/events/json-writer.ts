import { BufferPool } from "../core/buffer-pool.ts";
import { type ByteSource, type Literal } from "../core/bytes.ts";
import { DIGIT_PAIRS, HEX_PAIRS } from "./digits.ts";
/**
 * Writes JSON text as bytes into one growing buffer: the only way an event is made.
 *
 * Hot path. Members and elements are written with a leading comma; closing an object or a list
 * turns its first comma into the opening bracket, so no step has to know whether it is the first:
 *
 *     mark = out.length;  ,"a":1  ,"b":2  out.closeObject(mark)   →   {"a":1,"b":2}
 */
import { isPlainAscii, isPlainWord, sequenceLength, writeEscape } from "./utf8.ts";

/**
 * The longest event in bytes. KV takes values up to 25 MiB; raising this beyond makes the put of a
 * segment with that one event fail for good (https://developers.cloudflare.com/kv/platform/limits/).
 */
export const EVENT_LIMIT_BYTES = 24 * 1024 * 1024;

/** Text with escapes may grow sixfold (`\u0000`); it is written in pieces of this many bytes. */
const ESCAPE_PIECE_BYTES = 16 * 1024;
const ESCAPE_GROWTH = 6;
const WORD_BYTES = 4;
const BILLION = 1_000_000_000;
/** 2^32 = QUOTIENT × 10^9 + REMAINDER, to print 64 bits without a bigint. */
const TWO_POW_32_QUOTIENT = 4;
const TWO_POW_32_REMAINDER = 294_967_296;
const NANO_DIGITS = 9;
const ZERO = 0x30;
const QUOTE = 0x22;
const COMMA = 0x2c;
/** `,"` and `":` as little-endian 16 bits. */
const COMMA_QUOTE = 0x222c;
const QUOTE_COLON = 0x3a22;
const MINUS = 0x2d;

/** A growing buffer of JSON text; `length` may be set back to an earlier mark to take text back. */
export class JsonWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  length = 0;
  /** Set when a line passed {@link EVENT_LIMIT_BYTES}; what the line holds then is meaningless. */
  overflowed = false;
  #lineStart = 0;

  readonly #buffers: BufferPool;

  /**
   * @param capacityBytes room to start with
   * @param buffers where buffers come from
   */
  constructor(capacityBytes: number, buffers: BufferPool = new BufferPool()) {
    this.#buffers = buffers;
    this.#bytes = buffers.take(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The buffer; only the first {@link length} bytes mean anything. It is another one after growing. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Leaves the buffer to its reader and goes on in a new one that holds the current line. */
  moveLine(): void {
    const line = this.#bytes.subarray(this.#lineStart, this.length);
    this.#use(this.#buffers.take(Math.max(this.#bytes.length, line.length)));
    this.#bytes.set(line);
    this.length = line.length;
    this.#lineStart = 0;
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** Starts an event: the limit counts from here. */
  beginLine(): void {
    this.#lineStart = this.length;
    this.overflowed = false;
  }

  /** Where the current event starts. */
  get lineStart(): number {
    return this.#lineStart;
  }

  /** Whether the event written since {@link beginLine} is too long to be stored. */
  lineIsTooLong(): boolean {
    return this.overflowed || this.length - this.#lineStart > EVENT_LIMIT_BYTES;
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    if (this.length + extra > this.#bytes.length) {
      this.#grow(extra);
    }
  }

  #grow(extra: number): void {
    if (
      this.length + extra - this.#lineStart >
      EVENT_LIMIT_BYTES + ESCAPE_PIECE_BYTES * ESCAPE_GROWTH
    ) {
      // Too long to be stored: keep overwriting the same line, so that memory stays bounded.
      this.overflowed = true;
      this.length = this.#lineStart;
    }
    const needed = this.length + extra;
    if (needed > this.#bytes.length) {
      const outgrown = this.#bytes;
      const grown = this.#buffers.take(Math.max(needed, outgrown.length * 2));
      grown.set(outgrown.subarray(0, this.length));
      this.#use(grown);
      this.#buffers.give(outgrown);
    }
  }

  /** Writes bytes as they are. */
  writeBytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.#bytes.set(source, this.length);
    this.length += source.length;
  }

  /** Writes constant text. */
  writeLiteral({ view: source, length }: Literal): void {
    // Whole words: what is written behind the text is overwritten by what comes next.
    this.reserve(length + WORD_BYTES);
    const target = this.#view;
    const at = this.length;
    for (let index = 0; index < length; index += WORD_BYTES) {
      target.setInt32(at + index, source.getInt32(index, true), true);
    }
    this.length = at + length;
  }

  /** Writes one byte. */
  writeByte(byte: number): void {
    this.reserve(1);
    this.#bytes[this.length] = byte;
    this.length += 1;
  }

  /** Writes the comma that comes before an element of a list. */
  writeComma(): void {
    this.writeByte(COMMA);
  }

  /** Writes ASCII text as it is: no quotes, no escapes. */
  writeAscii(text: string): void {
    const count = text.length;
    this.reserve(count);
    const target = this.#bytes;
    const at = this.length;
    for (let index = 0; index < count; index += 1) {
      target[at + index] = text.charCodeAt(index);
    }
    this.length = at + count;
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
      this.#bytes[mark] = open;
    } else {
      this.#bytes[this.length] = open;
      this.length += 1;
    }
    this.#bytes[this.length] = close;
    this.length += 1;
  }

  /** Writes UTF-8 bytes as a JSON string; invalid sequences become U+FFFD, as WHATWG decoders do. */
  writeUtf8(source: ByteSource, start: number, end: number): void {
    this.reserve(end - start + 2);
    this.#bytes[this.length] = QUOTE;
    this.length += 1;
    const stop = this.#copyPlain(source, start, end);
    if (stop < end) {
      this.#writeEscaped(source.bytes, stop, end);
      this.writeByte(QUOTE);
    } else {
      this.#bytes[this.length] = QUOTE;
      this.length += 1;
    }
  }

  /** Writes `,"key":` from UTF-8 bytes: the start of an object's member. */
  writeKey(source: ByteSource, start: number, end: number): void {
    this.reserve(end - start + 4);
    this.#view.setInt16(this.length, COMMA_QUOTE, true);
    this.length += 2;
    const stop = this.#copyPlain(source, start, end);
    if (stop < end) {
      this.#writeEscaped(source.bytes, stop, end);
      this.reserve(2);
    }
    this.#view.setInt16(this.length, QUOTE_COLON, true);
    this.length += 2;
  }

  /**
   * Copies printable ASCII without `"` and `\\` until something else comes. Room is reserved.
   *
   * @returns where it stopped
   */
  #copyPlain({ bytes, view }: ByteSource, start: number, end: number): number {
    const target = this.#view;
    const offset = this.length - start;
    let index = start;
    for (const last = end - WORD_BYTES; index <= last; index += WORD_BYTES) {
      const word = view.getInt32(index, true);
      if (!isPlainWord(word)) {
        break;
      }
      target.setInt32(index + offset, word, true);
    }
    const targetBytes = this.#bytes;
    for (; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      if (!isPlainAscii(byte)) {
        break;
      }
      targetBytes[index + offset] = byte;
    }
    this.length = index + offset;
    return index;
  }

  #writeEscaped(source: Uint8Array, start: number, end: number): void {
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
  #copyEscaped(source: Uint8Array, start: number, stop: number, end: number): number {
    const target = this.#bytes;
    let at = this.length;
    let index = start;
    while (index < stop) {
      const byte = source[index] ?? 0;
      if (isPlainAscii(byte)) {
        target[at] = byte;
        at += 1;
        index += 1;
      } else if (byte < 0x80) {
        at = writeEscape(target, at, byte);
        index += 1;
      } else {
        const length = sequenceLength(source, index, end);
        if (length > 0) {
          for (let offset = 0; offset < length; offset += 1) {
            target[at + offset] = source[index + offset] ?? 0;
          }
          at += length;
          index += length;
        } else {
          // U+FFFD in UTF-8
          target[at] = 0xef;
          target[at + 1] = 0xbf;
          target[at + 2] = 0xbd;
          at += 3;
          index -= length;
        }
      }
    }
    this.length = at;
    return index;
  }

  /** Writes a JavaScript string as a JSON string; lone surrogates become U+FFFD. */
  writeString(text: string): void {
    const count = text.length;
    this.reserve(count + 2);
    const target = this.#bytes;
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
      const rest = encoder.encode(text.slice(index));
      this.#writeEscaped(rest, 0, rest.length);
    }
    this.writeByte(QUOTE);
  }

  /** Writes bytes in lower-case hex, as a JSON string. */
  writeHex(source: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 2 + 2);
    const target = this.#view;
    let at = this.length;
    target.setInt8(at, QUOTE);
    at += 1;
    for (let index = start; index < end; index += 1) {
      target.setInt16(at, HEX_PAIRS[source[index] ?? 0] ?? 0, true);
      at += 2;
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
    this.reserve(20);
    let rest = value;
    if (rest < 0) {
      this.#bytes[this.length] = MINUS;
      this.length += 1;
      rest = -rest;
    }
    if (rest < BILLION) {
      this.#writeDigits(rest, digitCount(rest));
    } else {
      const high = Math.floor(rest / BILLION);
      this.#writeDigits(high, digitCount(high));
      this.#writeDigits(rest - high * BILLION, NANO_DIGITS);
    }
  }

  /** Writes an unsigned 64-bit integer, given as two unsigned halves, as decimal digits. */
  writeUnsigned64(high: number, low: number): void {
    if (high === 0) {
      this.writeInteger(low);
      return;
    }
    this.reserve(20);
    // high × 2^32 + low, divided by 10^9 in two steps of 16 bits: every product stays below 2^53.
    const upper = (high >>> 16) * TWO_POW_32_REMAINDER;
    const upperQuotient = Math.floor(upper / BILLION);
    const lower =
      (upper - upperQuotient * BILLION) * 65_536 + (high & 0xffff) * TWO_POW_32_REMAINDER + low;
    const lowerQuotient = Math.floor(lower / BILLION);
    const quotient = high * TWO_POW_32_QUOTIENT + upperQuotient * 65_536 + lowerQuotient;
    const remainder = lower - lowerQuotient * BILLION;
    if (quotient < BILLION) {
      this.#writeDigits(quotient, digitCount(quotient));
    } else {
      const top = Math.floor(quotient / BILLION);
      this.#writeDigits(top, digitCount(top));
      this.#writeDigits(quotient - top * BILLION, NANO_DIGITS);
    }
    this.#writeDigits(remainder, NANO_DIGITS);
  }

  /** Writes a 64-bit integer as a JSON string of decimal digits. */
  writeQuoted64(high: number, low: number, isSigned: boolean): void {
    this.reserve(24);
    this.#bytes[this.length] = QUOTE;
    this.length += 1;
    if (isSigned) {
      this.writeSigned64(high, low);
    } else {
      this.writeUnsigned64(high, low);
    }
    this.#bytes[this.length] = QUOTE;
    this.length += 1;
  }

  /** Writes a signed 64-bit integer (two's complement, two unsigned halves) as decimal digits. */
  writeSigned64(high: number, low: number): void {
    if (high < 0x8000_0000) {
      this.writeUnsigned64(high, low);
      return;
    }
    this.writeByte(MINUS);
    const negatedLow = (~low + 1) >>> 0;
    this.writeUnsigned64((~high + (negatedLow === 0 ? 1 : 0)) >>> 0, negatedLow);
  }

  /** Writes a finite double as the shortest number that reads back the same. */
  writeDouble(value: number): void {
    if (
      Number.isInteger(value) &&
      Math.abs(value) <= Number.MAX_SAFE_INTEGER &&
      !Object.is(value, -0)
    ) {
      this.writeInteger(value);
    } else {
      this.writeAscii(Object.is(value, -0) ? "-0" : String(value));
    }
  }

  /** `count` digits of a value below 10^9, with leading zeros. Room must be reserved. */
  #writeDigits(value: number, count: number): void {
    const target = this.#view;
    let at = this.length + count;
    this.length = at;
    // As 32-bit integers: % and / on doubles are calls, here they become multiplications.
    let rest = value | 0;
    let left = count;
    while (left > 1) {
      const quotient = (rest / 100) | 0;
      at -= 2;
      target.setInt16(at, DIGIT_PAIRS[rest - quotient * 100] ?? 0, true);
      rest = quotient;
      left -= 2;
    }
    if (left === 1) {
      target.setInt8(at - 1, ZERO + rest);
    }
  }
}

const encoder = new TextEncoder();

/** How many digits a value below 10^9 has. */
function digitCount(value: number): number {
  if (value < 100_000) {
    if (value < 100) {
      return value < 10 ? 1 : 2;
    }
    return value < 1000 ? 3 : value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) {
    return value < 1_000_000 ? 6 : 7;
  }
  return value < 100_000_000 ? 8 : 9;
}
