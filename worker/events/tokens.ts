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
const MIX = 0x9e3779b1 | 0;
const LAST_MIX = 0x85ebca6b | 0;
const WORD_BYTES = 4;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
/** How `null` starts. */
const LOWER_N = 0x6e;
const TRACE_ID = /^[0-9a-f]{32}$/;
const encoder = new TextEncoder();

/**
 * The token of a value. Its highest bits are the best spread ones: a summary keeps only those.
 *
 * @param kind see {@link KindNumber}
 * @param source holds the value's JSON text, without quotes, from `start` to `end`
 * @returns 32 bits, signed; never 0
 */
export function hashToken(kind: number, source: ByteSource, start: number, end: number): number {
  const { view } = source;
  let hash = Math.imul(kind + 1, SEED_STEP) ^ (end - start);
  const last = end - WORD_BYTES;
  if (last >= start) {
    for (let at = start; at < last; at += WORD_BYTES) {
      hash = Math.imul(hash ^ view.getInt32(at, true), MIX);
      hash ^= hash >>> 15;
    }
    // The last word overlaps the one before it, unless the length is a multiple of four.
    hash = Math.imul(hash ^ view.getInt32(last, true), MIX);
  } else {
    for (let at = start; at < end; at += 1) {
      hash = Math.imul(hash ^ view.getUint8(at), MIX);
    }
  }
  return finished(hash);
}

/**
 * The token of a trace id: of its last 32 bits, which W3C trace context wants random; the first are
 * a time in the ids of X-Ray and Datadog, and zero in those that were 64 bits.
 */
export function traceToken(lastBits: number): number {
  return finished(Math.imul(lastBits ^ SEED_STEP, MIX));
}

/** Lets every bit count in the highest ones. */
function finished(hash: number): number {
  const token = Math.imul(hash ^ (hash >>> 16), LAST_MIX);
  // 0 marks an empty slot.
  return token === 0 ? 1 : token;
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

/** Small enough for V8 to keep the table's content with its object, which costs nothing to make. */
const FEW_SLOTS = 8;
/** For a block of many events, so that the table rarely grows: making one takes microseconds. */
export const MANY_SLOTS = 256;
/** Token and kind. */
const SLOT_NUMBERS = 2;

/**
 * The tokens of one segment, by kind: one open-addressed table, at most three quarters full. A
 * `Set` of numbers would hold a heap object for each of them, since they do not fit V8's small
 * integers.
 */
export class TokenSets {
  /** a token and its kind in turn; token 0 is an empty slot */
  #slots: Int32Array;
  /** a token's slot is in its highest bits */
  #shift: number;
  #used = 0;
  #counts: number[] = TOKEN_KINDS.map(() => 0);
  /** the trace added last; 0: none. Typed, so that it is never a boxed number */
  readonly #lastTrace = new Int32Array(1);
  /** bit set of the kinds whose tokens are not all known */
  #unknown = 0;

  /** @param slotCount room to start with, a power of two */
  constructor(slotCount = FEW_SLOTS) {
    this.#slots = new Int32Array(slotCount * SLOT_NUMBERS);
    this.#shift = shiftOf(slotCount);
  }

  /** Adds a token; beyond {@link TOKEN_LIMIT} the kind becomes unknown. */
  add(kind: TokenKind, token: number): void {
    this.addNumbered(KindNumber[kind], token === 0 ? 1 : token);
  }

  /** Says that the values of a kind are not all known. */
  forget(kind: TokenKind): void {
    this.forgetNumbered(1 << KindNumber[kind]);
  }

  /** {@link add} for the hot path; no token is 0. */
  addNumbered(kind: number, token: number): void {
    if ((this.#unknown & (1 << kind)) !== 0) {
      return;
    }
    const slots = this.#slots;
    const last = slots.length - 1;
    let at = (token >>> this.#shift) * SLOT_NUMBERS;
    for (let found = slots[at] ?? 0; found !== 0; found = slots[at] ?? 0) {
      if (found === token && slots[at + 1] === kind) {
        return;
      }
      at = (at + SLOT_NUMBERS) & last;
    }
    slots[at] = token;
    slots[at + 1] = kind;
    this.#used += 1;
    const count = (this.#counts[kind] ?? 0) + 1;
    this.#counts[kind] = count;
    if (count > TOKEN_LIMIT) {
      this.forgetNumbered(1 << kind);
    }
    if (this.#used * 4 * SLOT_NUMBERS > slots.length * 3) {
      this.#grow();
    }
  }

  /** {@link forget} for each kind whose bit is set. */
  forgetNumbered(kinds: number): void {
    this.#unknown |= kinds;
  }

  /**
   * Adds the JSON value that stands in `source` from `start` to `end`: a list, a map or null makes
   * the kind unknown. Nothing there means that the line was too long and cut off.
   */
  addValue(kind: number, source: ByteSource, start: number, end: number): void {
    if (start >= end) {
      return;
    }
    const first = source.view.getUint8(start);
    if (first === QUOTE) {
      this.addNumbered(kind, hashToken(kind, source, start + 1, end - 1));
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET || first === LOWER_N) {
      this.forgetNumbered(1 << kind);
    } else {
      this.addNumbered(kind, hashToken(kind, source, start, end));
    }
  }

  /** Adds the text that stands in `source` from `start` to `end` as it is stored, without quotes. */
  addText(kind: number, source: ByteSource, start: number, end: number): void {
    this.addNumbered(kind, hashToken(kind, source, start, end));
  }

  /** Adds a trace id by its last 32 bits. */
  addTraceBits(lastBits: number): void {
    // Most events are of the same trace as the one before.
    const token = traceToken(lastBits);
    if (token !== this.#lastTrace[0]) {
      this.#lastTrace[0] = token;
      this.addNumbered(KindNumber.trace, token);
    }
  }

  /** Hands the tokens over and goes on without any. */
  take(): TokenSets {
    const taken = new TokenSets();
    taken.#slots = this.#slots;
    taken.#shift = this.#shift;
    taken.#used = this.#used;
    taken.#counts = this.#counts;
    taken.#unknown = this.#unknown;
    this.#slots = new Int32Array(MANY_SLOTS * SLOT_NUMBERS);
    this.#shift = shiftOf(MANY_SLOTS);
    this.#used = 0;
    this.#counts = TOKEN_KINDS.map(() => 0);
    this.#unknown = 0;
    this.#lastTrace[0] = 0;
    return taken;
  }

  /** How many tokens of a kind there are; undefined: unknown. */
  countOf(kind: TokenKind): number | undefined {
    const number = KindNumber[kind];
    return (this.#unknown & (1 << number)) === 0 ? (this.#counts[number] ?? 0) : undefined;
  }

  /** The tokens of a kind, each once, in any order; undefined: unknown. */
  valuesOf(kind: TokenKind): Iterable<number> | undefined {
    return this.countOf(kind) === undefined ? undefined : new Int32Array(this.unsignedOf([kind]));
  }

  /** The tokens of several kinds, unsigned: those of each kind once, in any order. */
  unsignedOf(kinds: readonly TokenKind[]): Uint32Array {
    const wanted = kinds.reduce((bits, kind) => bits | (1 << KindNumber[kind]), 0);
    const slots = this.#slots;
    const values = new Uint32Array(this.#used);
    let count = 0;
    for (let at = 0; at < slots.length; at += SLOT_NUMBERS) {
      const token = slots[at] ?? 0;
      if (token !== 0 && ((wanted >>> (slots[at + 1] ?? 0)) & 1) !== 0) {
        values[count] = token;
        count += 1;
      }
    }
    return values.subarray(0, count);
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 4);
    const last = slots.length - 1;
    const shift = this.#shift - 2;
    for (let from = 0; from < old.length; from += SLOT_NUMBERS) {
      const token = old[from] ?? 0;
      if (token !== 0) {
        let at = (token >>> shift) * SLOT_NUMBERS;
        while (slots[at] !== 0) {
          at = (at + SLOT_NUMBERS) & last;
        }
        slots[at] = token;
        slots[at + 1] = old[from + 1] ?? 0;
      }
    }
    this.#shift = shift;
    this.#slots = slots;
  }
}

/** How far a token is shifted to the right for its slot. */
function shiftOf(slotCount: number): number {
  // An integer: a property that ever held a double stays one.
  return Math.clz32(slotCount) + 1;
}
