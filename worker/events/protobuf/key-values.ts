import type { WireReader } from "../../otlp/protobuf/reader.ts";
/**
 * KeyValue lists in protobuf: finds duplicate keys before anything is written.
 *
 * Keys must be unique; where they are not, the last one wins (docs/event-schema.md). A first pass
 * over the list notes each key's place in a table of stamps. A place met twice may be a duplicate
 * or a chance; only then the keys are compared for real. The usual list costs no allocation.
 */
import { type MessageSchema, WireType, fieldNamed, messageSchema } from "../../otlp/schema.ts";

const KEY_VALUE: MessageSchema = messageSchema("KeyValue");
const KEY = fieldNamed(KEY_VALUE, "key").number;
const VALUE = fieldNamed(KEY_VALUE, "value").number;
const KEY_STRINDEX = fieldNamed(KEY_VALUE, "key_strindex").number;
const NOTHING: ReadonlySet<number> = new Set();

/** Stamps per nesting depth. More lowers the chance of a needless comparison; costs 4 bytes each. */
const STAMP_COUNT = 1024;

/** Where the parts of the KeyValue found last stand; -1 where a part is absent. */
export class KeyValueScanner {
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  hasStringIndex = false;
  /** how many entries the list scanned last has */
  count = 0;
  readonly #stamps: Int32Array[] = [];
  #list = 0;

  /** Finds key and value of the KeyValue between the reader's position and `end`. */
  locate(reader: WireReader, end: number): void {
    this.keyStart = -1;
    this.keyEnd = -1;
    this.valueStart = -1;
    this.valueEnd = -1;
    this.hasStringIndex = false;
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
        } else if (this.valueStart < 0 || stop > reader.position) {
          // A repeated value merges; its members are one oneof, so the last non-empty one wins.
          this.valueStart = reader.position;
          this.valueEnd = stop;
        }
        reader.position = stop;
      } else {
        this.hasStringIndex ||= number === KEY_STRINDEX;
        reader.skip(tag, end);
      }
    }
    reader.finish(end);
  }

  /**
   * Scans a list of KeyValues in field `number`, from the position of its first tag, and comes
   * back to that position.
   *
   * @returns the indexes of entries that a later entry with the same key replaces; usually none
   */
  findReplaced(
    reader: WireReader,
    number: number,
    end: number,
    depth: number,
  ): ReadonlySet<number> {
    const first = reader.position;
    const stamps = this.#stampsAt(depth);
    this.#list += 1;
    const list = this.#list;
    let suspicious = false;
    let count = 0;
    while (reader.position < end) {
      const before = reader.position;
      const tag = reader.readTag();
      if (tag >>> 3 !== number) {
        reader.moveTo(before);
        break;
      }
      if ((tag & 7) !== WireType.length) {
        reader.fail(`field ${number}, a list of KeyValue, has wire type ${tag & 7}`);
        break;
      }
      const stop = reader.readEnd(end);
      this.locate(reader, stop);
      const slot = hash(reader.bytes, this.keyStart, this.keyEnd) & (STAMP_COUNT - 1);
      suspicious ||= stamps[slot] === list;
      stamps[slot] = list;
      count += 1;
    }
    if (reader.problem !== undefined) {
      this.count = 0;
      return NOTHING;
    }
    reader.position = first;
    this.count = count;
    return suspicious ? this.#compare(reader, end, count) : NOTHING;
  }

  #compare(reader: WireReader, end: number, count: number): ReadonlySet<number> {
    const first = reader.position;
    const lastIndex = new Map<string, number>();
    const replaced = new Set<number>();
    for (let index = 0; index < count; index += 1) {
      reader.readTag();
      this.locate(reader, reader.readEnd(end));
      const key = this.keyText(reader);
      const earlier = lastIndex.get(key);
      if (earlier !== undefined) {
        replaced.add(earlier);
      }
      lastIndex.set(key, index);
    }
    reader.position = first;
    return replaced;
  }

  /** The key found last, as text; an absent key is the empty one. */
  keyText(reader: WireReader): string {
    return this.keyStart < 0
      ? ""
      : decoder.decode(reader.bytes.subarray(this.keyStart, this.keyEnd));
  }

  #stampsAt(depth: number): Int32Array {
    const known = this.#stamps[depth];
    if (known !== undefined) {
      return known;
    }
    const made = new Int32Array(STAMP_COUNT);
    this.#stamps[depth] = made;
    return made;
  }
}

const decoder = new TextDecoder();

/** A few of the key's bytes, mixed: keys of one list rarely agree in length and in all of them. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length <= 0) {
    return 0;
  }
  let mixed = length;
  mixed = Math.imul(mixed, 31) + (bytes[start] ?? 0);
  mixed = Math.imul(mixed, 31) + (bytes[start + (length >> 2)] ?? 0);
  mixed = Math.imul(mixed, 31) + (bytes[start + (length >> 1)] ?? 0);
  mixed = Math.imul(mixed, 31) + (bytes[end - 2] ?? 0);
  mixed = Math.imul(mixed, 31) + (bytes[end - 1] ?? 0);
  return mixed ^ (mixed >>> 10);
}

/** The number of the field of KeyValueList that holds its entries. */
export const KVLIST_VALUES = fieldNamed(messageSchema("KeyValueList"), "values").number;
