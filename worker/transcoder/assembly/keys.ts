/**
 * The keys of a KeyValue list. They must be unique; where they are not, the last one wins
 * (docs/event-schema.md).
 *
 * Each list's keys go into a small table of hashes while the list is written. It only says "this key
 * may have been here before", which is rare; the list is then written again with a
 * {@link findReplaced}, which knows exactly. The usual list costs one pass and no allocation.
 */
import { KeyValueFields } from "./fields";
import { Field, Messages, fieldOf } from "./schema";
import { Problem, Wire, WireType, fail, failWireType, finish, moveTo, skip } from "./wire";

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** A hash of all bytes of a text; never 0. Loads go beyond short texts, into padding. */
export function hashText(from: usize, to: usize): u64 {
  const length = to - from;
  let hash = <u64>length * MULTIPLIER;
  if (length < 8) {
    const bytes = load<u64>(from) & (((<u64>1) << (length << 3)) - 1);
    hash = (hash ^ bytes) * MULTIPLIER;
  } else {
    for (let at = from; at + 8 < to; at += 8) {
      hash = rotl((hash ^ load<u64>(at)) * MULTIPLIER, 29);
    }
    // The last word overlaps the one before it, unless the length is a multiple of eight.
    hash = (hash ^ load<u64>(to - 8)) * MULTIPLIER;
  }
  return (hash ^ (hash >> 32)) | 1;
}

/** Slots of a table; a power of two. */
const SLOT_COUNT: u32 = 256;
/**
 * Beyond this many keys, the limit of every SDK, the table is "full": collisions would cost more than
 * the exact way.
 */
const KEY_LIMIT: u32 = 128;

/** The keys of one list. */
@unmanaged
export class KeyTable {
  list: u32;
  count: u32;
}

/** A hash, and the list that last used the slot, so that a table need not be cleared. */
@unmanaged
class KeySlot {
  hash: u64;
  list: u32;
}

const SLOT_BYTES: u32 = 16;
const TABLE_BYTES: u32 = 8 + SLOT_COUNT * SLOT_BYTES;

/** Makes an empty table. */
export function makeKeyTable(): KeyTable {
  const at = heap.alloc(TABLE_BYTES);
  memory.fill(at, 0, TABLE_BYTES);
  return changetype<KeyTable>(at);
}

/** Starts a new list. */
export function beginKeys(keys: KeyTable): void {
  keys.list += 1;
  keys.count = 0;
}

/** Adds a key by its hash; false when it may have been there before: it was, or the table is full. */
export function addKey(keys: KeyTable, hash: u64): bool {
  const first = changetype<usize>(keys) + 8;
  const list = keys.list;
  let index = <u32>(hash >> 56);
  while (true) {
    const slot = changetype<KeySlot>(first + index * SLOT_BYTES);
    if (slot.list != list) {
      slot.list = list;
      slot.hash = hash;
      keys.count += 1;
      return keys.count <= KEY_LIMIT;
    }
    if (slot.hash == hash) {
      return false;
    }
    index = (index + 1) & (SLOT_COUNT - 1);
  }
}

const KEY_TAG: u32 = KeyValueFields.key * 8 + WireType.length;
const VALUE_TAG: u32 = KeyValueFields.value * 8 + WireType.length;
/** Of tag, length, tag, length: the bits that must be as expected where lengths take one byte. */
const SHORT_LENGTHS_MASK: u32 = 0x80ff80ff;

/** Where the parts of the KeyValue found last stand; 0 where a part is absent. */
export class Entry {
  static keyStart: usize = 0;
  static keyEnd: usize = 0;
  static valueStart: usize = 0;
  static valueEnd: usize = 0;
  static hasStringIndex: bool = false;
}

/**
 * Finds the parts of what nearly every entry is: tag, key and value, less than 128 bytes, so that
 * each tag and length takes one byte.
 *
 * @returns false when it is something else; nothing was read then
 */
export function locateShortEntry(number: u32, end: usize): bool {
  const at = Wire.at;
  // Four bytes at once: tag of the entry, its length, tag of the key, its length.
  const head = load<u32>(at);
  const keyStart = at + 4;
  const keyEnd = keyStart + (head >> 24);
  const entryEnd = at + 2 + ((head >> 8) & 0x7f);
  if (
    (head & SHORT_LENGTHS_MASK) != ((number << 3) | WireType.length | (KEY_TAG << 16)) ||
    entryEnd > end ||
    keyEnd + 2 > entryEnd ||
    load<u8>(keyEnd) != VALUE_TAG ||
    keyEnd + 2 + load<u8>(keyEnd, 1) != entryEnd
  ) {
    return false;
  }
  Entry.keyStart = keyStart;
  Entry.keyEnd = keyEnd;
  Entry.valueStart = keyEnd + 2;
  Entry.valueEnd = entryEnd;
  Entry.hasStringIndex = false;
  Wire.at = entryEnd;
  return true;
}

/** Finds key and value of the KeyValue between the position and `end`. */
export function locateEntry(end: usize): void {
  Entry.keyStart = 0;
  Entry.keyEnd = 0;
  Entry.valueStart = 0;
  Entry.valueEnd = 0;
  Entry.hasStringIndex = false;
  while (Wire.at < end) {
    const tag = Wire.readTag();
    const number = tag >>> 3;
    if (number == KeyValueFields.key || number == KeyValueFields.value) {
      if ((tag & 7) != WireType.length) {
        failWireType(fieldOf(Messages.keyValue, number), tag);
        return;
      }
      const stop = Wire.readEnd(end);
      if (number == KeyValueFields.key) {
        Entry.keyStart = Wire.at;
        Entry.keyEnd = stop;
      } else if (Entry.valueStart == 0 || hasMember(stop)) {
        // A repeated value merges; its members are one oneof, so the last that has one wins.
        Entry.valueStart = Wire.at;
        Entry.valueEnd = stop;
      }
      moveTo(stop);
    } else {
      Entry.hasStringIndex = Entry.hasStringIndex || number == KeyValueFields.key_strindex;
      skip(tag, end);
    }
  }
  finish(end);
}

/** Whether the AnyValue between the position and `end` has a value; comes back. */
function hasMember(end: usize): bool {
  const start = Wire.at;
  let found = false;
  while (Wire.at < end && !found) {
    const tag = Wire.readTag();
    found = changetype<usize>(fieldOf(Messages.anyValue, tag >>> 3)) != 0;
    skip(tag, end);
  }
  finish(end);
  moveTo(start);
  return found;
}

/** Which entries of a list a later one replaces: a byte for each. */
@unmanaged
export class Replaced {}

/** Whether an entry is replaced. */
export function isReplaced(replaced: Replaced, index: u32): bool {
  return load<u8>(changetype<usize>(replaced) + index) != 0;
}

/** A key met, and the last entry that had it. */
@unmanaged
class KnownKey {
  /** 0: nothing here */
  hash: u32;
  start: usize;
  end: usize;
  index: u32;
}

/** Looks that finding a key takes, on average: more only where keys were made to collide. */
const LOOKS_PER_KEY: u32 = 64;
/** A table for more would take more than 32 MiB: entries of two bytes are hostile. */
const ENTRY_LIMIT: u32 = 1024 * 1024;

/**
 * Looks at every entry in a run of KeyValues and comes back to its start.
 *
 * @param isMap the run is a whole message: other fields in it are skipped, none ends it
 * @returns what must be freed; null when the list does not parse
 */
export function findReplaced(field: Field, end: usize, isMap: bool): Replaced {
  const start = Wire.at;
  const count = countEntries(field, end, isMap);
  if (count > ENTRY_LIMIT) {
    fail(Problem.tooManyEntries);
  }
  moveTo(start);
  if (Wire.problem != Problem.none) {
    return changetype<Replaced>(0);
  }
  const replaced = heap.alloc(count);
  memory.fill(replaced, 0, count);
  // Open addressing, at most half full.
  let slotCount: u32 = 16;
  while (slotCount < count * 2) {
    slotCount *= 2;
  }
  const slots = heap.alloc(slotCount * offsetof<KnownKey>());
  memory.fill(slots, 0, slotCount * offsetof<KnownKey>());
  let looks = (count + 16) * LOOKS_PER_KEY;
  for (let index: u32 = 0; index < count && looks > 0; index += 1) {
    const stop = nextEntry(field, end, isMap);
    locateEntry(stop);
    const hash = <u32>hashText(Entry.keyStart, Entry.keyEnd) | 1;
    let slot = (hash >> 1) & (slotCount - 1);
    let known = changetype<KnownKey>(slots + slot * offsetof<KnownKey>());
    while (known.hash != 0 && !isSameKey(known, hash) && looks > 0) {
      looks -= 1;
      slot = (slot + 1) & (slotCount - 1);
      known = changetype<KnownKey>(slots + slot * offsetof<KnownKey>());
    }
    if (known.hash != 0) {
      store<u8>(replaced + known.index, 1);
    }
    known.hash = hash;
    known.start = Entry.keyStart;
    known.end = Entry.keyEnd;
    known.index = index;
    moveTo(stop);
  }
  heap.free(slots);
  if (looks == 0) {
    fail(Problem.collidingKeys);
  }
  moveTo(start);
  return changetype<Replaced>(replaced);
}

/** Whether the entry located last has a known key. */
function isSameKey(known: KnownKey, hash: u32): bool {
  const length = known.end - known.start;
  return (
    known.hash == hash &&
    length == Entry.keyEnd - Entry.keyStart &&
    memory.compare(known.start, Entry.keyStart, length) == 0
  );
}

/** How many entries there are in a run. */
function countEntries(field: Field, end: usize, isMap: bool): u32 {
  let count: u32 = 0;
  for (let stop = nextEntry(field, end, isMap); stop != 0; stop = nextEntry(field, end, isMap)) {
    Wire.at = stop;
    count += 1;
  }
  return count;
}

/**
 * Goes to the content of the next entry of a run.
 *
 * @param isMap other fields are skipped; else reading stays before them, and they end the run
 * @returns where the entry ends; 0 when there is none
 */
export function nextEntry(field: Field, end: usize, isMap: bool): usize {
  while (Wire.at < end) {
    const before = Wire.at;
    const tag = Wire.readTag();
    if (tag >>> 3 == field.number) {
      if ((tag & 7) == WireType.length) {
        return Wire.readEnd(end);
      }
      failWireType(field, tag);
    } else if (isMap) {
      skip(tag, end);
    } else {
      moveTo(before);
      return 0;
    }
  }
  return 0;
}

/** Whether a key of a map may be there twice; comes back. */
export function mayRepeat(keys: KeyTable, field: Field, end: usize): bool {
  const start = Wire.at;
  let isNew = true;
  beginKeys(keys);
  while (isNew && Wire.at < end) {
    if (!locateShortEntry(field.number, end)) {
      const stop = nextEntry(field, end, true);
      if (stop == 0) {
        break;
      }
      locateEntry(stop);
    }
    isNew = addKey(keys, hashText(Entry.keyStart, Entry.keyEnd));
  }
  moveTo(start);
  return !isNew;
}
