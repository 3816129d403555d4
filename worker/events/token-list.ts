/** The tokens of what is being written, until it is known which segment that lands in. */
import type { JsonWriter } from "./json-writer.ts";
import { KindNumber, TOKEN_KEYS, type TokenSets, hashToken } from "./tokens.ts";

/** Most events have two or three; see `FIRST_SLOTS` in tokens.ts. */
const FIRST_ENTRIES = 16;
/** An event or a head with more is "unknown" for the kinds that find no room: nobody sends that. */
const ENTRY_LIMIT = 1024;
/** Stands in place of a token: the kind is unknown. No token is 0. */
const FORGOTTEN = 0;

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
/** How `null` starts. */
const LOWER_N = 0x6e;
/** `,"` before a key and `":` after it. */
const KEY_FRAME_BYTES = 4;

interface TokenKey {
  readonly bytes: Uint8Array;
  readonly kind: number;
}

const encoder = new TextEncoder();
const NO_KEYS: readonly TokenKey[] = [];
/** By length. */
const keysByLength: TokenKey[][] = [];
for (const [key, kind] of TOKEN_KEYS) {
  const bytes = encoder.encode(key);
  (keysByLength[bytes.length] ??= []).push({ bytes, kind: KindNumber[kind] });
}
/** Bit set of the lengths that keys of {@link TOKEN_KEYS} have. */
const KEY_LENGTHS = Object.keys(keysByLength).reduce((bits, length) => bits | (1 << +length), 0);

/**
 * Whether a key of this many bytes or UTF-16 units may be one of {@link TOKEN_KEYS}: cheap, and no
 * for most keys. Lengths above 31 may get a yes in vain.
 */
export function mayBeTokenKey(length: number): boolean {
  return ((KEY_LENGTHS >>> length) & 1) !== 0;
}

/** The kind of a key given in UTF-8 (see `KindNumber`); -1 for all others. */
function kindOfKey(bytes: Uint8Array, start: number, end: number): number {
  for (const key of keysByLength[end - start] ?? NO_KEYS) {
    if (isAt(bytes, start, key.bytes)) {
      return key.kind;
    }
  }
  return -1;
}

function isAt(bytes: Uint8Array, start: number, key: Uint8Array): boolean {
  for (let index = 0; index < key.length; index += 1) {
    if (bytes[start + index] !== key[index]) {
      return false;
    }
  }
  return true;
}

/** Tokens in the order they were met, perhaps one several times. */
export class TokenList {
  #kinds = new Uint8Array(FIRST_ENTRIES);
  #tokens = new Int32Array(FIRST_ENTRIES);
  /** may be set back to an earlier value to take entries back */
  length = 0;
  /** bit set of the kinds for which there was no room; stays when entries are taken back */
  #overflowed = 0;

  /** Forgets everything. */
  clear(): void {
    this.length = 0;
    this.#overflowed = 0;
  }

  /** Adds a token (see `hashToken`, `traceToken`). */
  add(kind: number, token: number): void {
    const at = this.length;
    if (at === this.#tokens.length && !this.#grow()) {
      this.#overflowed |= 1 << kind;
      return;
    }
    this.#kinds[at] = kind;
    this.#tokens[at] = token;
    this.length = at + 1;
  }

  /** Says that a value was met that has no token. */
  forget(kind: number): void {
    this.add(kind, FORGOTTEN);
  }

  /**
   * Adds the value that an attribute was written with, if its key is one of `TOKEN_KEYS`.
   *
   * @param source holds the key from `keyStart` to `keyEnd`; {@link mayBeTokenKey} says it may count
   * @param out where the attribute stands, from `entryStart` to its end: `,"key":value`
   */
  addEntry(
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    out: JsonWriter,
    entryStart: number,
  ): void {
    const kind = kindOfKey(source, keyStart, keyEnd);
    if (kind >= 0) {
      this.addValue(kind, out, entryStart + keyEnd - keyStart + KEY_FRAME_BYTES);
    }
  }

  /** Adds the JSON value that stands in `out` from `start` to its end. */
  addValue(kind: number, out: JsonWriter, start: number): void {
    const end = out.length;
    if (out.overflowed || start >= end) {
      // The line is too long to be stored, and was cut off.
      return;
    }
    const first = out.bytes[start];
    if (first === QUOTE) {
      this.addText(kind, out, start + 1, end - 1);
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET || first === LOWER_N) {
      this.forget(kind);
    } else {
      this.addText(kind, out, start, end);
    }
  }

  /** Adds the text between `start` and `end` in `out`: a string without quotes, a number, a bool. */
  addText(kind: number, out: JsonWriter, start: number, end: number): void {
    if (!out.overflowed) {
      this.add(kind, hashToken(kind, out, start, end));
    }
  }

  /** Puts the tokens into those of a segment. */
  addTo(sets: TokenSets): void {
    for (let index = 0; index < this.length; index += 1) {
      const kind = this.#kinds[index] ?? 0;
      const token = this.#tokens[index] ?? FORGOTTEN;
      if (token === FORGOTTEN) {
        sets.forgetNumbered(kind);
      } else {
        sets.addNumbered(kind, token);
      }
    }
    if (this.#overflowed !== 0) {
      sets.forgetAll(this.#overflowed);
    }
  }

  #grow(): boolean {
    const size = this.#tokens.length * 2;
    if (size > ENTRY_LIMIT) {
      return false;
    }
    const kinds = new Uint8Array(size);
    const tokens = new Int32Array(size);
    kinds.set(this.#kinds);
    tokens.set(this.#tokens);
    this.#kinds = kinds;
    this.#tokens = tokens;
    return true;
  }
}
