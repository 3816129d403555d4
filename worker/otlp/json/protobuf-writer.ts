/**
 * Writes the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) into one
 * growing buffer. Hot path: nothing is allocated per value.
 *
 * Lengths come before what they count. A message is opened with room for a length of some bytes;
 * closing it writes the length, and moves the content where the room does not suffice. What is
 * usually short gets one byte; what is always large gets {@link LARGE_LENGTH_BYTES}, so that the
 * bulk of a request is never moved. Room that is not needed is filled with a longer varint.
 */
import { freeBuffer } from "../../core/free-buffer.ts";

/** Room for a length below 128. */
export const SHORT_LENGTH_BYTES = 1;
/** Room for a length below 16 KiB, as a span, a log record or a data point has. */
export const ITEM_LENGTH_BYTES = 2;
/** Room for any length of 32 bits. */
export const LARGE_LENGTH_BYTES = 5;

/** Lengths below this take one byte. */
const ONE_BYTE_LIMIT = 0x80;
/**
 * Texts up to this many UTF-16 units are written by a loop: for longer ones `encodeInto` is faster,
 * although it costs a call. Below {@link ONE_BYTE_LIMIT}, so that their length takes one byte.
 */
const LOOP_LIMIT_UNITS = 48;
/** UTF-8 takes up to three bytes for a UTF-16 unit. */
const UTF8_GROWTH = 3;
/** The most that a tag and a varint, a length or a fixed value take. */
const SCALAR_LIMIT_BYTES = 16;
const TWO_POW_32 = 4_294_967_296;
const NOTHING = new Uint8Array(0);
const NOT_HEX = 0xff;
/** Values of hex digits by character code. */
const HEX_VALUES = Uint8Array.from({ length: ONE_BYTE_LIMIT }, (_none, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? NOT_HEX : value;
});

const encoder = new TextEncoder();

/** A growing buffer; `length` may be set back to an earlier place to take bytes back. */
export class ProtobufWriter {
  /** how much was written */
  length = 0;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;

  /** @param capacityBytes room to start with */
  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Ends writing: what was written, which the writer lets go of. */
  finish(): Uint8Array<ArrayBuffer> {
    const written = this.#bytes.subarray(0, this.length);
    this.length = 0;
    this.#use(NOTHING);
    return written;
  }

  /** Writes the tag of a field, number × 8 + wire type: below 2^14. */
  writeTag(tag: number): void {
    this.#reserve(SCALAR_LIMIT_BYTES);
    let at = this.length;
    if (tag < ONE_BYTE_LIMIT) {
      this.#bytes[at] = tag;
    } else {
      this.#bytes[at] = (tag & 0x7f) | 0x80;
      at += 1;
      this.#bytes[at] = tag >>> 7;
    }
    this.length = at + 1;
  }

  /** Writes one byte. */
  writeByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.length] = byte;
    this.length += 1;
  }

  /** Writes a varint of 32 bits, unsigned. */
  writeVarint32(value: number): void {
    this.#reserve(SCALAR_LIMIT_BYTES);
    const bytes = this.#bytes;
    let at = this.length;
    let rest = value;
    while (rest >>> 0 >= ONE_BYTE_LIMIT) {
      bytes[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
      at += 1;
    }
    bytes[at] = rest;
    this.length = at + 1;
  }

  /** Writes a varint of 64 bits, given as two halves. */
  writeVarint64(high: number, low: number): void {
    if (high === 0) {
      this.writeVarint32(low);
      return;
    }
    this.#reserve(SCALAR_LIMIT_BYTES);
    const bytes = this.#bytes;
    let at = this.length;
    let upper = high;
    let lower = low;
    while (upper !== 0 || lower >>> 0 >= ONE_BYTE_LIMIT) {
      bytes[at] = (lower & 0x7f) | 0x80;
      lower = (lower >>> 7) | (upper << 25);
      upper >>>= 7;
      at += 1;
    }
    bytes[at] = lower;
    this.length = at + 1;
  }

  /** Writes an integer as a varint; negative ones take ten bytes. At most 2^53 - 1 either way. */
  writeInteger(value: number): void {
    if (value >= 0 && value < TWO_POW_32) {
      this.writeVarint32(value);
    } else {
      this.writeVarint64(Math.floor(value / TWO_POW_32) | 0, value | 0);
    }
  }

  /** Writes four bytes. */
  writeFixed32(value: number): void {
    this.#reserve(SCALAR_LIMIT_BYTES);
    this.#view.setInt32(this.length, value | 0, true);
    this.length += 4;
  }

  /** Writes eight bytes, given as two halves. */
  writeFixed64(high: number, low: number): void {
    this.#reserve(SCALAR_LIMIT_BYTES);
    this.#view.setInt32(this.length, low, true);
    this.#view.setInt32(this.length + 4, high, true);
    this.length += 8;
  }

  /** Writes a double. */
  writeDouble(value: number): void {
    this.#reserve(SCALAR_LIMIT_BYTES);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Writes the length of bytes, and the bytes. */
  writeBytes(source: Uint8Array): void {
    this.writeVarint32(source.length);
    this.#reserve(source.length);
    this.#bytes.set(source, this.length);
    this.length += source.length;
  }

  /**
   * Writes hex digits in either case as bytes, without a length.
   *
   * @param text an even number of characters
   * @returns all bytes or-ed together: 0 when all are zero; -1 when a character is no hex digit,
   *   what was written then means nothing
   */
  writeHex(text: string): number {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.length;
    let seen = 0;
    for (let index = 0; index < text.length; index += 2) {
      const high = HEX_VALUES[text.charCodeAt(index)] ?? NOT_HEX;
      const low = HEX_VALUES[text.charCodeAt(index + 1)] ?? NOT_HEX;
      if ((high | low) === NOT_HEX) {
        return -1;
      }
      bytes[at] = (high << 4) | low;
      seen |= high | low;
      at += 1;
    }
    this.length = at;
    return seen;
  }

  /** Writes the length of a text in UTF-8, and the text; lone surrogates become U+FFFD. */
  writeText(text: string): void {
    const units = text.length;
    if (units > LOOP_LIMIT_UNITS) {
      this.#encodeText(text);
      return;
    }
    this.#reserve(units + 1);
    const bytes = this.#bytes;
    const start = this.length + 1;
    for (let index = 0; index < units; index += 1) {
      const code = text.charCodeAt(index);
      if (code >= ONE_BYTE_LIMIT) {
        this.#encodeText(text);
        return;
      }
      bytes[start + index] = code;
    }
    bytes[start - 1] = units;
    this.length = start + units;
  }

  /** Most long texts are ASCII: the room for the length is chosen for that. */
  #encodeText(text: string): void {
    const roomBytes = varintBytes(text.length);
    const mark = this.open(roomBytes);
    this.#reserve(text.length);
    let rest = text;
    for (;;) {
      const { read, written } = encoder.encodeInto(rest, this.#bytes.subarray(this.length));
      this.length += written;
      if (read >= rest.length) {
        break;
      }
      rest = rest.slice(read);
      this.#reserve(rest.length * UTF8_GROWTH);
    }
    this.close(mark, roomBytes);
  }

  /**
   * Leaves room for a length of `roomBytes`.
   *
   * @returns where the content starts, for {@link close}
   */
  open(roomBytes: number): number {
    this.#reserve(roomBytes);
    this.length += roomBytes;
    return this.length;
  }

  /** Writes the length of what was written since {@link open}, which returned `mark`. */
  close(mark: number, roomBytes: number): void {
    const size = this.length - mark;
    if (size < ONE_BYTE_LIMIT && roomBytes === SHORT_LENGTH_BYTES) {
      this.#bytes[mark - 1] = size;
    } else {
      this.#writeLength(mark, roomBytes, size);
    }
  }

  #writeLength(mark: number, roomBytes: number, size: number): void {
    const missing = Math.max(varintBytes(size) - roomBytes, 0);
    if (missing > 0) {
      this.#reserve(missing);
      this.#bytes.copyWithin(mark + missing, mark, this.length);
      this.length += missing;
    }
    const bytes = this.#bytes;
    const last = mark + missing - 1;
    let rest = size;
    for (let at = mark - roomBytes; at < last; at += 1) {
      bytes[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[last] = rest;
  }

  /** Makes room for `extra` more bytes. */
  #reserve(extra: number): void {
    if (this.length + extra > this.#bytes.length) {
      this.#grow(extra);
    }
  }

  #grow(extra: number): void {
    const outgrown = this.#bytes;
    const grown = new Uint8Array(Math.max(this.length + extra, outgrown.length * 2));
    grown.set(outgrown.subarray(0, this.length));
    this.#use(grown);
    freeBuffer(outgrown);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** How many bytes a varint takes. */
function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= ONE_BYTE_LIMIT; rest >>>= 7) {
    count += 1;
  }
  return count;
}
