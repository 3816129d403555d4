/**
 * Brings the fields of one message into the form every SDK sends: each singular field once, each
 * repeated field in one run. The rules are those of proto3 parsers
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins):
 *
 * - a singular scalar: the last value;
 * - a singular message: merged, which for protobuf means its occurrences concatenated;
 * - a oneof: the last member on the wire;
 * - repeated: all values in order.
 *
 * Unknown fields are left out. Not a hot path: no known sender needs it.
 */
import { PADDING_BYTES } from "./out";
import { Field, Flag, Kind, Message, fieldOf, fitsWireType } from "./schema";
import { Problem, Wire, WireType, fail, failWireType, finish, skip } from "./wire";

/** A message in canonical form, and where reading was before. */
@unmanaged
export class Merged {
  /** the end of its bytes */
  end: usize;
  size: u32;
  outerLimit: usize;
  outerOriginAt: usize;
}

/** A field on the wire. */
@unmanaged
class Occurrence {
  tagStart: usize;
  valueStart: usize;
  end: usize;
  /** 0: another member of its oneof came later, or it was written already */
  number: u32;
}

const OCCURRENCE_BYTES: u32 = 16;
const FIRST_OCCURRENCES: u32 = 16;
/** Two varints for each field that is written anew. */
const HEADER_BYTES: u32 = 16 * 32;
/**
 * Copies of nested messages are alive together. Beyond this many times the request, they were nested
 * to use up memory.
 */
const LIVE_LIMIT_RATIO: u32 = 2;
const LIVE_LIMIT_MIN_BYTES: u32 = 1024 * 1024;

/** Bytes of the copies that are alive, and how many there may be. */
export class MergeBudget {
  static liveBytes: u32 = 0;
  static limitBytes: u32 = 0;
}

/** Starts a request of so many bytes. */
export function beginMerging(requestBytes: u32): void {
  MergeBudget.liveBytes = 0;
  MergeBudget.limitBytes = max(LIVE_LIMIT_MIN_BYTES, requestBytes * LIVE_LIMIT_RATIO);
}

let occurrences: usize = 0;
let occurrenceCount: u32 = 0;
let occurrenceCapacity: u32 = 0;

/**
 * Brings the message between the position and `end` into canonical form and goes on reading there,
 * until {@link endMerged}.
 *
 * @returns null when the message does not parse
 */
export function mergeMessage(message: Message, end: usize): Merged {
  const start = Wire.at;
  occurrences = 0;
  occurrenceCount = 0;
  occurrenceCapacity = 0;
  collect(message, end);
  let merged = changetype<Merged>(0);
  if (Wire.problem == Problem.none) {
    const size = <u32>(end - start) + HEADER_BYTES;
    if (MergeBudget.liveBytes + size > MergeBudget.limitBytes) {
      fail(Problem.tooMuchToMerge);
    } else {
      MergeBudget.liveBytes += size;
      merged = changetype<Merged>(heap.alloc(offsetof<Merged>() + size + PADDING_BYTES));
      merged.size = size;
      merged.outerLimit = Wire.limit;
      merged.outerOriginAt = Wire.originAt;
      if (Wire.originAt == 0) {
        Wire.originAt = start;
      }
      Wire.at = changetype<usize>(merged) + offsetof<Merged>();
      merged.end = writeAll(message, Wire.at);
      Wire.limit = merged.end;
    }
  }
  if (occurrences != 0) {
    heap.free(occurrences);
  }
  return merged;
}

/** Goes back to reading what is around a merged message, which is gone then. */
export function endMerged(merged: Merged): void {
  Wire.limit = merged.outerLimit;
  Wire.originAt = merged.outerOriginAt;
  MergeBudget.liveBytes -= merged.size;
  heap.free(changetype<usize>(merged));
  if (Wire.problem != Problem.none) {
    Wire.at = Wire.limit;
  }
}

function occurrenceAt(index: u32): Occurrence {
  return changetype<Occurrence>(occurrences + index * OCCURRENCE_BYTES);
}

function collect(message: Message, end: usize): void {
  while (Wire.at < end) {
    const tagStart = Wire.at;
    const tag = Wire.readTag();
    const valueStart = Wire.at;
    const field = fieldOf(message, tag >>> 3);
    const isKnown = changetype<usize>(field) != 0;
    if (isKnown && !fitsWireType(field, tag)) {
      failWireType(field, tag);
      break;
    }
    skip(tag, end);
    if (isKnown) {
      add(tagStart, valueStart, field.number);
    }
  }
  finish(end);
  forgetRivals(message);
}

function add(tagStart: usize, valueStart: usize, number: u32): void {
  if (occurrenceCount == occurrenceCapacity) {
    occurrenceCapacity = max(FIRST_OCCURRENCES, occurrenceCapacity * 2);
    const size = occurrenceCapacity * OCCURRENCE_BYTES;
    if (size > MergeBudget.limitBytes / LIVE_LIMIT_RATIO) {
      // Fields of two bytes would take eight times the request.
      fail(Problem.tooMuchToMerge);
      return;
    }
    occurrences = occurrences == 0 ? heap.alloc(size) : heap.realloc(occurrences, size);
  }
  const found = occurrenceAt(occurrenceCount);
  found.tagStart = tagStart;
  found.valueStart = valueStart;
  found.end = Wire.at;
  found.number = number;
  occurrenceCount += 1;
}

/** Leaves out the members of a oneof after which another one comes. */
function forgetRivals(message: Message): void {
  let lost: u32 = 0;
  for (let index = occurrenceCount; index > 0; index -= 1) {
    const found = occurrenceAt(index - 1);
    const field = fieldOf(message, found.number);
    if ((lost & (1 << found.number)) != 0) {
      found.number = 0;
    } else if ((field.flags & Flag.inOneof) != 0) {
      lost |= field.conflicts & ~(1 << found.number);
    }
  }
}

/** Writes the message; returns where it ends. */
function writeAll(message: Message, start: usize): usize {
  let at = start;
  for (let index: u32 = 0; index < occurrenceCount; index += 1) {
    const number = occurrenceAt(index).number;
    if (number != 0) {
      at = writeField(fieldOf(message, number), index, at);
    }
  }
  return at;
}

/** Writes a field that occurs first at `first`, and forgets its occurrences. */
function writeField(field: Field, first: u32, start: usize): usize {
  const number: u32 = field.number;
  const isRepeated = (field.flags & Flag.repeated) != 0;
  const isConcatenated = !isRepeated && isMergeable(field);
  let at = start;
  if (isConcatenated) {
    at = writeVarint(at, (number << 3) | WireType.length);
    at = writeVarint(at, contentBytes(number, first));
  }
  let last = occurrenceAt(first);
  for (let index = first; index < occurrenceCount; index += 1) {
    const found = occurrenceAt(index);
    if (found.number == number) {
      found.number = 0;
      last = found;
      if (isRepeated) {
        at = copy(at, found.tagStart, found.end);
      } else if (isConcatenated) {
        at = copy(at, contentStart(found), found.end);
      }
    }
  }
  return isRepeated || isConcatenated ? at : copy(at, last.tagStart, last.end);
}

function isMergeable(field: Field): bool {
  const kind: u32 = field.kind;
  return (
    (field.flags & Flag.inOneof) == 0 &&
    (kind == Kind.message || kind == Kind.envelope || kind == Kind.anyValue)
  );
}

/** How many bytes all occurrences of a field hold together. */
function contentBytes(number: u32, first: u32): u32 {
  let bytes: u32 = 0;
  for (let index = first; index < occurrenceCount; index += 1) {
    const found = occurrenceAt(index);
    if (found.number == number) {
      bytes += <u32>(found.end - contentStart(found));
    }
  }
  return bytes;
}

/** Where the content of a length-delimited field starts, behind its length. */
function contentStart(found: Occurrence): usize {
  let at = found.valueStart;
  while (load<u8>(at) >= 0x80) {
    at += 1;
  }
  return at + 1;
}

function copy(to: usize, from: usize, end: usize): usize {
  memory.copy(to, from, end - from);
  return to + (end - from);
}

function writeVarint(start: usize, value: u32): usize {
  let at = start;
  let rest = value;
  for (; rest >= 0x80; rest >>= 7) {
    store<u8>(at, (rest & 0x7f) | 0x80);
    at += 1;
  }
  store<u8>(at, rest);
  return at + 1;
}
