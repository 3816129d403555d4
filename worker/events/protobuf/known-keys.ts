/**
 * The orders in which the keys of attribute lists came before. The items of one kind carry the same
 * keys in the same order, so most lists follow one of a few paths:
 *
 *     llm.provider → llm.model → duration_ms
 *     tool.name → tool.arg.path → duration_ms
 *
 * A list that follows a path needs no look at whether a key repeats, has escapes or is looked up by:
 * all of that was found out when the path was laid. Its keys are compared by words and written from
 * prepared text.
 */
import { CHUNK_BYTES, type Literal, literal } from "../../core/bytes.ts";
import type { WireReader } from "../../otlp/protobuf/reader.ts";
import { kindOfKey, mayBeTokenKey } from "../token-keys.ts";
import { isPlainText } from "../utf8.ts";
import { KEY_TAG, VALUE_TAG } from "./key-values.ts";

/** Lists that are let pass first: a path costs about what a hundred lists save that follow it. */
const LISTS_BEFORE = 64;
/** Lists that paths are laid for, at most: keys made up for each item are not worth it. */
const LISTS_LEARNT = 64;
const KEY_LIMIT = 256;
const FOLLOWER_LIMIT = 8;
const WORD_BYTES = 4;
/** `,"` before a key and `":` behind it. */
const KEY_FRAME_BYTES = 4;
/** The tag of a key and its length before it, the tag of the value behind it: compared with it. */
const BYTES_BEFORE = 2;
const BYTES_AROUND = BYTES_BEFORE + 1;
/** With what is around it a key fills one word at least. */
const MIN_LENGTH = WORD_BYTES - BYTES_AROUND;
/** What V8 keeps in its heap, where making an array costs little. */
const ARRAY_LIMIT_BYTES = 64;
const MAX_LENGTH = ARRAY_LIMIT_BYTES - KEY_FRAME_BYTES;
/** Tag and length of an entry, tag and length of its key. */
const FRAME_BYTES = 4;
const ONE_BYTE_LIMIT = 0x80;
const COMMA = 0x2c;
const QUOTE = 0x22;
const COLON = 0x3a;

/** Where bytes become chunks. */
const scratchChunks = new Float64Array(ARRAY_LIMIT_BYTES / CHUNK_BYTES);
const scratchBytes = new Uint8Array(scratchChunks.buffer);

/** What there is to know of a key. */
interface KeyTexts {
  readonly words: Int32Array;
  readonly member: Literal;
  readonly tokenKind: number;
}

const NO_TEXTS: KeyTexts = { words: new Int32Array(0), member: literal(""), tokenKind: -1 };

/** A key that came after certain others. */
export class KnownKey {
  /** the key before it; the start of all paths has none */
  readonly parent: KnownKey | undefined;
  /** `,"key":` */
  readonly member: Literal;
  /** the kind of values that are looked up under it, see `KindNumber`; -1: none */
  readonly tokenKind: number;
  /** in bytes */
  readonly length: number;
  /** where the key stood in the list that came by last */
  at = 0;
  /** tag, length, key and the tag of its value; the last word overlaps the one before it */
  readonly #words: Int32Array;
  #first: KnownKey | undefined;
  #sibling: KnownKey | undefined;

  constructor(parent: KnownKey | undefined, length: number, known: KeyTexts) {
    this.parent = parent;
    this.length = length;
    this.#words = known.words;
    this.member = known.member;
    this.tokenKind = known.tokenKind;
  }

  /** The known key that comes next, if it stands between `start` and `end`, a value behind it. */
  follower(view: DataView, start: number, end: number): KnownKey | undefined {
    const length = end - start;
    let key = this.#first;
    while (key !== undefined && !(key.length === length && key.#standsAt(view, start))) {
      key = key.#sibling;
    }
    return key;
  }

  #standsAt(view: DataView, start: number): boolean {
    const words = this.#words;
    const last = words.length - 1;
    let at = start - BYTES_BEFORE;
    for (let index = 0; index < last; index += 1) {
      if (view.getInt32(at, true) !== words[index]) {
        return false;
      }
      at += WORD_BYTES;
    }
    return view.getInt32(start + this.length + 1 - WORD_BYTES, true) === words[last];
  }

  /** Forgets what comes next. */
  dropFollowers(): void {
    this.#first = undefined;
  }

  /** Adds a key that may come next; false when there are too many. */
  addFollower(follower: KnownKey): boolean {
    let count = 1;
    for (let key = this.#first; key !== undefined; key = key.#sibling) {
      count += 1;
    }
    follower.#sibling = this.#first;
    this.#first = follower;
    return count <= FOLLOWER_LIMIT;
  }
}

/** The paths of the lists of one request. One instance stays with one request. */
export class KnownKeys {
  /** what comes before the first key of a list */
  readonly start: KnownKey = new KnownKey(undefined, 0, NO_TEXTS);
  #lists = 0;
  #count = 0;

  /**
   * Lays the path of a list, as far as its entries are a short key, a short value and nothing else.
   * No key may be in the list twice.
   *
   * @param listTag the tag of each entry
   * @param start where the list starts, with the tag of its first entry
   */
  learn({ bytes, view }: WireReader, listTag: number, start: number, end: number): void {
    this.#lists += 1;
    if (this.#lists <= LISTS_BEFORE || this.#lists > LISTS_BEFORE + LISTS_LEARNT) {
      return;
    }
    let known: KnownKey | undefined = this.start;
    for (let position = start; known !== undefined && position + FRAME_BYTES < end;) {
      const entryEnd = position + 2 + (bytes[position + 1] ?? 0);
      const keyStart = position + FRAME_BYTES;
      const keyEnd = keyStart + (bytes[keyStart - 1] ?? 0);
      if (
        bytes[position] !== listTag ||
        (bytes[position + 1] ?? 0) >= ONE_BYTE_LIMIT ||
        bytes[position + 2] !== KEY_TAG ||
        (bytes[position + 3] ?? 0) >= ONE_BYTE_LIMIT ||
        entryEnd > end ||
        bytes[keyEnd] !== VALUE_TAG ||
        keyEnd + 2 + (bytes[keyEnd + 1] ?? 0) !== entryEnd ||
        (bytes[keyEnd + 1] ?? 0) >= ONE_BYTE_LIMIT
      ) {
        return;
      }
      known =
        known.follower(view, keyStart, keyEnd) ??
        this.#make(known, { bytes, view }, keyStart, keyEnd);
      position = entryEnd;
    }
  }

  /** Forgets all keys. */
  release(): void {
    this.start.dropFollowers();
  }

  #make(
    parent: KnownKey,
    source: Pick<WireReader, "bytes" | "view">,
    start: number,
    end: number,
  ): KnownKey | undefined {
    const length = end - start;
    if (
      length < MIN_LENGTH ||
      length > MAX_LENGTH ||
      this.#count >= KEY_LIMIT ||
      !isPlainText(source, start, end)
    ) {
      return undefined;
    }
    const { bytes, view } = source;
    const isTokenKey = mayBeTokenKey(bytes[start] ?? 0, length);
    const made = new KnownKey(parent, length, {
      words: wordsAround(view, start, length),
      member: memberOf(bytes, start, length),
      tokenKind: isTokenKey ? kindOfKey(source, start, end) : -1,
    });
    this.#count += 1;
    return parent.addFollower(made) ? made : undefined;
  }
}

function wordsAround(view: DataView, start: number, length: number): Int32Array {
  const words = new Int32Array(Math.ceil((length + BYTES_AROUND) / WORD_BYTES));
  const last = words.length - 1;
  for (let index = 0; index < last; index += 1) {
    words[index] = view.getInt32(start - BYTES_BEFORE + index * WORD_BYTES, true);
  }
  words[last] = view.getInt32(start + length + 1 - WORD_BYTES, true);
  return words;
}

/** `,"key":` */
function memberOf(bytes: Uint8Array, start: number, length: number): Literal {
  scratchBytes[0] = COMMA;
  scratchBytes[1] = QUOTE;
  for (let index = 0; index < length; index += 1) {
    scratchBytes[index + 2] = bytes[start + index] ?? 0;
  }
  scratchBytes[length + 2] = QUOTE;
  scratchBytes[length + 3] = COLON;
  const chunks = new Float64Array(Math.ceil((length + KEY_FRAME_BYTES) / CHUNK_BYTES));
  for (let index = 0; index < chunks.length; index += 1) {
    chunks[index] = scratchChunks[index] ?? 0;
  }
  return { chunks, length: length + KEY_FRAME_BYTES };
}
