/**
 * UTF-8 bytes → the inside of a JSON string: escapes (RFC 8259 §7) and U+FFFD for what is not
 * valid UTF-8, one per maximal subpart, exactly as the WHATWG decoder replaces
 * (https://encoding.spec.whatwg.org/#utf-8-decoder).
 */

import type { ByteSource } from "../core/bytes.ts";

/** 1 for bytes that stand for themselves in a JSON string: printable ASCII but `"` and `\`. */
const PLAIN = new Uint8Array(256);
PLAIN.fill(1, 0x20, 0x80);
PLAIN[0x22] = 0;
PLAIN[0x5c] = 0;

/** The letter after the backslash for the short escapes, 0 for the rest. */
const SHORT_ESCAPES = new Uint8Array(128);
for (const [byte, letter] of [
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0c, "f"],
  [0x0d, "r"],
  [0x22, '"'],
  [0x5c, "\\"],
] as const) {
  SHORT_ESCAPES[byte] = letter.charCodeAt(0);
}

const WORD_BYTES = 4;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const ZERO = 0x30;
const HEX_DIGITS = new TextEncoder().encode("0123456789abcdef");

/** Whether a byte or UTF-16 unit stands for itself in a JSON string. */
export function isPlainAscii(unit: number): boolean {
  return PLAIN[unit] === 1;
}

/**
 * Whether all four bytes of a word stand for themselves: the high bit of a byte is set in the sum
 * of these terms when it is below 0x20, `"`, `\\`, or not ASCII. A borrow can only come out of a
 * byte that is not plain itself.
 */
export function isPlainWord(word: number): boolean {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  return (
    (((word - 0x20202020) | (quotes - 0x01010101) | (backslashes - 0x01010101) | word) &
      0x80808080) ===
    0
  );
}

/** Whether a text stands for itself in a JSON string. */
export function isPlainText({ bytes, view }: ByteSource, start: number, end: number): boolean {
  let index = start;
  for (; index + WORD_BYTES <= end; index += WORD_BYTES) {
    if (!isPlainWord(view.getInt32(index, true))) {
      return false;
    }
  }
  for (; index < end; index += 1) {
    if (!isPlainAscii(bytes[index] ?? 0)) {
      return false;
    }
  }
  return true;
}

/**
 * Writes the escape of an ASCII character that cannot stand for itself.
 *
 * @returns where the next byte goes
 */
export function writeEscape(target: Uint8Array, start: number, byte: number): number {
  target[start] = BACKSLASH;
  const letter = SHORT_ESCAPES[byte] ?? 0;
  if (letter !== 0) {
    target[start + 1] = letter;
    return start + 2;
  }
  target[start + 1] = LOWER_U;
  target[start + 2] = ZERO;
  target[start + 3] = ZERO;
  target[start + 4] = HEX_DIGITS[byte >> 4] ?? 0;
  target[start + 5] = HEX_DIGITS[byte & 15] ?? 0;
  return start + 6;
}

/**
 * The length of the valid multi-byte sequence at `index`, or minus the length of the maximal
 * invalid part (Unicode §3.9, table 3-7: the first continuation byte has a narrower range after
 * E0, ED, F0 and F4, which rules out overlong forms, surrogates and code points above U+10FFFF).
 */
export function sequenceLength(source: Uint8Array, index: number, end: number): number {
  const lead = source[index] ?? 0;
  const second = index + 1 < end ? (source[index + 1] ?? 0) : 0;
  if (lead < 0xe0) {
    return lead >= 0xc2 && isContinuation(second) ? 2 : -1;
  }
  if (!isContinuation(second) || !fitsLead(lead, second)) {
    return -1;
  }
  const third = index + 2 < end ? (source[index + 2] ?? 0) : 0;
  if (!isContinuation(third)) {
    return -2;
  }
  if (lead < 0xf0) {
    return 3;
  }
  const fourth = index + 3 < end ? (source[index + 3] ?? 0) : 0;
  return isContinuation(fourth) ? 4 : -3;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Whether a continuation byte may follow a lead of three or four bytes. */
function fitsLead(lead: number, second: number): boolean {
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
