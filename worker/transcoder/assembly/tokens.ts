/**
 * Tokens of what people look events up by (worker/events/tokens.ts, which must hash alike), gathered
 * while events are written.
 *
 * Those of the resource, the scope, the metric and the item that is being written stand in one list,
 * in this order. When an event is kept, they go into the set of its block: its own, and those of its
 * head with the first event of a head in a block.
 */
import { hashText } from "./keys";

const SEED_STEP: u32 = 0x9e3779b9;
const MIX: u32 = 0x9e3779b1;
const LAST_MIX: u32 = 0x85ebca6b;
const QUOTE: u32 = 0x22;
const OPEN_BRACE: u32 = 0x7b;
const OPEN_BRACKET: u32 = 0x5b;
/** How `null` starts. */
const LOWER_N: u32 = 0x6e;
/** Distinct tokens of one kind that are remembered; a segment with more is "unknown" for the kind. */
const TOKEN_LIMIT: u32 = 2048;
/** What a token stands for: the places in TOKEN_KINDS. */
export namespace TokenKind {
  export const trace: u32 = 0;
  export const name: u32 = 1;
  export const count: u32 = 8;
}

/** A token and its kind; token 0 says that the values of the kind are not all known. */
@unmanaged
class Token {
  bits: u32;
  kind: u32;
}

const TOKEN_BYTES: u32 = 8;

const PENDING_TOKENS: u32 = 256;

/** The list of tokens that belong to what is being written. */
export class Pending {
  static start: usize = heap.alloc(PENDING_TOKENS * TOKEN_BYTES);
  static count: u32 = 0;
  static capacity: u32 = PENDING_TOKENS;
}

/** Adds a token to the list. */
function note(kind: u32, bits: u32): void {
  if (Pending.count == Pending.capacity) {
    Pending.capacity *= 2;
    Pending.start = heap.realloc(Pending.start, Pending.capacity * TOKEN_BYTES);
  }
  const token = changetype<Token>(Pending.start + Pending.count * TOKEN_BYTES);
  token.bits = bits;
  token.kind = kind;
  Pending.count += 1;
}

/** Lets every bit count in the highest ones; 0 has another meaning. */
function finished(hash: u32): u32 {
  const bits = (hash ^ (hash >> 16)) * LAST_MIX;
  return bits == 0 ? 1 : bits;
}

/** The token of a JSON text without quotes. */
function hashToken(kind: u32, from: usize, to: usize): u32 {
  let hash = ((kind + 1) * SEED_STEP) ^ <u32>(to - from);
  if (to - from >= 4) {
    const last = to - 4;
    for (let at = from; at < last; at += 4) {
      hash = (hash ^ load<u32>(at)) * MIX;
      hash ^= hash >> 15;
    }
    hash = (hash ^ load<u32>(last)) * MIX;
  } else {
    for (let at = from; at < to; at += 1) {
      hash = (hash ^ load<u8>(at)) * MIX;
    }
  }
  return finished(hash);
}

/**
 * Notes the JSON value that stands between `from` and `to`. A list, a map or null makes its kind
 * unknown. Nothing there means that the line was too long and cut off.
 */
export function noteValue(kind: u32, from: usize, to: usize): void {
  if (from >= to) {
    return;
  }
  const first: u32 = load<u8>(from);
  if (first == QUOTE) {
    note(kind, hashToken(kind, from + 1, to - 1));
  } else if (first == OPEN_BRACE || first == OPEN_BRACKET || first == LOWER_N) {
    note(kind, 0);
  } else {
    note(kind, hashToken(kind, from, to));
  }
}

/** Notes a trace id that ends at `end`: by its last 32 bits, which are random in every id. */
export function noteTrace(end: usize): void {
  note(TokenKind.trace, finished((bswap<u32>(load<u32>(end - 4)) ^ SEED_STEP) * MIX));
}

/** A key whose values are looked up. */
@unmanaged
class TokenKey {
  hash: u64;
  kind: u32;
}

/** Several times the number of keys: most other keys meet an empty slot. A power of two. */
const KEY_SLOTS: u32 = 64;
const KEY_SLOT_SHIFT: u64 = 58;
const keySlots: usize = memory.data(64 * 16, 16);

/** Makes the values of an attribute key tokens of a kind. */
export function addTokenKey(from: usize, to: usize, kind: u32): void {
  const hash = hashText(from, to);
  let slot = <u32>(hash >> KEY_SLOT_SHIFT);
  while (changetype<TokenKey>(keySlots + (slot << 4)).hash != 0) {
    slot = (slot + 1) & (KEY_SLOTS - 1);
  }
  const key = changetype<TokenKey>(keySlots + (slot << 4));
  key.hash = hash;
  key.kind = kind;
}

/** The kind of values that a key has, by its hash; -1 for most keys. */
export function kindOfKey(hash: u64): i32 {
  let slot = <u32>(hash >> KEY_SLOT_SHIFT);
  while (true) {
    const key = changetype<TokenKey>(keySlots + (slot << 4));
    if (key.hash == hash) {
      return key.kind;
    }
    if (key.hash == 0) {
      return -1;
    }
    slot = (slot + 1) & (KEY_SLOTS - 1);
  }
}

/** Twice as many as there are tokens at most, TOKEN_LIMIT of eight kinds. A power of two. */
const BLOCK_SLOTS: u32 = 32_768;
const BLOCK_SLOT_SHIFT: u32 = 17;
const SLOTS_BYTES: u32 = BLOCK_SLOTS * 2;

/** The tokens of the block that is being written, each once. */
export class BlockTokens {
  /** tokens and kinds in turn, in the order they came: room for TOKEN_LIMIT of each of eight kinds */
  static readonly start: usize = memory.data(131_072, 8);
  static count: u32 = 0;
  /** bit set of the kinds whose values are not all known */
  static unknownKinds: u32 = 0;
}

/** By the highest bits of a token: its place in the list, from 1 on; 0 is an empty slot. */
const blockSlots: usize = memory.data(65_536, 8);
const kindCounts: usize = memory.data(32, 4);
/** the trace added last: most events are of the same one as the event before */
let lastTrace: u32 = 0;

/** Starts a block without tokens. */
export function beginBlockTokens(): void {
  clearSlots();
  BlockTokens.count = 0;
  BlockTokens.unknownKinds = 0;
  memory.fill(kindCounts, 0, 32);
  lastTrace = 0;
}

function clearSlots(): void {
  if (BlockTokens.count * 64 > SLOTS_BYTES) {
    memory.fill(blockSlots, 0, SLOTS_BYTES);
    return;
  }
  for (let index: u32 = 0; index < BlockTokens.count; index += 1) {
    const bits = load<u32>(BlockTokens.start + index * TOKEN_BYTES);
    let slot = bits >> BLOCK_SLOT_SHIFT;
    while (load<u16>(blockSlots + (slot << 1)) != 0) {
      store<u16>(blockSlots + (slot << 1), 0);
      slot = (slot + 1) & (BLOCK_SLOTS - 1);
    }
  }
}

/** Adds the tokens of the list from `from` to `to` to the block. */
export function keepTokens(from: u32, to: u32): void {
  for (let index = from; index < to; index += 1) {
    const token = changetype<Token>(Pending.start + index * TOKEN_BYTES);
    if (token.bits == 0) {
      BlockTokens.unknownKinds |= 1 << token.kind;
    } else if (token.kind == TokenKind.trace) {
      if (token.bits != lastTrace) {
        lastTrace = token.bits;
        keepToken(token.bits, token.kind);
      }
    } else {
      keepToken(token.bits, token.kind);
    }
  }
}

function keepToken(bits: u32, kind: u32): void {
  if ((BlockTokens.unknownKinds & (1 << kind)) != 0) {
    return;
  }
  let slot = bits >> BLOCK_SLOT_SHIFT;
  while (true) {
    const place: u32 = load<u16>(blockSlots + (slot << 1));
    if (place == 0) {
      break;
    }
    const known = changetype<Token>(BlockTokens.start + (place - 1) * TOKEN_BYTES);
    if (known.bits == bits && known.kind == kind) {
      return;
    }
    slot = (slot + 1) & (BLOCK_SLOTS - 1);
  }
  const count = load<u32>(kindCounts + (kind << 2)) + 1;
  if (count > TOKEN_LIMIT) {
    BlockTokens.unknownKinds |= 1 << kind;
    return;
  }
  store<u32>(kindCounts + (kind << 2), count);
  const token = changetype<Token>(BlockTokens.start + BlockTokens.count * TOKEN_BYTES);
  token.bits = bits;
  token.kind = kind;
  BlockTokens.count += 1;
  store<u16>(blockSlots + (slot << 1), BlockTokens.count);
}
