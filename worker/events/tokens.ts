/**
 * Tokens: 32-bit hashes of the values people look events up by, gathered while a segment is written
 * and kept in its summary, so that a reader can tell which segments cannot hold a value.
 *
 * The hash covers the value as it stands in the stored JSON: a string without its quotes, escapes
 * included; a number as it is written. Writer and reader thus agree without decoding anything.
 * A token too many costs a read; one too few would hide events, so every place where a value of a
 * kind may stand must add it (a property test compares pruning with reading everything).
 */
import { type ByteSource, byteSource } from "../core/bytes.ts";

/** The kinds of value that are looked up. Their order is part of the summary's format: append only. */
export const TOKEN_KINDS = [
  "trace",
  "name",
  "session",
  "device",
  "correlation",
  "event_type",
  "error_type",
  "category",
] as const;

/** What a token stands for; two kinds never share a token by sharing a text. */
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** The kinds as the hot path knows them: places in {@link TOKEN_KINDS}. */
export const KindNumber: Readonly<Record<TokenKind, number>> = {
  trace: 0,
  name: 1,
  session: 2,
  device: 3,
  correlation: 4,
  event_type: 5,
  error_type: 6,
  category: 7,
};

/**
 * The keys whose values become tokens, wherever they stand: in any attribute list of an OTLP item,
 * its resource and scope included, and anywhere in a native event.
 */
export const TOKEN_KEYS: ReadonlyMap<string, TokenKind> = new Map([
  ["session.id", "session"],
  ["session_id", "session"],
  ["device.id", "device"],
  ["device_id", "device"],
  ["correlation.id", "correlation"],
  ["correlation_id", "correlation"],
  ["exception.type", "error_type"],
  ["error.type", "error_type"],
  ["error_code", "error_type"],
  ["category", "category"],
  ["error.category", "category"],
]);

/** Distinct tokens of one kind that are remembered; a segment with more is "unknown" for the kind. */
export const TOKEN_LIMIT = 2048;

const SEED_STEP = 0x9e3779b9 | 0;
const WORD_PRIME = 0x9e3779b1 | 0;
const WORD_BYTES = 4;
const TRACE_ID = /^[0-9a-f]{32}$/;
const encoder = new TextEncoder();

/**
 * The token of a value.
 *
 * @param kind see {@link KindNumber}
 * @param source holds the value's JSON text, without quotes, from `start` to `end`
 * @returns 32 bits, signed; never 0
 */
export function hashToken(kind: number, source: ByteSource, start: number, end: number): number {
  const { view } = source;
  let hash = Math.imul(kind + 1, SEED_STEP) ^ (end - start);
  const last = end - WORD_BYTES;
  if (last < start) {
    for (let at = start; at < end; at += 1) {
      hash = Math.imul(hash ^ view.getUint8(at), WORD_PRIME);
    }
    return scattered(hash);
  }
  for (let at = start; at < last; at += WORD_BYTES) {
    hash = Math.imul(hash ^ view.getInt32(at, true), WORD_PRIME);
    hash ^= hash >>> 15;
  }
  // The last word overlaps the one before it, unless the length is a multiple of four.
  return scattered(Math.imul(hash ^ view.getInt32(last, true), WORD_PRIME));
}

/**
 * The token of a trace id: of its last 32 bits, which W3C trace context wants random; the first are
 * a time in the ids of X-Ray and Datadog, and zero in those that were 64 bits.
 */
export function traceToken(lastBits: number): number {
  return scattered(lastBits ^ SEED_STEP);
}

/**
 * The token of a text that a reader looks for: as {@link hashToken} of its JSON, or of the id.
 *
 * @returns undefined when nothing is known of such texts
 */
export function tokenOf(kind: TokenKind, text: string): number | undefined {
  if (kind === "trace") {
    // Another text is no trace id of OTLP: whether it is in a segment is not known.
    return TRACE_ID.test(text) ? traceToken(Number.parseInt(text.slice(-8), 16) | 0) : undefined;
  }
  const json = encoder.encode(JSON.stringify(text).slice(1, -1));
  return hashToken(KindNumber[kind], byteSource(json), 0, json.length);
}

/** Spreads the bits (the finalizer of MurmurHash3): the summary keeps only the highest of them. */
function scattered(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  bits ^= bits >>> 16;
  // 0 marks an empty slot.
  return bits === 0 ? 1 : bits;
}

/** Small enough for V8 to keep the table's content with its object, which costs nothing to make. */
const FIRST_SLOTS = 16;

/**
 * The tokens of one segment, by kind: one open-addressed table. A `Set` of numbers would hold a
 * heap object for each of them, since they do not fit V8's small integers.
 */
export class TokenSets {
  /** tokens; 0 is an empty slot */
  #slots = new Int32Array(FIRST_SLOTS);
  /** the kind of the token in each slot */
  #kinds = new Uint8Array(FIRST_SLOTS);
  #used = 0;
  readonly #counts: number[] = TOKEN_KINDS.map(() => 0);
  /** bit set of the kinds whose tokens are not all known */
  #unknown = 0;

  /** Adds a token; beyond {@link TOKEN_LIMIT} the kind becomes unknown. */
  add(kind: TokenKind, token: number): void {
    this.addNumbered(KindNumber[kind], token === 0 ? 1 : token);
  }

  /** Says that the values of a kind are not all known. */
  forget(kind: TokenKind): void {
    this.forgetNumbered(KindNumber[kind]);
  }

  /** {@link add} for the hot path; no token is 0. */
  addNumbered(kind: number, token: number): void {
    if ((this.#unknown & (1 << kind)) !== 0) {
      return;
    }
    const slots = this.#slots;
    const last = slots.length - 1;
    let slot = token & last;
    for (let found = slots[slot] ?? 0; found !== 0; found = slots[slot] ?? 0) {
      if (found === token && this.#kinds[slot] === kind) {
        return;
      }
      slot = (slot + 1) & last;
    }
    slots[slot] = token;
    this.#kinds[slot] = kind;
    this.#used += 1;
    const count = (this.#counts[kind] ?? 0) + 1;
    this.#counts[kind] = count;
    if (count > TOKEN_LIMIT) {
      this.forgetNumbered(kind);
    }
    if (this.#used * 2 > slots.length) {
      this.#grow();
    }
  }

  /** {@link forget} for the hot path. */
  forgetNumbered(kind: number): void {
    this.#unknown |= 1 << kind;
  }

  /** {@link forget} for each kind whose bit is set. */
  forgetAll(kinds: number): void {
    this.#unknown |= kinds;
  }

  /** The tokens of a kind, each once, in any order; undefined: unknown. */
  valuesOf(kind: TokenKind): Iterable<number> | undefined {
    const number = KindNumber[kind];
    return (this.#unknown & (1 << number)) === 0
      ? this.#slots.filter((token, slot) => token !== 0 && this.#kinds[slot] === number)
      : undefined;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const kinds = new Uint8Array(slots.length);
    const last = slots.length - 1;
    for (let from = 0; from < this.#slots.length; from += 1) {
      const token = this.#slots[from] ?? 0;
      if (token !== 0) {
        let slot = token & last;
        while (slots[slot] !== 0) {
          slot = (slot + 1) & last;
        }
        slots[slot] = token;
        kinds[slot] = this.#kinds[from] ?? 0;
      }
    }
    this.#slots = slots;
    this.#kinds = kinds;
  }
}
