/** Recognises the keys of {@link TOKEN_KEYS} in UTF-8. Hot path: asked of every attribute. */
import { type ByteSource, byteSource } from "../core/bytes.ts";
import { KindNumber, TOKEN_KEYS } from "./tokens.ts";

const WORD_BYTES = 4;
/** Two words from the start and two from the end cover a key of 8 to 16 bytes. */
const KEY_WORDS = 4;
const MIN_LENGTH = 2 * WORD_BYTES;
const MAX_LENGTH = KEY_WORDS * WORD_BYTES;
/** A power of two, several times the number of keys: so most texts meet an empty slot. */
const SLOT_COUNT = 64;
const SLOT_SHIFT = 26;
const LETTERS = 256;
const MIX = 0x9e3779b1 | 0;
const encoder = new TextEncoder();

/** the words of the key in each slot */
const words = new Int32Array(SLOT_COUNT * KEY_WORDS);
/** 0 stands for an empty slot */
const lengths = new Uint8Array(SLOT_COUNT);
const kinds = new Uint8Array(SLOT_COUNT);
/** bit set of the lengths of the keys that start with a letter */
const lengthsByLetter = new Int32Array(LETTERS);
for (const [key, kind] of TOKEN_KEYS) {
  const source = byteSource(encoder.encode(key));
  addKey(source, KindNumber[kind]);
}

/** Bit set of all of them: asked first, for it needs no memory. */
const KEY_LENGTHS = lengthsByLetter.reduce((all, bits) => all | bits, 0);

function addKey({ bytes, view }: ByteSource, kind: number): void {
  const { length } = bytes;
  if (length < MIN_LENGTH || length > MAX_LENGTH) {
    throw new Error(`Cannot recognise a key of ${length} bytes: it must have 8 to 16`);
  }
  let slot = firstSlot(view, 0, length);
  while (lengths[slot] !== 0) {
    slot = (slot + 1) & (SLOT_COUNT - 1);
  }
  lengths[slot] = length;
  kinds[slot] = kind;
  words.set(
    [0, WORD_BYTES, length - 2 * WORD_BYTES, length - WORD_BYTES].map((at) =>
      view.getInt32(at, true),
    ),
    slot * KEY_WORDS,
  );
  const letter = bytes[0] ?? 0;
  lengthsByLetter[letter] = (lengthsByLetter[letter] ?? 0) | (1 << length);
}

function firstSlot(view: DataView, start: number, end: number): number {
  const mixed = view.getInt32(start, true) ^ Math.imul(view.getInt32(end - WORD_BYTES, true), MIX);
  return Math.imul(mixed, MIX) >>> SLOT_SHIFT;
}

/**
 * Whether a key may be one of {@link TOKEN_KEYS}: cheap, and no for most keys.
 *
 * @param letter its first byte or UTF-16 unit
 * @param length of the key, in bytes or units; above 31 a yes may mean nothing
 */
export function mayBeTokenKey(letter: number, length: number): boolean {
  return (
    ((KEY_LENGTHS >>> length) & 1) !== 0 && (((lengthsByLetter[letter] ?? 0) >>> length) & 1) !== 0
  );
}

/**
 * The kind of values (see `KindNumber`) that a key has.
 *
 * @param source holds the key from `start` to `end`; {@link mayBeTokenKey} said yes
 * @returns -1 for a key that is not one of {@link TOKEN_KEYS}
 */
export function kindOfKey({ view }: ByteSource, start: number, end: number): number {
  const length = end - start;
  if (length > MAX_LENGTH) {
    return -1;
  }
  for (let slot = firstSlot(view, start, end); lengths[slot] !== 0;) {
    const at = slot * KEY_WORDS;
    if (
      lengths[slot] === length &&
      words[at] === view.getInt32(start, true) &&
      words[at + 1] === view.getInt32(start + WORD_BYTES, true) &&
      words[at + 2] === view.getInt32(end - 2 * WORD_BYTES, true) &&
      words[at + 3] === view.getInt32(end - WORD_BYTES, true)
    ) {
      return kinds[slot] ?? -1;
    }
    slot = (slot + 1) & (SLOT_COUNT - 1);
  }
  return -1;
}
