/**
 * Integers → decimal digits in a buffer. Hot path: every function takes the place to write at and
 * returns the place behind what it wrote, so that nothing but digits touches memory.
 *
 * Room for the digits and {@link DIGITS_SLACK_BYTES} more must be there.
 */
import { DIGIT_PAIRS, DIGIT_TRIPLES } from "./digits.ts";

/** Bytes behind the digits that may be overwritten: digits are stored in whole words. */
export const DIGITS_SLACK_BYTES = 4;
/** The longest integer: a sign and 20 digits. */
export const DIGITS_LIMIT_BYTES = 21;

const BILLION = 1_000_000_000;
/** 2^32 = QUOTIENT × 10^9 + REMAINDER, to print 64 bits without a bigint. */
const TWO_POW_32_QUOTIENT = 4;
const TWO_POW_32_REMAINDER = 294_967_296;
const MILLION = 1_000_000;
const MICRO_DIGITS = 6;
const NANO_DIGITS = 9;
const WORD_BYTES = 4;
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Writes an integer of at most 2^53 - 1 either way. */
export function writeSafeInteger(target: DataView, start: number, value: number): number {
  let at = start;
  let rest = value;
  if (rest < 0) {
    target.setInt8(at, MINUS);
    at += 1;
    rest = -rest;
  }
  if (rest < BILLION) {
    return writeDigits(target, at, rest);
  }
  const high = Math.floor(rest / BILLION);
  return writeNineDigits(target, writeDigits(target, at, high), rest - high * BILLION);
}

/**
 * Writes a finite number that is no integer, if at most six digits behind the point are all of it:
 * prices, rates and seconds are such numbers, and `String` takes several times as long.
 *
 * The digits are those of `String`: two decimals of at most 15 digits never are the same double, so
 * there is no shorter one, and below 10^-6, where exponents begin, there is none at all.
 *
 * @returns `start` when it is another number
 */
export function writeShortDecimal(target: DataView, start: number, value: number): number {
  const size = Math.abs(value);
  const micros = Math.round(size * MILLION);
  if (size >= BILLION || micros / MILLION !== size) {
    return start;
  }
  let at = start;
  if (value < 0) {
    target.setInt8(at, MINUS);
    at += 1;
  }
  const whole = Math.floor(size);
  at = writeDigits(target, at, whole);
  target.setInt8(at, POINT);
  const fraction = (micros - whole * MILLION) | 0;
  const upper = (fraction / 1000) | 0;
  target.setInt32(at + 1, DIGIT_TRIPLES[upper] ?? 0, true);
  target.setInt32(at + 4, DIGIT_TRIPLES[fraction - upper * 1000] ?? 0, true);
  at += MICRO_DIGITS;
  while (target.getInt8(at) === ZERO) {
    at -= 1;
  }
  return at + 1;
}

/** Writes a value below 10^9 without leading zeros. */
function writeDigits(target: DataView, start: number, value: number): number {
  const count = digitCount(value);
  let at = start + count;
  // As 32-bit integers: % and / on doubles are calls, here they become multiplications.
  let rest = value | 0;
  let left = count;
  while (left > 1) {
    const quotient = (rest / 100) | 0;
    at -= 2;
    target.setInt16(at, DIGIT_PAIRS[rest - quotient * 100] ?? 0, true);
    rest = quotient;
    left -= 2;
  }
  if (left === 1) {
    target.setInt8(at - 1, ZERO + rest);
  }
  return start + count;
}

/** Writes a value below 10^9 with leading zeros. */
function writeNineDigits(target: DataView, at: number, value: number): number {
  const rest = value | 0;
  const upper = (rest / 1000) | 0;
  const top = (upper / 1000) | 0;
  target.setInt32(at, DIGIT_TRIPLES[top] ?? 0, true);
  target.setInt32(at + 3, DIGIT_TRIPLES[upper - top * 1000] ?? 0, true);
  target.setInt32(at + 6, DIGIT_TRIPLES[rest - upper * 1000] ?? 0, true);
  return at + NANO_DIGITS;
}

/** How many digits a value below 10^9 has. */
function digitCount(value: number): number {
  if (value < 100_000) {
    if (value < 100) {
      return value < 10 ? 1 : 2;
    }
    return value < 1000 ? 3 : value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) {
    return value < 1_000_000 ? 6 : 7;
  }
  return value < 100_000_000 ? 8 : 9;
}

/** Writes 64-bit integers. It remembers the last one, because the times of one export are close. */
export class DecimalWriter {
  /** the upper half of the last integer; times share one for 4.3 seconds */
  #high = 0;
  /** #high × 2^32 = quotient × 10^9 + remainder */
  #highQuotient = 0;
  #highRemainder = 0;
  /** the digits above the last nine: of a time its seconds, at most 11 digits */
  #quotient = -1;
  #quotientLength = 0;
  readonly #quotientWords = new Int32Array(3);

  /** Writes an unsigned integer given as two halves. */
  writeUnsigned(target: DataView, start: number, high: number, low: number): number {
    if (high === 0) {
      return writeSafeInteger(target, start, low >>> 0);
    }
    if (high !== this.#high) {
      this.#divide(high);
    }
    const rest = this.#highRemainder + (low >>> 0);
    const carry = (rest / BILLION) | 0;
    const at = this.#writeQuotient(target, start, this.#highQuotient + carry);
    return writeNineDigits(target, at, rest - carry * BILLION);
  }

  /** Writes a signed integer given as the two halves of its two's complement. */
  writeSigned(target: DataView, start: number, high: number, low: number): number {
    if ((high | 0) >= 0) {
      return this.writeUnsigned(target, start, high, low);
    }
    target.setInt8(start, MINUS);
    const negatedLow = (~low + 1) | 0;
    return this.writeUnsigned(target, start + 1, ~high + (negatedLow === 0 ? 1 : 0), negatedLow);
  }

  /** In two steps of 16 bits, so that every product stays below 2^53. */
  #divide(high: number): void {
    const unsigned = high >>> 0;
    const upper = (unsigned >>> 16) * TWO_POW_32_REMAINDER;
    const upperQuotient = Math.floor(upper / BILLION);
    const lower =
      (upper - upperQuotient * BILLION) * 65_536 + (unsigned & 0xffff) * TWO_POW_32_REMAINDER;
    const lowerQuotient = Math.floor(lower / BILLION);
    this.#high = high;
    this.#highQuotient = unsigned * TWO_POW_32_QUOTIENT + upperQuotient * 65_536 + lowerQuotient;
    this.#highRemainder = lower - lowerQuotient * BILLION;
  }

  #writeQuotient(target: DataView, at: number, quotient: number): number {
    const words = this.#quotientWords;
    if (quotient === this.#quotient) {
      target.setInt32(at, words[0] ?? 0, true);
      target.setInt32(at + WORD_BYTES, words[1] ?? 0, true);
      target.setInt32(at + 2 * WORD_BYTES, words[2] ?? 0, true);
      return at + this.#quotientLength;
    }
    const end = writeSafeInteger(target, at, quotient);
    this.#quotient = quotient;
    this.#quotientLength = end - at;
    for (let index = 0; index < words.length; index += 1) {
      words[index] = target.getInt32(at + index * WORD_BYTES, true);
    }
    return end;
  }
}
