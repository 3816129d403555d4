/**
 * Protobuf bytes → the members of a JSON object, in one pass, driven by the schema tables.
 *
 * Hot path: nothing is made per field, value or message. Fields are written in the order they come;
 * a message whose fields repeat where they must not, or whose repeated fields do not stand together,
 * is brought into canonical form first (merge.ts) and started again.
 */
import { Warning } from "./host";
import { newWarnings, warnOf } from "./lines";
import { Merged, endMerged, mergeMessage } from "./merge";
import {
  copyHexString,
  copyQuotedUnsigned,
  writeBase64,
  writeDouble,
  writeInteger,
  writeQuotedSigned,
  writeQuotedUnsigned,
} from "./numbers";
import { Out, PADDING_BYTES, closeList, closeObject, setLength, writeComma } from "./out";
import { EnumText, Field, Flag, Kind, Message, fieldOf, fitsWireType } from "./schema";
import { writeString } from "./text";
import { writeAnyValue, writeBool, writeKeyValues } from "./values";
import {
  Problem,
  Wire,
  WireType,
  failWireType,
  finish,
  moveTo,
  readFixed32,
  readFixed64,
  skip,
} from "./wire";

const TRACE_ID_BYTES: u32 = 16;
const SPAN_ID_BYTES: u32 = 8;

/** What is remembered of an item's fields, for what is read of them after they were written. */
export class Found {
  /** bit set of the numbers of the fields that were on the wire */
  static present: u32 = 0;
  /** bit set of the ids that are right in length and not all zeros */
  static validIds: u32 = 0;
  /** bit set of the ids that are of wrong length */
  static badIds: u32 = 0;
  /** where the positions are those of a copy, it must live until they were read; else null */
  static merged: Merged = changetype<Merged>(0);
}

/** By field number: where the value starts on the wire, and from where to where it was written. */
@unmanaged
class FoundField {
  at: usize;
  textStart: u32;
  textEnd: u32;
}

const foundFields: usize = memory.data(32 * 16, 16);

function foundField(number: u32): FoundField {
  return changetype<FoundField>(foundFields + (number << 4));
}

/** Whether the field was on the wire. */
export function hasField(number: u32): bool {
  return (Found.present & (1 << number)) != 0;
}

/** Whether an id was on the wire, right in length and not all zeros. */
export function hasId(number: u32): bool {
  return (Found.validIds & (1 << number)) != 0;
}

/** Where a field's value starts on the wire; it must be there. */
export function valueOf(number: u32): usize {
  return foundField(number).at;
}

/** Where the JSON text of a string that was written starts. It must not have been cut off. */
export function textStart(number: u32): usize {
  return Out.start + foundField(number).textStart;
}

/** Where it ends. */
export function textEnd(number: u32): usize {
  return Out.start + foundField(number).textEnd;
}

/** Forgets the item before, and its copy. */
export function forgetFound(): void {
  if (changetype<usize>(Found.merged) != 0) {
    endMerged(Found.merged);
    Found.merged = changetype<Merged>(0);
  }
}

/** Writes the members of an item, or of what else is looked at afterwards, and notes what it found. */
export function writeItem(message: Message, end: usize): void {
  Found.validIds = 0;
  Found.badIds = 0;
  const start = Wire.at;
  const mark = Out.length();
  const warnings = v128.load(newWarnings);
  if (writeFields(message, end, true)) {
    return;
  }
  setLength(mark);
  v128.store(newWarnings, warnings);
  Wire.at = start;
  const merged = mergeMessage(message, end);
  Found.validIds = 0;
  Found.badIds = 0;
  if (changetype<usize>(merged) != 0) {
    Found.merged = merged;
    writeFields(message, merged.end, true);
  }
}

/** Writes the members of a message. */
export function writeMessage(message: Message, end: usize): void {
  const start = Wire.at;
  const mark = Out.length();
  const warnings = v128.load(newWarnings);
  if (writeFields(message, end, false)) {
    return;
  }
  setLength(mark);
  v128.store(newWarnings, warnings);
  Wire.at = start;
  const merged = mergeMessage(message, end);
  if (changetype<usize>(merged) != 0) {
    writeFields(message, merged.end, false);
    endMerged(merged);
    moveTo(end);
  }
}

/**
 * Writes the fields of the message between the position and `end`, each as `,"name":value`. Unset
 * fields, empty messages and envelope fields are left out.
 *
 * @returns false when it must be merged first
 */
function writeFields(message: Message, end: usize, isItem: bool): bool {
  let seen: u32 = 0;
  while (Wire.at < end) {
    const tagStart = Wire.at;
    const tag = Wire.readTag();
    const field = fieldOf(message, tag >>> 3);
    if (changetype<usize>(field) == 0) {
      skip(tag, end);
      continue;
    }
    if (!fitsWireType(field, tag)) {
      failWireType(field, tag);
      break;
    }
    if (field.kind == Kind.envelope) {
      skip(tag, end);
      continue;
    }
    if ((seen & field.conflicts) != 0) {
      return false;
    }
    const number: u32 = field.number;
    seen |= 1 << number;
    if (isItem) {
      foundField(number).at = Wire.at;
    }
    Out.reserve(field.memberLength + PADDING_BYTES);
    if ((field.flags & Flag.repeated) != 0) {
      if (field.kind == Kind.keyValues) {
        // Back to the tag: a list is read as a run of entries.
        Wire.at = tagStart;
        writeAttributes(field, end);
      } else {
        writeRepeated(field, tag, end);
      }
    } else if (field.kind == Kind.string) {
      writeStringMember(field, end, isItem);
    } else if (field.kind == Kind.fixed64) {
      const value = readFixed64();
      if (value != 0 || (field.flags & Flag.keepsZero) != 0) {
        Out.at = copyQuotedUnsigned(copyMember(field), value);
      }
    } else if (field.kind == Kind.traceId || field.kind == Kind.spanId) {
      writeIdMember(field, end, isItem);
    } else {
      const before = Out.length();
      Out.at = copyMember(field);
      if (!writeValue(field, end) && (field.flags & Flag.keepsZero) == 0) {
        setLength(before);
      }
    }
  }
  finish(end);
  if (isItem) {
    Found.present = seen;
  }
  return true;
}

/** Writes `,"name":`; returns where it ends. Room for it and padding is reserved. */
function copyMember(field: Field): usize {
  return Out.copyPadded(Out.at, field.member, field.memberLength);
}

function writeAttributes(field: Field, end: usize): void {
  Out.at = copyMember(field);
  const mark = Out.length();
  writeKeyValues(field, end, 0);
  closeObject(mark);
}

/** A singular string: half of all fields are one. */
function writeStringMember(field: Field, end: usize, isItem: bool): void {
  const stop = Wire.readEnd(end);
  const start = Wire.at;
  Wire.at = stop;
  if (stop == start && (field.flags & Flag.keepsZero) == 0) {
    if (isItem) {
      foundField(field.number).textStart = 0;
      foundField(field.number).textEnd = 0;
    }
    return;
  }
  Out.at = copyMember(field);
  const before = Out.length();
  writeString(start, stop);
  if (isItem) {
    foundField(field.number).textStart = before;
    foundField(field.number).textEnd = Out.length();
  }
}

/** An id. One of wrong length is left out with a warning; all zeros mean "no id". */
function writeIdMember(field: Field, end: usize, isItem: bool): void {
  const length = field.kind == Kind.traceId ? TRACE_ID_BYTES : SPAN_ID_BYTES;
  const stop = Wire.readEnd(end);
  const start = Wire.at;
  Wire.at = stop;
  if (<u32>(stop - start) != length) {
    if (stop > start) {
      warnOf(Warning.badId);
      if (isItem) {
        Found.badIds |= 1 << field.number;
      }
    }
    return;
  }
  const bits = load<u64>(start) | (length == TRACE_ID_BYTES ? load<u64>(start, 8) : 0);
  if (bits != 0) {
    Out.at = copyHexString(copyMember(field), start, length);
    if (isItem) {
      Found.validIds |= 1 << field.number;
    }
  }
}

function writeRepeated(field: Field, firstTag: u32, end: usize): void {
  const before = Out.length();
  Out.at = copyMember(field);
  const mark = Out.length();
  const number: u32 = field.number;
  let tag = firstTag;
  for (;;) {
    if ((tag & 7) == WireType.length && (field.flags & Flag.packable) != 0) {
      const stop = Wire.readEnd(end);
      while (Wire.at < stop) {
        writeComma();
        writeValue(field, stop);
      }
      finish(stop);
    } else if ((tag & 7) == field.wireType) {
      writeComma();
      writeValue(field, end);
    } else {
      failWireType(field, tag);
    }
    const next = Wire.at;
    if (next >= end) {
      break;
    }
    tag = Wire.readTag();
    if (tag >>> 3 != number) {
      moveTo(next);
      break;
    }
  }
  if (Out.length() > mark) {
    closeList(mark);
  } else {
    setLength(before);
  }
}

/** Writes one value; returns whether it says more than an unset field would. */
function writeValue(field: Field, end: usize): bool {
  switch (<u32>field.kind) {
    case Kind.string: {
      const stop = Wire.readEnd(end);
      const start = Wire.at;
      writeString(start, stop);
      Wire.at = stop;
      return stop > start;
    }
    case Kind.fixed64: {
      const value = readFixed64();
      writeQuotedUnsigned(value);
      return value != 0;
    }
    case Kind.uint64: {
      const value = Wire.readVarint();
      writeQuotedUnsigned(value);
      return value != 0;
    }
    case Kind.sfixed64: {
      const value = readFixed64();
      writeQuotedSigned(value);
      return value != 0;
    }
    case Kind.int64: {
      const value = Wire.readVarint();
      writeQuotedSigned(value);
      return value != 0;
    }
    case Kind.double: {
      const value = reinterpret<f64>(readFixed64());
      writeDouble(value);
      return value != 0;
    }
    case Kind.fixed32:
      return writeNumber(readFixed32());
    case Kind.uint32:
      return writeNumber(<u32>Wire.readVarint());
    case Kind.int32:
      return writeNumber(<i32>Wire.readVarint());
    case Kind.sint32: {
      const zigzag = <u32>Wire.readVarint();
      return writeNumber(<i32>((zigzag >> 1) ^ (0 - (zigzag & 1))));
    }
    case Kind.enumeration:
      return writeEnum(field, <i32>Wire.readVarint());
    case Kind.bool: {
      const value = Wire.readVarint() != 0;
      writeBool(value);
      return value;
    }
    case Kind.bytes: {
      const stop = Wire.readEnd(end);
      const start = Wire.at;
      writeBase64(start, stop);
      Wire.at = stop;
      return stop > start;
    }
    case Kind.anyValue:
      writeAnyValue(Wire.readEnd(end), 0);
      return true;
    case Kind.message: {
      const stop = Wire.readEnd(end);
      const mark = Out.length();
      writeMessage(field.message, stop);
      const wrote = Out.length() > mark;
      closeObject(mark);
      return wrote;
    }
    default:
      // Ids, lists of KeyValue and envelopes are not written as one value of several.
      unreachable();
      return false;
  }
}

function writeNumber(value: i64): bool {
  writeInteger(value);
  return value != 0;
}

/** An enum member by its short name, or the number where it has none. */
function writeEnum(field: Field, value: i32): bool {
  if (<u32>value < field.enumCount) {
    const text = changetype<EnumText>(field.enumTexts + ((<u32>value) << 3));
    Out.reserve(text.length + PADDING_BYTES);
    Out.at = Out.copyPadded(Out.at, text.text, text.length);
  } else {
    writeInteger(value);
  }
  return value != 0;
}
