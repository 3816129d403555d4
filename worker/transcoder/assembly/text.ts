/**
 * UTF-8 bytes → JSON strings: escapes (RFC 8259 §7) and U+FFFD for what is not valid UTF-8, one per
 * maximal subpart, exactly as the WHATWG decoder replaces
 * (https://encoding.spec.whatwg.org/#utf-8-decoder).
 *
 * Hot path: sixteen bytes at a time, as long as they stand for themselves.
 */
import { Out, PADDING_BYTES } from "./out";

const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const VECTOR_BYTES: usize = 16;
/** A bit behind those of the vector, so that one is found where all bytes are plain. */
const BEHIND: u32 = 0x10000;
/** The longest that one step writes for one character: `\u0000`. */
const ESCAPE_BYTES: u32 = 6;
/** `\u00` as a little-endian word. */
const UNICODE_ESCAPE: u32 = 0x3030755c;
/** U+FFFD in UTF-8, as a little-endian word. */
const REPLACEMENT: u32 = 0xbdbfef;
const REPLACEMENT_BYTES: u32 = 3;

/** Sixteen bytes of text. */
class Vector {
  /** How many bytes at the front stand for themselves: 16 when all do. */
  @inline
  static plainLength(bytes: v128): usize {
    // Signed: what is not ASCII is negative, and so below the space as control characters are.
    const special = v128.or(
      i8x16.lt_s(bytes, i8x16.splat(0x20)),
      v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH))),
    );
    return ctz(i8x16.bitmask(special) | BEHIND);
  }
}

/** Writes a JSON string. */
export function writeString(from: usize, to: usize): void {
  Out.reserve(<u32>(to - from) + PADDING_BYTES);
  store<u8>(Out.at, QUOTE);
  const at = copyText(Out.at + 1, from, to);
  store<u8>(at, QUOTE);
  Out.at = at + 1;
}

/**
 * Writes the inside of a JSON string at `at`. Room for the text as it is and for padding is reserved;
 * where it takes more, the buffer may move.
 *
 * @returns where it ends; room for padding is there
 */
export function copyText(at: usize, from: usize, to: usize): usize {
  let target = at;
  let source = from;
  while (source < to) {
    const bytes = v128.load(source);
    v128.store(target, bytes);
    const plain = Vector.plainLength(bytes);
    const left = to - source;
    if (plain >= left) {
      return target + left;
    }
    target += plain;
    source += plain;
    if (plain < VECTOR_BYTES) {
      Out.at = target;
      source = writeSpecial(source, to);
      Out.reserve(<u32>(to - source) + PADDING_BYTES);
      target = Out.at;
    }
  }
  return target;
}

/** Writes characters that do not stand for themselves or are not ASCII, as long as they come. */
function writeSpecial(from: usize, to: usize): usize {
  let source = from;
  while (source < to) {
    Out.reserve(ESCAPE_BYTES);
    const byte: u32 = load<u8>(source);
    if (byte >= 0x80) {
      const length = sequenceLength(source, to);
      if (length < 0) {
        store<u32>(Out.at, REPLACEMENT);
        Out.at += REPLACEMENT_BYTES;
        source -= length;
      } else {
        // A whole word: what is too much is overwritten by what comes next.
        store<u32>(Out.at, load<u32>(source));
        Out.at += length;
        source += length;
      }
    } else if (byte < 0x20 || byte == QUOTE || byte == BACKSLASH) {
      writeEscape(byte);
      source += 1;
    } else {
      return source;
    }
  }
  return source;
}

/** Writes the escape of an ASCII character that cannot stand for itself. */
function writeEscape(byte: u32): void {
  const letter = shortEscape(byte);
  if (letter != 0) {
    store<u16>(Out.at, BACKSLASH | (letter << 8));
    Out.at += 2;
    return;
  }
  store<u32>(Out.at, UNICODE_ESCAPE);
  store<u8>(Out.at, 0x30 + (byte >> 4), 4);
  store<u8>(Out.at, hexDigit(byte & 15), 5);
  Out.at += ESCAPE_BYTES;
}

/** The letter after the backslash for the short escapes, 0 for the rest. */
function shortEscape(byte: u32): u32 {
  switch (byte) {
    case 0x08:
      return 0x62;
    case 0x09:
      return 0x74;
    case 0x0a:
      return 0x6e;
    case 0x0c:
      return 0x66;
    case 0x0d:
      return 0x72;
    case QUOTE:
      return QUOTE;
    case BACKSLASH:
      return BACKSLASH;
    default:
      return 0;
  }
}

function hexDigit(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

/**
 * The length of the valid multi-byte sequence at `at`, or minus the length of the maximal invalid
 * part (Unicode §3.9, table 3-7: the first continuation byte has a narrower range after E0, ED, F0
 * and F4, which rules out overlong forms, surrogates and code points above U+10FFFF).
 */
function sequenceLength(at: usize, end: usize): i32 {
  const lead: u32 = load<u8>(at);
  const second: u32 = at + 1 < end ? load<u8>(at, 1) : 0;
  if (lead < 0xe0) {
    return lead >= 0xc2 && isContinuation(second) ? 2 : -1;
  }
  if (!isContinuation(second) || !fitsLead(lead, second)) {
    return -1;
  }
  const third: u32 = at + 2 < end ? load<u8>(at, 2) : 0;
  if (!isContinuation(third)) {
    return -2;
  }
  if (lead < 0xf0) {
    return 3;
  }
  const fourth: u32 = at + 3 < end ? load<u8>(at, 3) : 0;
  return isContinuation(fourth) ? 4 : -3;
}

function isContinuation(byte: u32): bool {
  return (byte & 0xc0) == 0x80;
}

/** Whether a continuation byte may follow a lead of three or four bytes. */
function fitsLead(lead: u32, second: u32): bool {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second < 0xa0;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second < 0x90;
    default:
      return lead < 0xf4;
  }
}
