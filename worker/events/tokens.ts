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

/**
 * The keys whose values become tokens, wherever they stand: in any attribute list of an OTLP item,
 * its resource and scope included, and in a native event at the top, in `data` or in
 * `data.attributes`.
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

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SEED_STEP = 0x9e3779b9;
const encoder = new TextEncoder();

/**
 * The token of a value.
 *
 * @param bytes holds the value's JSON text, without quotes, from `start` to `end`
 * @returns 32 bits, signed
 */
export function hashToken(kind: TokenKind, bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_OFFSET ^ Math.imul(TOKEN_KINDS.indexOf(kind) + 1, SEED_STEP);
  for (let at = start; at < end; at += 1) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  }
  return scattered(hash);
}

/**
 * The token of a trace id: of its last 32 bits, which W3C trace context wants random; the first are
 * a time in the ids of X-Ray and Datadog, and zero in those that were 64 bits.
 */
export function traceToken(lastBits: number): number {
  return scattered(lastBits ^ SEED_STEP);
}

/** The token of a text that a reader looks for: as {@link hashToken} of its JSON, or of the id. */
export function tokenOf(kind: TokenKind, text: string): number | undefined {
  if (kind === "trace") {
    // Another text is no trace id of OTLP: whether it is in a segment is not known.
    return /^[0-9a-f]{32}$/.test(text)
      ? traceToken(Number.parseInt(text.slice(-8), 16) | 0)
      : undefined;
  }
  const json = encoder.encode(JSON.stringify(text).slice(1, -1));
  return hashToken(kind, json, 0, json.length);
}

/** Spreads the bits (the finalizer of MurmurHash3): the summary keeps only the highest of them. */
function scattered(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) | 0;
}

/** The tokens of one segment, by kind. */
export class TokenSets {
  readonly #sets: (Set<number> | undefined)[] = TOKEN_KINDS.map(() => new Set<number>());

  /** Adds a token; beyond {@link TOKEN_LIMIT} the kind becomes unknown. */
  add(kind: TokenKind, token: number): void {
    const index = TOKEN_KINDS.indexOf(kind);
    const set = this.#sets[index];
    set?.add(token);
    if (set !== undefined && set.size > TOKEN_LIMIT) {
      this.#sets[index] = undefined;
    }
  }

  /** Says that the values of a kind are not all known. */
  forget(kind: TokenKind): void {
    this.#sets[TOKEN_KINDS.indexOf(kind)] = undefined;
  }

  /** The tokens of a kind, each once, in any order; undefined: unknown. */
  valuesOf(kind: TokenKind): Iterable<number> | undefined {
    return this.#sets[TOKEN_KINDS.indexOf(kind)];
  }
}
