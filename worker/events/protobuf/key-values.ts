/**
 * KeyValue lists in protobuf: where key and value of an entry stand, and which entries count.
 *
 * Keys must be unique; where they are not, the last one wins (docs/event-schema.md). Each list's
 * keys go into a small hash table while the list is written. That table only says "this key was
 * here before", which is rare; the list is then started again with {@link findReplaced}, which
 * knows the entries to leave out. The usual list costs one pass and no allocation.
 */
import type { WireReader } from "../../otlp/protobuf/reader.ts";
import { type MessageSchema, WireType, fieldNamed, messageSchema } from "../../otlp/schema.ts";

const ANY_VALUE: MessageSchema = messageSchema("AnyValue");
const KEY_VALUE: MessageSchema = messageSchema("KeyValue");
const KEY = fieldNamed(KEY_VALUE, "key").number;
const VALUE = fieldNamed(KEY_VALUE, "value").number;
const KEY_STRINDEX = fieldNamed(KEY_VALUE, "key_strindex").number;
/** The tag of a KeyValue's key. */
export const KEY_TAG: number = KEY * 8 + WireType.length;
/** The tag of a KeyValue's value. */
export const VALUE_TAG: number = VALUE * 8 + WireType.length;
/** The number of the field of KeyValueList that holds its entries. */
export const KVLIST_VALUES: number = fieldNamed(messageSchema("KeyValueList"), "values").number;

/** A byte order mark is a part of the key: without it two keys may look the same. */
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Where the parts of the KeyValue found last stand; -1 where a part is absent. */
export class KeyValueLocator {
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  hasStringIndex = false;

  /** Finds key and value of the KeyValue between the reader's position and `end`. */
  locate(reader: WireReader, end: number): void {
    const { bytes, position } = reader;
    this.hasStringIndex = false;
    // What every SDK sends: a key below 128 bytes, a value below 16 KiB, nothing else.
    if (position + 1 < end && bytes[position] === KEY_TAG) {
      const keyStart = position + 2;
      const keyEnd = keyStart + (bytes[position + 1] ?? 0);
      if (keyEnd < keyStart + 0x80 && keyEnd + 1 < end && bytes[keyEnd] === VALUE_TAG) {
        const first = bytes[keyEnd + 1] ?? 0;
        const second = bytes[keyEnd + 2] ?? 0;
        const isShort = first < 0x80;
        const valueStart = keyEnd + (isShort ? 2 : 3);
        const length = isShort ? first : (first & 0x7f) | (second << 7);
        if (second < 0x80 || isShort) {
          if (valueStart + length === end) {
            this.keyStart = keyStart;
            this.keyEnd = keyEnd;
            this.valueStart = valueStart;
            this.valueEnd = end;
            reader.position = end;
            return;
          }
        }
      }
    }
    this.#locateAny(reader, end);
  }

  #locateAny(reader: WireReader, end: number): void {
    this.keyStart = -1;
    this.keyEnd = -1;
    this.valueStart = -1;
    this.valueEnd = -1;
    while (reader.position < end) {
      const tag = reader.readTag();
      const number = tag >>> 3;
      if (number === KEY || number === VALUE) {
        if ((tag & 7) !== WireType.length) {
          reader.fail(`field ${number} of KeyValue has wire type ${tag & 7}`);
          return;
        }
        const stop = reader.readEnd(end);
        if (number === KEY) {
          this.keyStart = reader.position;
          this.keyEnd = stop;
        } else if (this.valueStart < 0 || hasMember(reader, stop)) {
          // A repeated value merges; its members are one oneof, so the last that has one wins.
          this.valueStart = reader.position;
          this.valueEnd = stop;
        }
        reader.moveTo(stop);
      } else {
        this.hasStringIndex ||= number === KEY_STRINDEX;
        reader.skip(tag, end);
      }
    }
    reader.finish(end);
  }

  /** The key found last, as text; an absent key is the empty one. */
  keyText(reader: WireReader): string {
    return this.keyStart < 0
      ? ""
      : decoder.decode(reader.bytes.subarray(this.keyStart, this.keyEnd));
  }
}

/**
 * Lists every entry in a run of KeyValues and comes back to its start.
 *
 * @returns the indexes of entries that a later entry with the same key replaces
 */
export function findReplaced(reader: WireReader, number: number, end: number): ReadonlySet<number> {
  const first = reader.position;
  const locator = new KeyValueLocator();
  const lastIndex = new Map<string, number>();
  const replaced = new Set<number>();
  for (let index = 0; reader.position < end; index += 1) {
    const tag = reader.readTag();
    if (tag >>> 3 !== number || (tag & 7) !== WireType.length) {
      break;
    }
    locator.locate(reader, reader.readEnd(end));
    const key = locator.keyText(reader);
    const earlier = lastIndex.get(key);
    if (earlier !== undefined) {
      replaced.add(earlier);
    }
    lastIndex.set(key, index);
  }
  reader.moveTo(first);
  return replaced;
}

/** Slots of a key table; a power of two. More costs memory for each nesting depth met. */
const SLOT_COUNT = 256;
/**
 * Beyond this many keys, the limit of every SDK, the table is "full": collisions would cost more
 * than the exact way.
 */
const KEY_LIMIT = 128;

/** The keys of one list: tells when a key comes a second time. One table serves one depth. */
export class KeyTable {
  /** which list last used a slot, so that a table need not be cleared */
  readonly #owner = new Int32Array(SLOT_COUNT);
  readonly #start = new Int32Array(SLOT_COUNT);
  readonly #length = new Int32Array(SLOT_COUNT);
  #list = 0;
  #count = 0;

  /** Starts a new list. */
  begin(): void {
    this.#list += 1;
    this.#count = 0;
  }

  /** Adds a key; false when it may have been there before: it was, or the table is full. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    let slot = hash(bytes, start, end) & (SLOT_COUNT - 1);
    while (this.#owner[slot] === this.#list) {
      if (
        this.#length[slot] === length &&
        sameBytes(bytes, this.#start[slot] ?? 0, start, length)
      ) {
        return false;
      }
      slot = (slot + 1) & (SLOT_COUNT - 1);
    }
    this.#owner[slot] = this.#list;
    this.#start[slot] = start;
    this.#length[slot] = length;
    this.#count += 1;
    return this.#count <= KEY_LIMIT;
  }
}

function sameBytes(bytes: Uint8Array, left: number, right: number, length: number): boolean {
  for (let offset = 0; offset < length; offset += 1) {
    if (bytes[left + offset] !== bytes[right + offset]) {
      return false;
    }
  }
  return true;
}

/** Whether the AnyValue between the reader's position and `end` has a value; comes back. */
function hasMember(reader: WireReader, end: number): boolean {
  const start = reader.position;
  let found = false;
  while (reader.position < end && !found) {
    const tag = reader.readTag();
    found = ANY_VALUE.byNumber[tag >>> 3] !== undefined;
    reader.skip(tag, end);
  }
  reader.finish(end);
  reader.moveTo(start);
  return found;
}

/** A few of the key's bytes, mixed: keys of one list rarely agree in length and in all of them. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 2) {
    return length === 1 ? (bytes[start] ?? 0) : 0;
  }
  let mixed = length;
  mixed = Math.imul(mixed, 31) + (bytes[start] ?? 0);
  mixed = Math.imul(mixed, 31) + (bytes[start + (length >> 1)] ?? 0);
  mixed = Math.imul(mixed, 31) + (bytes[end - 2] ?? 0);
  mixed = Math.imul(mixed, 31) + (bytes[end - 1] ?? 0);
  return mixed ^ (mixed >>> 9);
}
