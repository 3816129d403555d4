/**
 * Reads the protobuf wire format (https://protobuf.dev/programming-guides/encoding/), bounds-checked.
 *
 * Hot path. Trouble is sticky instead of thrown: the first problem is kept, the position jumps to
 * the end of the buffer, every loop `while (position < end)` ends by itself, and the caller asks
 * once, at the end. No read leaves the buffer and no length is trusted for an allocation.
 */
import type { ByteSource } from "../../core/bytes.ts";
import { WireType } from "../schema.ts";

/** Why bytes are not protobuf, and where. */
export interface WireProblem {
  readonly reason: string;
  readonly offset: number;
}

/** The longest varint: 64 bits in groups of seven. */
const VARINT_LIMIT_BYTES = 10;
/** Where the halves of a 64-bit value stand. */
const LOW = 0;
const HIGH = 1;
/** Nested groups are skipped with a stack this deep; nobody sends groups in OTLP. */
const GROUP_DEPTH_LIMIT = 100;

/** A position in a buffer of protobuf bytes. */
export class WireReader implements ByteSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
  problem: WireProblem | undefined;
  /** the halves of the last 64-bit value read; typed, so that they are never boxed doubles */
  readonly #halves = new Int32Array(2);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = 0;
  }

  /** The lower half, as a signed integer, of the last 64-bit value read. */
  get low(): number {
    return this.#halves[LOW] ?? 0;
  }

  /** The upper half, as a signed integer, of the last 64-bit value read. */
  get high(): number {
    return this.#halves[HIGH] ?? 0;
  }

  /** Keeps the first problem and ends every loop over this buffer. */
  fail(reason: string): void {
    this.problem ??= { reason, offset: Math.min(this.position, this.bytes.length) };
    this.position = this.bytes.length;
  }

  /** Takes over a problem met in a copy of a part of these bytes; its offset means nothing here. */
  adopt(problem: WireProblem | undefined): void {
    if (problem !== undefined) {
      this.fail(problem.reason);
    }
  }

  /** Goes on at `position`, unless there was a problem. */
  moveTo(position: number): void {
    if (this.problem === undefined) {
      this.position = position;
    }
  }

  /** Ends a message that must stop exactly at `end`. */
  finish(end: number): void {
    if (this.position > end) {
      this.fail("a field reaches beyond the end of its message");
    }
  }

  /** Reads a field's tag: number × 8 + wire type. 0 after a failure. */
  readTag(): number {
    const byte = this.position < this.bytes.length ? (this.bytes[this.position] ?? 0) : 0;
    if (byte < 0x80) {
      if (byte >= 8) {
        this.position += 1;
        return byte;
      }
    } else if (this.position + 1 < this.bytes.length) {
      const next = this.bytes[this.position + 1] ?? 0;
      if (next < 0x80 && next > 0) {
        this.position += 2;
        return (byte & 0x7f) | (next << 7);
      }
    }
    const tag = this.readVarint32() >>> 0;
    if (tag >>> 3 === 0 && this.problem === undefined) {
      this.fail("field number 0 is not allowed");
      return 0;
    }
    return tag;
  }

  /** Reads a varint, keeps its low 32 bits (signed), as proto3 does for 32-bit types. */
  readVarint32(): number {
    const bytes = this.bytes;
    const limit = bytes.length;
    let value = 0;
    let shift = 0;
    for (let count = 0; count < VARINT_LIMIT_BYTES; count += 1) {
      if (this.position >= limit) {
        this.fail("the bytes end inside a varint");
        return 0;
      }
      const byte = bytes[this.position] ?? 0;
      this.position += 1;
      if (shift < 32) {
        value |= (byte & 0x7f) << shift;
      }
      if (byte < 0x80) {
        return value;
      }
      shift += 7;
    }
    this.fail("a varint is longer than 10 bytes");
    return 0;
  }

  /** Reads a varint of up to 64 bits into {@link low} and {@link high}. */
  readVarint64(): void {
    const bytes = this.bytes;
    const limit = bytes.length;
    let low = 0;
    let high = 0;
    for (let count = 0; count < VARINT_LIMIT_BYTES; count += 1) {
      if (this.position >= limit) {
        this.fail("the bytes end inside a varint");
        break;
      }
      const byte = bytes[this.position] ?? 0;
      this.position += 1;
      const bits = byte & 0x7f;
      if (count < 4) {
        low |= bits << (count * 7);
      } else if (count === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else {
        high |= bits << (count * 7 - 32);
      }
      if (byte < 0x80) {
        this.#halves[LOW] = low;
        this.#halves[HIGH] = high;
        return;
      }
    }
    this.fail("a varint is longer than 10 bytes");
    this.#halves.fill(0);
  }

  /** Reads a bool: any non-zero varint is true. */
  readBool(): boolean {
    this.readVarint64();
    return (this.low | this.high) !== 0;
  }

  /** Reads four bytes, unsigned. */
  readFixed32(): number {
    const at = this.position;
    if (at + 4 > this.bytes.length) {
      this.fail("the bytes end inside a 32-bit value");
      return 0;
    }
    this.position = at + 4;
    return this.view.getUint32(at, true);
  }

  /** Reads eight bytes into {@link low} and {@link high}. */
  readFixed64(): void {
    const at = this.position;
    if (at + 8 > this.bytes.length) {
      this.fail("the bytes end inside a 64-bit value");
      this.#halves.fill(0);
      return;
    }
    this.position = at + 8;
    this.#halves[LOW] = this.view.getInt32(at, true);
    this.#halves[HIGH] = this.view.getInt32(at + 4, true);
  }

  /** Reads a double. */
  readDouble(): number {
    const at = this.position;
    if (at + 8 > this.bytes.length) {
      this.fail("the bytes end inside a 64-bit value");
      return 0;
    }
    this.position = at + 8;
    return this.view.getFloat64(at, true);
  }

  /**
   * Reads the length of a string, bytes or message and moves behind it.
   *
   * @returns where the content ends, at most `end`; the current position after a failure
   */
  readEnd(end: number): number {
    const at = this.position;
    const byte = at < this.bytes.length ? (this.bytes[at] ?? 0) : 0x80;
    let length = byte;
    if (byte < 0x80) {
      this.position = at + 1;
    } else {
      this.readVarint64();
      // As a 32-bit integer: one position that is a double makes V8 keep all of them as doubles.
      length = this.high === 0 ? this.low : -1;
    }
    const stop = this.position + length;
    if (length < 0 || stop > end) {
      this.fail("a length reaches beyond the end of its message");
      return this.position;
    }
    return stop;
  }

  /** Skips the value of a field that is not known, groups included. */
  skip(tag: number, end: number): void {
    switch (tag & 7) {
      case WireType.varint:
        this.readVarint64();
        return;
      case WireType.fixed64:
        this.position += 8;
        return;
      case WireType.length:
        this.position = this.readEnd(end);
        return;
      case WireType.fixed32:
        this.position += 4;
        return;
      case WireType.startGroup:
        this.#skipGroup(tag >>> 3, end);
        return;
      default:
        this.fail(
          (tag & 7) === WireType.endGroup
            ? "a group ends that never began"
            : `wire type ${tag & 7} does not exist`,
        );
    }
  }

  #skipGroup(number: number, end: number): void {
    const open = [number];
    while (open.length > 0 && this.problem === undefined) {
      if (this.position >= end) {
        this.fail("a group does not end");
        return;
      }
      const tag = this.readTag();
      const wireType = tag & 7;
      if (wireType === WireType.startGroup) {
        open.push(tag >>> 3);
        if (open.length > GROUP_DEPTH_LIMIT) {
          this.fail(`groups nest deeper than ${GROUP_DEPTH_LIMIT}`);
        }
      } else if (wireType === WireType.endGroup) {
        if (open.pop() !== tag >>> 3) {
          this.fail("a group ends with another number than it began with");
        }
      } else {
        this.skip(tag, end);
      }
    }
  }
}
