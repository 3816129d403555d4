/**
 * Reads the protobuf wire format (https://protobuf.dev/programming-guides/encoding/), bounds-checked.
 *
 * Trouble is sticky instead of thrown: the first problem is kept, the position jumps to the limit,
 * every loop `while (Wire.at < end)` ends by itself, and the caller asks once, at the end. No length
 * is trusted for an allocation. Reads of whole words may touch what lies behind the limit, which is
 * padding (PADDING_BYTES): it never decides anything.
 */
import { Field } from "./schema";

/** https://protobuf.dev/programming-guides/encoding/#structure */
export namespace WireType {
  export const varint: u32 = 0;
  export const fixed64: u32 = 1;
  export const length: u32 = 2;
  export const startGroup: u32 = 3;
  export const endGroup: u32 = 4;
  export const fixed32: u32 = 5;
}

/** Why bytes are not protobuf. The host has the words: ../problems.ts */
export namespace Problem {
  export const none: u32 = 0;
  export const fieldBeyondMessage: u32 = 1;
  export const fieldNumberZero: u32 = 2;
  export const endInVarint: u32 = 3;
  export const longVarint: u32 = 4;
  export const endInFixed32: u32 = 5;
  export const endInFixed64: u32 = 6;
  export const lengthBeyondMessage: u32 = 7;
  export const groupNeverBegan: u32 = 8;
  export const wireTypeUnknown: u32 = 9;
  export const groupNeverEnds: u32 = 10;
  export const groupsTooDeep: u32 = 11;
  export const groupMismatch: u32 = 12;
  export const wireTypeMismatch: u32 = 13;
  export const tooMuchToMerge: u32 = 14;
  export const collidingKeys: u32 = 15;
  /** the host does not take as many events as there are */
  export const blockRefused: u32 = 16;
  export const tooManyEntries: u32 = 17;
}

/** A varint of 64 bits takes ten bytes: ten times seven bits. */
const VARINT_LIMIT_BITS: u64 = 70;
/** Nested groups are skipped with a stack this deep; nobody sends groups in OTLP. */
const GROUP_DEPTH_LIMIT: u32 = 100;
const groupNumbers: usize = memory.data(400, 4);

/** Where reading stands, and what went wrong first. */
export class Wire {
  /** the next byte */
  static at: usize = 0;
  /** the end of the bytes: those of the request, or of a message that was merged */
  static limit: usize = 0;
  /** one of {@link Problem} */
  static problem: u32 = Problem.none;
  /** where the problem is; in a merged message, where that message stood in the request */
  static problemAt: usize = 0;
  /** of the field that a problem is about, see {@link Problem.wireTypeMismatch} */
  static problemMessage: u32 = 0;
  static problemNumber: u32 = 0;
  /** the wire type that a problem is about */
  static problemWireType: u32 = 0;
  /** while a merged message is read: where it stood in the request; else 0 */
  static originAt: usize = 0;

  /** Reads a field's tag: number × 8 + wire type; 0 after a failure. */
  @inline
  static readTag(): u32 {
    const byte: u32 = load<u8>(Wire.at);
    if (byte < 0x80 && byte >= 8 && Wire.at < Wire.limit) {
      Wire.at += 1;
      return byte;
    }
    const tag = <u32>Wire.readVarint();
    if (tag >>> 3 == 0 && Wire.problem == Problem.none) {
      fail(Problem.fieldNumberZero);
      return 0;
    }
    return tag;
  }

  /** Reads a varint of up to 64 bits; 32-bit types take the lower half, as proto3 demands. */
  @inline
  static readVarint(): u64 {
    const at = Wire.at;
    const byte: u64 = load<u8>(at);
    if (byte < 0x80 && at < Wire.limit) {
      Wire.at = at + 1;
      return byte;
    }
    return readLongVarint();
  }

  /**
   * Reads the length of a string, bytes or message.
   *
   * @returns where the content ends, at most `end`; the current position after a failure
   */
  @inline
  static readEnd(end: usize): usize {
    const length = Wire.readVarint();
    const at = Wire.at;
    if (length >> 31 != 0 || at + <usize>length > end) {
      fail(Problem.lengthBeyondMessage);
      return Wire.at;
    }
    return at + <usize>length;
  }
}

/** Keeps the first problem and ends every loop. */
export function fail(problem: u32): void {
  if (Wire.problem == Problem.none) {
    Wire.problem = problem;
    Wire.problemAt = Wire.originAt == 0 ? Wire.at : Wire.originAt;
  }
  Wire.at = Wire.limit;
}

/** Fails because a field came with a wire type that it does not have. */
export function failWireType(field: Field, tag: u32): void {
  if (Wire.problem == Problem.none) {
    Wire.problemMessage = field.owner;
    Wire.problemNumber = field.number;
    Wire.problemWireType = tag & 7;
  }
  fail(Problem.wireTypeMismatch);
}

/** Goes on at a position, unless there was a problem. */
export function moveTo(at: usize): void {
  if (Wire.problem == Problem.none) {
    Wire.at = at;
  }
}

/** Ends a message that must stop exactly at `end`. */
export function finish(end: usize): void {
  if (Wire.at > end) {
    fail(Problem.fieldBeyondMessage);
  }
}

function readLongVarint(): u64 {
  let at = Wire.at;
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < VARINT_LIMIT_BITS; shift += 7) {
    if (at >= Wire.limit) {
      Wire.at = at;
      fail(Problem.endInVarint);
      return 0;
    }
    const byte: u64 = load<u8>(at);
    at += 1;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      Wire.at = at;
      return value;
    }
  }
  Wire.at = at;
  fail(Problem.longVarint);
  return 0;
}

/** Reads four bytes. */
export function readFixed32(): u32 {
  const at = Wire.at;
  if (at + 4 > Wire.limit) {
    fail(Problem.endInFixed32);
    return 0;
  }
  Wire.at = at + 4;
  return load<u32>(at);
}

/** Reads eight bytes. */
export function readFixed64(): u64 {
  const at = Wire.at;
  if (at + 8 > Wire.limit) {
    fail(Problem.endInFixed64);
    return 0;
  }
  Wire.at = at + 8;
  return load<u64>(at);
}

/** Skips the value of a field that is not known, groups included. */
export function skip(tag: u32, end: usize): void {
  switch (tag & 7) {
    case WireType.varint:
      Wire.readVarint();
      return;
    case WireType.fixed64:
      Wire.at += 8;
      return;
    case WireType.length:
      Wire.at = Wire.readEnd(end);
      return;
    case WireType.fixed32:
      Wire.at += 4;
      return;
    case WireType.startGroup:
      skipGroup(tag >>> 3, end);
      return;
    case WireType.endGroup:
      fail(Problem.groupNeverBegan);
      return;
    default:
      Wire.problemWireType = tag & 7;
      fail(Problem.wireTypeUnknown);
  }
}

function skipGroup(number: u32, end: usize): void {
  let depth: u32 = 1;
  store<u32>(groupNumbers, number);
  while (depth > 0 && Wire.problem == Problem.none) {
    if (Wire.at >= end) {
      fail(Problem.groupNeverEnds);
      return;
    }
    const tag = Wire.readTag();
    const wireType = tag & 7;
    if (wireType == WireType.startGroup) {
      if (depth == GROUP_DEPTH_LIMIT) {
        fail(Problem.groupsTooDeep);
        return;
      }
      store<u32>(groupNumbers + (depth << 2), tag >>> 3);
      depth += 1;
    } else if (wireType == WireType.endGroup) {
      depth -= 1;
      if (load<u32>(groupNumbers + (depth << 2)) != tag >>> 3) {
        fail(Problem.groupMismatch);
      }
    } else {
      skip(tag, end);
    }
  }
}
