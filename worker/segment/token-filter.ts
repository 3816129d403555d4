/**
 * A set of tokens in a few hundred characters: sorted, reduced to their highest bits until they
 * fit, and written as Rice-coded gaps (a Golomb-coded set, https://giovanni.bajo.it/post/47119962313).
 * While all 32 bits fit the set is exact; each bit less doubles the chance that a value seems to be
 * there though it is not. A value that is there is always found.
 *
 *     {kinds}.{count}.{dropped bits}.{rice bits}.{gaps}      numbers in base 36, gaps in base64
 *     adfg.1f.4.k.q8Zk…
 *
 * `kinds` has a letter for each kind of token that is in the set completely: `a` is the first of
 * TOKEN_KINDS. Of other kinds nothing is known.
 */
import { TOKEN_KINDS, type TokenKind, type Tokens } from "../events/tokens.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BITS_PER_CHARACTER = 6;
const LOWEST_SIX = 0b111111;
const TOKEN_BITS = 32;
const BASE = 36;
const PARTS = 5;
const FIRST_LETTER = "a".charCodeAt(0);
/** Room for the fields in front of the gaps: 8 kinds, three numbers, four dots. */
const HEAD_CHARACTERS = 8 + 3 + 2 + 2 + 4;
/** With fewer bits one look-up in 16 would be in vain: better to know nothing of the largest kind. */
const MIN_RICE_BITS = 4;
const decoder = new TextDecoder();
/** The characters as their codes. */
const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const VALUES: readonly number[] = Array.from({ length: 128 }, (_none, code) =>
  ALPHABET.indexOf(String.fromCharCode(code)),
);

/** Writes a set into at most `limitCharacters`; leaves out the largest kinds where it must. */
export function encodeTokenFilter(sets: Tokens, limitCharacters: number): string {
  const known = TOKEN_KINDS.filter((kind) => sets.countOf(kind) !== undefined).toSorted(
    (left, right) => (sets.countOf(left) ?? 0) - (sets.countOf(right) ?? 0),
  );
  for (; known.length > 0; known.pop()) {
    const tokens = sets.tokensOf(known).toSorted();
    const code = riceCode(tokens, (limitCharacters - HEAD_CHARACTERS) * BITS_PER_CHARACTER);
    if (code !== undefined) {
      const kinds = known.map((kind) => letterOf(kind)).toSorted();
      const numbers = [code.count, code.droppedBits, code.riceBits].map((n) => n.toString(BASE));
      return [kinds.join(""), ...numbers, code.gaps].join(".");
    }
  }
  return "....";
}

function letterOf(kind: TokenKind): string {
  return String.fromCharCode(FIRST_LETTER + TOKEN_KINDS.indexOf(kind));
}

interface RiceCode {
  readonly count: number;
  readonly droppedBits: number;
  readonly riceBits: number;
  readonly gaps: string;
}

/** @returns undefined when the tokens do not fit with bits enough */
function riceCode(sorted: Uint32Array, limitBits: number): RiceCode | undefined {
  if (sorted.length === 0) {
    return { count: 0, droppedBits: 0, riceBits: 0, gaps: "" };
  }
  // A gap takes its Rice bits and about one and a half more.
  const bitsPerToken = limitBits / sorted.length - 1.5;
  const bitsWanted = TOKEN_BITS - Math.log2(sorted.length);
  let droppedBits = Math.max(0, Math.floor(bitsWanted - bitsPerToken));
  for (; droppedBits < TOKEN_BITS; droppedBits += 1) {
    const values = reduced(sorted, droppedBits);
    const universe = 2 ** (TOKEN_BITS - droppedBits);
    const riceBits = Math.floor(Math.log2(universe / values.length));
    if (riceBits < Math.min(MIN_RICE_BITS, TOKEN_BITS - droppedBits)) {
      return undefined;
    }
    const sizeBits = sizeOf(values, riceBits);
    if (sizeBits <= limitBits) {
      const gaps = writeGaps(values, riceBits, sizeBits);
      return { count: values.length, droppedBits, riceBits, gaps };
    }
  }
  return undefined;
}

/** The highest bits of each token, each value once. */
function reduced(sorted: Uint32Array, droppedBits: number): Uint32Array {
  const values = new Uint32Array(sorted.length);
  let count = 0;
  for (let index = 0; index < sorted.length; index += 1) {
    const value = (sorted[index] ?? 0) >>> droppedBits;
    if (count === 0 || values[count - 1] !== value) {
      values[count] = value;
      count += 1;
    }
  }
  return values.subarray(0, count);
}

function sizeOf(values: Uint32Array, riceBits: number): number {
  const divisor = 2 ** riceBits;
  let bits = 0;
  let previous = -1;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    bits += Math.floor((value - previous - 1) / divisor) + 1 + riceBits;
    previous = value;
  }
  return bits;
}

function writeGaps(values: Uint32Array, riceBits: number, sizeBits: number): string {
  const writer = new BitWriter(sizeBits);
  const divisor = 2 ** riceBits;
  const high = Math.max(0, riceBits - HALF_BITS);
  const low = riceBits - high;
  const highMask = mask(high);
  const lowMask = mask(low);
  let previous = -1;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    const gap = value - previous - 1;
    let ones = Math.floor(gap / divisor);
    for (; ones >= HALF_BITS; ones -= HALF_BITS) {
      writer.write(HALF - 1, HALF_BITS);
    }
    // The last ones and the zero that ends them.
    writer.write((2 << ones) - 2, ones + 1);
    writer.write(Math.floor(gap / HALF) & highMask, high);
    writer.write(gap & lowMask, low);
    previous = value;
  }
  return writer.finish();
}

/** Bits are written and read by the half word: what is left over of the last six fits beside it. */
const HALF_BITS = 16;
const HALF = 2 ** HALF_BITS;

function mask(bits: number): number {
  return 2 ** bits - 1;
}

class BitWriter {
  readonly #codes: Uint8Array;
  #length = 0;
  #bits = 0;
  #count = 0;

  /** @param sizeBits how many bits will be written */
  constructor(sizeBits: number) {
    this.#codes = new Uint8Array(Math.ceil(sizeBits / BITS_PER_CHARACTER));
  }

  /** Writes the lowest `count` bits, 0 to 16; the higher ones must be 0. */
  write(bits: number, count: number): void {
    let left = this.#count + count;
    const all = (this.#bits << count) | bits;
    while (left >= BITS_PER_CHARACTER) {
      left -= BITS_PER_CHARACTER;
      this.#codes[this.#length] = CODES[(all >>> left) & LOWEST_SIX] ?? 0;
      this.#length += 1;
    }
    this.#bits = all & LOWEST_SIX;
    this.#count = left;
  }

  finish(): string {
    if (this.#count > 0) {
      this.write(0, BITS_PER_CHARACTER - this.#count);
    }
    return decoder.decode(this.#codes);
  }
}

/** What a filter tells. Its values are decoded when the first one is asked for. */
export class TokenFilter {
  readonly #kinds: string;
  readonly #count: number;
  readonly #droppedBits: number;
  readonly #riceBits: number;
  readonly #gaps: string;
  /** ascending; undefined: not decoded yet; null: damaged */
  #values: Uint32Array | null | undefined;

  private constructor(kinds: string, numbers: readonly number[], gaps: string) {
    [this.#count = 0, this.#droppedBits = 0, this.#riceBits = 0] = numbers;
    this.#kinds = kinds;
    this.#gaps = gaps;
  }

  /** Reads a filter; undefined when the text is none. */
  static parse(text: string): TokenFilter | undefined {
    const parts = text.split(".");
    const [kinds = "", count, droppedBits, riceBits, gaps = ""] = parts;
    if (parts.length !== PARTS) {
      return undefined;
    }
    const numbers = [count, droppedBits, riceBits].map((part) =>
      part === undefined || part === "" ? 0 : Number.parseInt(part, BASE),
    );
    return numbers.every((number) => Number.isSafeInteger(number) && number >= 0)
      ? new TokenFilter(kinds, numbers, gaps)
      : undefined;
  }

  /** False only when a token of this kind is surely not there. */
  mayContain(kind: TokenKind, token: number): boolean {
    if (!this.#kinds.includes(letterOf(kind))) {
      return true;
    }
    this.#values ??= this.#decode();
    return this.#values === null || has(this.#values, (token >>> 0) >>> this.#droppedBits);
  }

  #decode(): Uint32Array | null {
    // A gap takes a bit at least: a count beyond that is damage, and no reason to allocate.
    if (
      this.#count > this.#gaps.length * BITS_PER_CHARACTER ||
      this.#riceBits > TOKEN_BITS ||
      this.#droppedBits >= TOKEN_BITS
    ) {
      return null;
    }
    const reader = new BitReader(this.#gaps);
    const values = new Uint32Array(this.#count);
    let previous = -1;
    for (let index = 0; index < this.#count; index += 1) {
      let gap = 0;
      while (reader.read(1) === 1) {
        gap += 1;
      }
      const high = Math.max(0, this.#riceBits - HALF_BITS);
      gap = gap * 2 ** high + reader.read(high);
      gap = gap * 2 ** (this.#riceBits - high) + reader.read(this.#riceBits - high);
      previous += gap + 1;
      values[index] = previous;
    }
    return reader.isExhausted ? null : values;
  }
}

class BitReader {
  /** whether more was read than there is */
  isExhausted = false;
  readonly #text: string;
  #at = 0;
  #bits = 0;
  #left = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads `count` bits, 0 to 16; zeros at the end. */
  read(count: number): number {
    while (this.#left < count) {
      const value = VALUES[this.#text.charCodeAt(this.#at)] ?? -1;
      this.isExhausted ||= value < 0;
      this.#bits =
        ((this.#bits << BITS_PER_CHARACTER) | Math.max(value, 0)) &
        mask(HALF_BITS + BITS_PER_CHARACTER);
      this.#at += 1;
      this.#left += BITS_PER_CHARACTER;
    }
    this.#left -= count;
    return (this.#bits >>> this.#left) & mask(count);
  }
}

/** Binary search. */
function has(sorted: Uint32Array, wanted: number): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? 0;
    if (value === wanted) {
      return true;
    }
    if (value < wanted) {
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return false;
}
