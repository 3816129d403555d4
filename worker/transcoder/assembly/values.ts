/**
 * AnyValue and KeyValue lists → JSON values (docs/event-schema.md, "Attribute values").
 *
 * Strings, bools, lists, maps, integers up to 2^53 - 1 and fractional doubles are plain JSON. What
 * JSON cannot tell apart is an object with exactly one of four keys (`{"int_value": …}`), and a map
 * that happens to look like one is wrapped as `{"kvlist_value": {…}}`.
 *
 * Hot path, and the only recursion of the transcoder: it counts its depth.
 */
import { AnyValueFields, ArrayValueFields, KeyValueListFields } from "./fields";
import { Warning } from "./host";
import {
  Entry,
  KeyTable,
  Replaced,
  addKey,
  beginKeys,
  findReplaced,
  hashText,
  isReplaced,
  locateEntry,
  locateShortEntry,
  makeKeyTable,
  mayRepeat,
  nextEntry,
} from "./keys";
import { Service, newWarnings, warnOf } from "./lines";
import { writeBytesValue, writeDoubleValue, writeIntValue } from "./numbers";
import {
  Out,
  PADDING_BYTES,
  closeList,
  closeObject,
  setLength,
  writeByte,
  writeBytes,
  writeComma,
  writeLiteral,
} from "./out";
import { Field, Messages, fieldOf } from "./schema";
import { copyText, writeString } from "./text";
import { Pending, kindOfKey, noteValue } from "./tokens";
import { Problem, Wire, WireType, failWireType, finish, moveTo, readFixed64, skip } from "./wire";

/**
 * The deepest nesting of lists and maps that is kept. SDKs go to 64 by default. The host knows it
 * too: worker/otlp/limits.ts.
 */
const VALUE_DEPTH_LIMIT: u32 = 128;
const STRING_TAG: u32 = AnyValueFields.string_value * 8 + WireType.length;
const BOOL_TAG: u32 = AnyValueFields.bool_value * 8 + WireType.varint;
const INT_TAG: u32 = AnyValueFields.int_value * 8 + WireType.varint;
const DOUBLE_TAG: u32 = AnyValueFields.double_value * 8 + WireType.fixed64;
/** `,"` and `":` as little-endian 16 bits. */
const COMMA_QUOTE: u32 = 0x222c;
const QUOTE_COLON: u32 = 0x3a22;

/** The keys of the list that is being written. Lists do not nest: what nests are maps. */
const listKeys: KeyTable = makeKeyTable();
/** The keys of the map that is looked through, which is done before what is in it. */
const mapKeys: KeyTable = makeKeyTable();
/** What {@link writeRun} returns where a key may come a second time. */
const REPEATS: i32 = -1;

/** Whether the attributes being written are a resource's, so that one of them names the service. */
export class Attributes {
  static areResource: bool = false;
}

/**
 * Writes a run of KeyValues in a field as the members of an object, without its brackets.
 *
 * @param depth 0: a list of attributes, which ends where something else comes; deeper: a map, which
 *   is nothing but such a run, so what else stands in it is skipped
 * @returns how many members it wrote
 */
export function writeKeyValues(field: Field, end: usize, depth: u32): i32 {
  const start = Wire.at;
  // Maps are looked through first: starting over at each depth would multiply.
  if (depth == 0 || !mayRepeat(mapKeys, field, end)) {
    const mark = Out.length();
    const tokens = Pending.count;
    const warnings = v128.load(newWarnings);
    if (depth == 0) {
      beginKeys(listKeys);
    }
    const count = writeRun(field, end, depth, changetype<Replaced>(0));
    if (count != REPEATS) {
      return count;
    }
    setLength(mark);
    Pending.count = tokens;
    v128.store(newWarnings, warnings);
    Wire.at = start;
  }
  const replaced = findReplaced(field, end, depth > 0);
  if (changetype<usize>(replaced) == 0) {
    return 0;
  }
  const count = writeRun(field, end, depth, replaced);
  heap.free(changetype<usize>(replaced));
  return count;
}

/**
 * Writes the entries of a run.
 *
 * @param replaced which entries to leave out; null: none, and in a list a key that comes a second time
 *   ends the work
 * @returns how many it wrote, or {@link REPEATS}
 */
function writeRun(field: Field, end: usize, depth: u32, replaced: Replaced): i32 {
  const number: u32 = field.number;
  const isMap = depth > 0;
  const isExact = changetype<usize>(replaced) != 0;
  let count = 0;
  for (let index: u32 = 0; Wire.at < end; index += 1) {
    if (!locateShortEntry(number, end)) {
      const stop = nextEntry(field, end, isMap);
      if (stop == 0) {
        break;
      }
      locateEntry(stop);
      if (Wire.problem != Problem.none) {
        break;
      }
    }
    const next = Wire.at;
    const hash = hashText(Entry.keyStart, Entry.keyEnd);
    if (isExact) {
      if (isReplaced(replaced, index)) {
        continue;
      }
    } else if (!isMap && !addKey(listKeys, hash)) {
      return REPEATS;
    }
    writeEntry(hash, depth);
    moveTo(next);
    count += 1;
  }
  return count;
}

/** Writes the entry located last as `,"key":value`. */
function writeEntry(hash: u64, depth: u32): void {
  const keyStart = Entry.keyStart;
  const keyEnd = Entry.keyEnd;
  const valueStart = Entry.valueStart;
  if (Entry.hasStringIndex) {
    warnOf(Warning.stringIndex);
  }
  Out.reserve(<u32>(keyEnd - keyStart) + PADDING_BYTES);
  store<u16>(Out.at, COMMA_QUOTE);
  const at = copyText(Out.at + 2, keyStart, keyEnd);
  store<u16>(at, QUOTE_COLON);
  Out.at = at + 2;
  const before = Out.length();
  if (valueStart == 0) {
    writeLiteral("null");
  } else {
    Wire.at = valueStart;
    writeAnyValue(Entry.valueEnd, depth);
  }
  const kind = kindOfKey(hash);
  if (kind >= 0) {
    noteValue(kind, Out.start + before, Out.at);
  }
  if (Attributes.areResource && depth == 0 && isServiceName(keyStart, keyEnd)) {
    noteServiceName(before);
  }
}

/** Whether a key is `service.name`. */
function isServiceName(from: usize, to: usize): bool {
  return (
    to - from == 12 && load<u64>(from) == 0x2e65636976726573 && load<u32>(from, 8) == 0x656d616e
  );
}

/** Notes that the value written since `mark` names the service, if it is a string. */
function noteServiceName(mark: u32): void {
  Service.isKnown = Out.length() > mark && load<u8>(Out.start + mark) == 0x22;
  Service.offset = mark + 1;
  Service.length = Out.length() - mark - 2;
}

/** Writes the AnyValue between the position and `end`, where reading then goes on. */
export function writeAnyValue(end: usize, depth: u32): void {
  const at = Wire.at;
  const tag: u32 = at + 1 < end ? load<u8>(at) : 0;
  // What nearly every value is: one scalar, and nothing else.
  switch (tag) {
    case STRING_TAG: {
      const length: u32 = load<u8>(at, 1);
      if (length < 0x80 && at + 2 + length == end) {
        Wire.at = end;
        writeString(at + 2, end);
        return;
      }
      break;
    }
    case INT_TAG: {
      Wire.at = at + 1;
      const value = Wire.readVarint();
      if (Wire.at == end) {
        writeIntValue(value);
        return;
      }
      break;
    }
    case DOUBLE_TAG:
      if (at + 9 == end) {
        Wire.at = end;
        writeDoubleValue(load<f64>(at, 1));
        return;
      }
      break;
    case BOOL_TAG: {
      const value: u32 = load<u8>(at, 1);
      if (at + 2 == end && value < 2) {
        Wire.at = end;
        writeBool(value != 0);
        return;
      }
      break;
    }
  }
  moveTo(at);
  writeLastMember(end, depth);
}

/** Writes true or false. */
export function writeBool(value: bool): void {
  if (value) {
    writeLiteral("true");
  } else {
    writeLiteral("false");
  }
}

/** The general way: finds the member that counts first. It is one oneof: the last on the wire. */
function writeLastMember(end: usize, depth: u32): void {
  let number: u32 = 0;
  let valueAt = Wire.at;
  while (Wire.at < end) {
    const tag = Wire.readTag();
    const field = fieldOf(Messages.anyValue, tag >>> 3);
    if (changetype<usize>(field) != 0) {
      if ((tag & 7) != field.wireType) {
        failWireType(field, tag);
        return;
      }
      number = field.number;
      valueAt = Wire.at;
    }
    skip(tag, end);
  }
  finish(end);
  if (Wire.problem != Problem.none) {
    return;
  }
  Wire.at = valueAt;
  switch (number) {
    case AnyValueFields.string_value: {
      const stop = Wire.readEnd(end);
      writeString(Wire.at, stop);
      break;
    }
    case AnyValueFields.bool_value:
      writeBool(Wire.readVarint() != 0);
      break;
    case AnyValueFields.int_value:
      writeIntValue(Wire.readVarint());
      break;
    case AnyValueFields.double_value:
      writeDoubleValue(reinterpret<f64>(readFixed64()));
      break;
    case AnyValueFields.bytes_value: {
      const stop = Wire.readEnd(end);
      writeBytesValue(Wire.at, stop);
      break;
    }
    case AnyValueFields.array_value:
    case AnyValueFields.kvlist_value:
      writeNested(number, Wire.readEnd(end), depth + 1);
      break;
    default:
      if (number != 0) {
        warnOf(Warning.stringIndex);
      }
      writeLiteral("null");
  }
  moveTo(end);
}

function writeNested(number: u32, end: usize, depth: u32): void {
  if (depth > VALUE_DEPTH_LIMIT) {
    warnOf(Warning.depth);
    writeLiteral("null");
  } else if (number == AnyValueFields.array_value) {
    writeArray(end, depth);
  } else {
    writeKvlist(end, depth);
  }
}

function writeArray(end: usize, depth: u32): void {
  const mark = Out.length();
  const values = fieldOf(Messages.arrayValue, ArrayValueFields.values);
  while (Wire.at < end) {
    const tag = Wire.readTag();
    if (tag >>> 3 != ArrayValueFields.values) {
      skip(tag, end);
    } else if ((tag & 7) != WireType.length) {
      failWireType(values, tag);
      return;
    } else {
      writeComma();
      writeAnyValue(Wire.readEnd(end), depth);
    }
  }
  finish(end);
  closeList(mark);
}

function writeKvlist(end: usize, depth: u32): void {
  const mark = Out.length();
  const values = fieldOf(Messages.keyValueList, KeyValueListFields.values);
  const count = writeKeyValues(values, end, depth);
  finish(end);
  closeObject(mark);
  // What was cut off does not stand at the mark any more.
  if (count == 1 && !Out.overflowed) {
    markLoneTypedKey(mark);
  }
}

/** Wraps the map written at `mark` where its one key would make it read as a typed value. */
function markLoneTypedKey(mark: u32): void {
  const length = Out.length() - mark;
  if (!startsTyped(Out.start + mark, length)) {
    return;
  }
  const kept = heap.alloc(length);
  memory.copy(kept, Out.start + mark, length);
  setLength(mark);
  writeLiteral('{"kvlist_value":');
  writeBytes(kept, length);
  writeByte(0x7d);
  heap.free(kept);
}

function startsTyped(at: usize, length: u32): bool {
  return (
    startsWith(at, length, '{"int_value":') ||
    startsWith(at, length, '{"double_value":') ||
    startsWith(at, length, '{"bytes_value":') ||
    startsWith(at, length, '{"kvlist_value":')
  );
}

function startsWith(at: usize, length: u32, text: string): bool {
  const count = text.length;
  if (length < <u32>count) {
    return false;
  }
  for (let index = 0; index < count; index += 1) {
    if (load<u8>(at + index) != load<u16>(changetype<usize>(text) + (index << 1))) {
      return false;
    }
  }
  return true;
}
