/**
 * Writes the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) into one
 * growing buffer.
 *
 * The length of what is length-delimited stands in front of it and is known only behind it, and
 * takes one to five bytes. Contents are therefore written without lengths, whose places are kept;
 * {@link ProtobufWriter.finish} copies everything once and puts them in. However deep messages
 * nest, each byte is copied once.
 */
import { WireType } from "../../otlp/schema.ts";

const INITIAL_BYTES = 4096;
const VARINT_LIMIT_BYTES = 10;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const UTF8_GROWTH = 3;
const MORE = 0x80;
const LOW_64 = 0xffff_ffff_ffff_ffffn;

const encoder = new TextEncoder();

/** One message, written front to back. */
export class ProtobufWriter {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** where each length belongs, in bytes written, ascending; and the lengths themselves */
  readonly #places: number[] = [];
  readonly #lengths: number[] = [];
  /** bytes that the lengths of all delimited parts ended so far will take */
  #lengthBytes = 0;

  /** Writes a field's tag. */
  writeTag(number: number, wireType: number): void {
    this.writeVarint(number * 8 + wireType);
  }

  /** Writes an unsigned integer below 2^53. */
  writeVarint(value: number): void {
    this.#reserve(VARINT_LIMIT_BYTES);
    this.#length = putVarint(this.#bytes, this.#length, value);
  }

  /** Writes a signed integer of 64 bits in two's complement, or an unsigned one. */
  writeVarint64(value: bigint): void {
    this.#reserve(VARINT_LIMIT_BYTES);
    let rest = value & LOW_64;
    while (rest >= MORE) {
      this.#bytes[this.#length] = Number(rest & 0x7fn) | MORE;
      this.#length += 1;
      rest >>= 7n;
    }
    this.#bytes[this.#length] = Number(rest);
    this.#length += 1;
  }

  /** Writes an unsigned integer of 32 bits. */
  writeFixed32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Writes an integer of 64 bits, signed or not. */
  writeFixed64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.#length, value, true);
    this.#length += 8;
  }

  /** Writes a double. */
  writeDouble(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Writes bytes as they are. */
  writeBytes(source: Uint8Array): void {
    this.#reserve(source.length);
    this.#bytes.set(source, this.#length);
    this.#length += source.length;
  }

  /** Writes UTF-8. */
  writeText(text: string): void {
    this.#reserve(text.length * UTF8_GROWTH);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** Writes a field that is length-delimited: a message, text, bytes or a packed list. */
  writeDelimited(number: number, writeContent: () => void): void {
    this.writeTag(number, WireType.length);
    const slot = this.#places.push(this.#length) - 1;
    this.#lengths.push(0);
    const start = this.#length + this.#lengthBytes;
    writeContent();
    const length = this.#length + this.#lengthBytes - start;
    this.#lengths[slot] = length;
    this.#lengthBytes += varintBytes(length);
  }

  /** The message as bytes, exactly as many as it has. */
  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length + this.#lengthBytes);
    let from = 0;
    let at = 0;
    for (const [slot, place] of this.#places.entries()) {
      whole.set(this.#bytes.subarray(from, place), at);
      at = putVarint(whole, at + place - from, this.#lengths[slot] ?? 0);
      from = place;
    }
    whole.set(this.#bytes.subarray(from, this.#length), at);
    return whole;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
  }
}

/** @returns the place behind the varint */
function putVarint(target: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= MORE) {
    target[at] = (rest % MORE) | MORE;
    at += 1;
    rest = Math.floor(rest / MORE);
  }
  target[at] = rest;
  return at + 1;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= MORE; rest = Math.floor(rest / MORE)) {
    bytes += 1;
  }
  return bytes;
}
