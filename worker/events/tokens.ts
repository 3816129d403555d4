/**
 * Tokens: 32-bit hashes of the values people look events up by, gathered while a segment is written
 * and kept in its summary, so that a reader can tell which segments cannot hold a value.
 *
 * The hash covers the value as it stands in the stored JSON: a string without its quotes, escapes
 * included; a number as it is written. Writer and reader thus agree without decoding anything.
 * A token too many costs a read; one too few would hide events, so every place where a value of a
 * kind may stand must add it (a property test compares pruning with reading everything).
 */
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

/** The kinds as the transcoder knows them: places in {@link TOKEN_KINDS}. */
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
const TRACE_ID = /^[0-9a-f]{32}$/;
const encoder = new TextEncoder();

/**
 * The token of a value. Its highest bits are the best spread ones: a summary keeps only those. The
 * transcoder hashes alike (transcoder/assembly/tokens.ts); changing one changes what is stored.
 *
 * @param json the value's JSON text, without quotes
 * @returns 32 bits, unsigned; never 0
 */
function hashToken(kind: number, json: Uint8Array): number {
  const view = new DataView(json.buffer, json.byteOffset, json.byteLength);
  let hash = Math.imul(kind + 1, SEED_STEP) ^ json.length;
  const last = json.length - WORD_BYTES;
  if (last >= 0) {
    for (let at = 0; at < last; at += WORD_BYTES) {
      hash = Math.imul(hash ^ view.getInt32(at, true), MIX);
      hash ^= hash >>> 15;
    }
    // The last word overlaps the one before it, unless the length is a multiple of four.
    hash = Math.imul(hash ^ view.getInt32(last, true), MIX);
  } else {
    for (const byte of json) {
      hash = Math.imul(hash ^ byte, MIX);
    }
  }
  return finished(hash);
}

/**
 * The token of a trace id: of its last 32 bits, which W3C trace context wants random; the first are
 * a time in the ids of X-Ray and Datadog, and zero in those that were 64 bits.
 */
function traceToken(id: string): number {
  const lastBits = Number.parseInt(id.slice(-8), 16);
  return finished(Math.imul(lastBits ^ SEED_STEP, MIX));
}

/** Lets every bit count in the highest ones. */
function finished(hash: number): number {
  const token = Math.imul(hash ^ (hash >>> 16), LAST_MIX) >>> 0;
  // To the transcoder 0 has another meaning.
  return token === 0 ? 1 : token;
}

/**
 * The token of a text that a reader looks for, or of a native event.
 *
 * @returns undefined when nothing is known of such texts
 */
export function tokenOf(kind: TokenKind, text: string): number | undefined {
  if (kind === "trace") {
    // Another text is no trace id of OTLP: whether it is in a segment is not known.
    return TRACE_ID.test(text) ? traceToken(text) : undefined;
  }
  return hashToken(KindNumber[kind], encoder.encode(JSON.stringify(text).slice(1, -1)));
}

/** The tokens of one segment, by kind. */
export interface Tokens {
  /** How many tokens of a kind there are; undefined: unknown. */
  countOf(kind: TokenKind): number | undefined;
  /** The tokens of several kinds, those of each kind once, in any order. */
  tokensOf(kinds: readonly TokenKind[]): Uint32Array;
}

/** Gathers tokens. */
export class TokenSets implements Tokens {
  /** absent: none yet; null: unknown */
  readonly #sets = new Map<TokenKind, Set<number> | null>();

  /** Adds a token; beyond {@link TOKEN_LIMIT} the kind becomes unknown. */
  add(kind: TokenKind, token: number): void {
    const known = this.#sets.get(kind);
    if (known === undefined) {
      this.#sets.set(kind, new Set([token]));
    } else if (known !== null) {
      known.add(token);
      if (known.size > TOKEN_LIMIT) {
        this.forget(kind);
      }
    }
  }

  /** Says that the values of a kind are not all known. */
  forget(kind: TokenKind): void {
    this.#sets.set(kind, null);
  }

  countOf(kind: TokenKind): number | undefined {
    const known = this.#sets.get(kind);
    return known === null ? undefined : (known?.size ?? 0);
  }

  tokensOf(kinds: readonly TokenKind[]): Uint32Array {
    return Uint32Array.from(kinds.flatMap((kind) => [...(this.#sets.get(kind) ?? [])]));
  }
}

/** A token and its kind. */
const PAIR_NUMBERS = 2;

/** Tokens as the transcoder gathered them. */
export class TokenList implements Tokens {
  readonly #pairs: Uint32Array;
  readonly #counts: readonly number[];
  readonly #unknownKinds: number;

  /**
   * @param pairs a token and the number of its kind in turn, each pair once
   * @param unknownKinds bit set of the kinds whose tokens are not all known
   */
  constructor(pairs: Uint32Array, unknownKinds: number) {
    const counts = TOKEN_KINDS.map(() => 0);
    for (let at = 1; at < pairs.length; at += PAIR_NUMBERS) {
      const kind = pairs[at] ?? 0;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    this.#pairs = pairs;
    this.#counts = counts;
    this.#unknownKinds = unknownKinds;
  }

  countOf(kind: TokenKind): number | undefined {
    const number = KindNumber[kind];
    return (this.#unknownKinds & (1 << number)) === 0 ? (this.#counts[number] ?? 0) : undefined;
  }

  tokensOf(kinds: readonly TokenKind[]): Uint32Array {
    const wanted = kinds.reduce((bits, kind) => bits | (1 << KindNumber[kind]), 0);
    const pairs = this.#pairs;
    const tokens = new Uint32Array(pairs.length / PAIR_NUMBERS);
    let count = 0;
    for (let at = 0; at < pairs.length; at += PAIR_NUMBERS) {
      if (((wanted >>> (pairs[at + 1] ?? 0)) & 1) !== 0) {
        tokens[count] = pairs[at] ?? 0;
        count += 1;
      }
    }
    return tokens.subarray(0, count);
  }
}
