/** Numbers, ids and bytes → JSON text. */
import { formatDouble } from "./host";
import { Out, writeByte, writeLiteral } from "./out";

const QUOTE: u32 = 0x22;
const MINUS: u32 = 0x2d;
const POINT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const NINE_DIGITS: u64 = 1_000_000_000;
const EIGHT_DIGITS: u64 = 100_000_000;
const MILLION: f64 = 1_000_000;
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;
const ALL_ZEROS: u64 = 0x3030303030303030;
/** A 64-bit integer in quotes and with its sign, and what its stores touch beyond. */
const INTEGER_BYTES: u32 = 40;
/** The longest text of a double: `-1.7976931348623157e+308`. */
const DOUBLE_BYTES: u32 = 32;
const TRUNCATE_LIMIT: f64 = 9_007_199_254_740_991;

/** Up to eight digits at once. */
class Digits {
  /**
   * Eight digits, leading zeros included, in the order of memory: the first is in the lowest byte.
   * Each step splits all lanes in two by multiplying with a reciprocal
   * (https://pvk.ca/Blog/2017/12/22/appnexus-common-framework-its-out-also-how-to-print-integers-faster/).
   *
   * @param value below 10^8
   */
  @inline
  static eight(value: u32): u64 {
    const upper = value / 10_000;
    const fours = <u64>upper | ((<u64>(value - upper * 10_000)) << 32);
    const hundreds = ((fours * 10_486) >> 20) & 0x0000007f_0000007f;
    const pairs = hundreds | ((fours - hundreds * 100) << 16);
    const tens = ((pairs * 103) >> 10) & 0x000f000f_000f000f;
    return (tens | ((pairs - tens * 10) << 8)) + ALL_ZEROS;
  }

  /** Writes a value below 10^8 without leading zeros; returns where it ends. */
  @inline
  static copyFew(at: usize, value: u32): usize {
    const digits = Digits.eight(value);
    // The last digit is written also when it is zero.
    const zeros = min<u64>(ctz(digits - ALL_ZEROS) >> 3, 7);
    store<u64>(at, digits >> (zeros << 3));
    return at + <usize>(8 - zeros);
  }
}

/** Writes digits; returns where they end. Room is reserved. */
function copyDigits(at: usize, value: u64): usize {
  if (value < EIGHT_DIGITS) {
    return Digits.copyFew(at, <u32>value);
  }
  const upper = value / EIGHT_DIGITS;
  let end: usize = 0;
  if (upper < EIGHT_DIGITS) {
    end = Digits.copyFew(at, <u32>upper);
  } else {
    const top = upper / EIGHT_DIGITS;
    end = Digits.copyFew(at, <u32>top);
    store<u64>(end, Digits.eight(<u32>(upper - top * EIGHT_DIGITS)));
    end += 8;
  }
  store<u64>(end, Digits.eight(<u32>(value - upper * EIGHT_DIGITS)));
  return end + 8;
}

function copySignedDigits(at: usize, value: i64): usize {
  if (value >= 0) {
    return copyDigits(at, <u64>value);
  }
  store<u8>(at, MINUS);
  return copyDigits(at + 1, <u64>-value);
}

/** Writes an integer. */
export function writeInteger(value: i64): void {
  Out.reserve(INTEGER_BYTES);
  Out.at = copySignedDigits(Out.at, value);
}

/** Writes a signed 64-bit integer as a string. */
export function writeQuotedSigned(value: i64): void {
  Out.reserve(INTEGER_BYTES);
  store<u8>(Out.at, QUOTE);
  const at = copySignedDigits(Out.at + 1, value);
  store<u8>(at, QUOTE);
  Out.at = at + 1;
}

/** Writes an unsigned 64-bit integer as a string. */
export function writeQuotedUnsigned(value: u64): void {
  Out.reserve(INTEGER_BYTES);
  Out.at = copyQuotedUnsigned(Out.at, value);
}

/** The seconds of the time written last, as digits: the times of one export share them. */
const secondsText: usize = memory.data(32, 16);
let secondsStart: u64 = 0;
let secondsLength: usize = 0;

/** See {@link writeQuotedUnsigned}: most are times in nanoseconds. Room is reserved. */
export function copyQuotedUnsigned(at: usize, value: u64): usize {
  store<u8>(at, QUOTE);
  let end: usize = 0;
  if (value < NINE_DIGITS) {
    end = copyDigits(at + 1, value);
  } else {
    if (value - secondsStart >= NINE_DIGITS) {
      const seconds = value / NINE_DIGITS;
      secondsLength = copyDigits(secondsText, seconds) - secondsText;
      secondsStart = seconds * NINE_DIGITS;
    }
    v128.store(at + 1, v128.load(secondsText));
    end = at + 1 + secondsLength;
    const nanos = <u32>(value - secondsStart);
    const first = nanos / <u32>EIGHT_DIGITS;
    store<u8>(end, ZERO + first);
    store<u64>(end, Digits.eight(nanos - first * <u32>EIGHT_DIGITS), 1);
    end += 9;
  }
  store<u8>(end, QUOTE);
  return end + 1;
}

/** An int_value: a number where JSON readers keep every digit, else marked and as a string. */
export function writeIntValue(value: i64): void {
  if (value <= MAX_SAFE_INTEGER && value >= -MAX_SAFE_INTEGER) {
    writeInteger(value);
    return;
  }
  writeLiteral('{"int_value":');
  writeQuotedSigned(value);
  writeByte(0x7d);
}

/** A double_value: plain when it has a fraction, else marked, for 5.0 reads like the integer 5. */
export function writeDoubleValue(value: f64): void {
  if (value - value == 0 && trunc(value) != value) {
    writeFraction(value);
    return;
  }
  writeLiteral('{"double_value":');
  writeDouble(value);
  writeByte(0x7d);
}

/** A double whose type is known: a number, or "NaN", "Infinity", "-Infinity". */
export function writeDouble(value: f64): void {
  if (value != value) {
    writeLiteral('"NaN"');
  } else if (value - value != 0) {
    writeLiteral(value > 0 ? '"Infinity"' : '"-Infinity"');
  } else if (trunc(value) != value) {
    writeFraction(value);
  } else if (value == 0 && reinterpret<u64>(value) != 0) {
    writeLiteral("-0");
  } else if (abs(value) <= TRUNCATE_LIMIT) {
    writeInteger(<i64>value);
  } else {
    writeAnyDouble(value);
  }
}

/**
 * Writes a finite number that is no integer. If at most six digits behind the point are all of it, as
 * of prices, rates and seconds, they are written here: two decimals of at most 15 digits never are
 * the same double, so there is no shorter text, and below 10^-6, where exponents begin, there is
 * none at all.
 */
function writeFraction(value: f64): void {
  const size = abs(value);
  const micros = nearest(size * MILLION);
  if (size >= <f64>NINE_DIGITS || micros / MILLION != size) {
    writeAnyDouble(value);
    return;
  }
  Out.reserve(INTEGER_BYTES);
  let at = Out.at;
  if (value < 0) {
    store<u8>(at, MINUS);
    at += 1;
  }
  const whole = <u64>size;
  at = copyDigits(at, whole);
  store<u8>(at, POINT);
  const digits = Digits.eight(<u32>(<u64>micros - whole * 1_000_000)) >> 16;
  store<u64>(at, digits, 1);
  // Zeros at the end are the highest bytes; not all six are zeros.
  const zeros = clz((digits << 16) - (ALL_ZEROS & 0xffffffff_ffff0000)) >> 3;
  Out.at = at + <usize>(7 - zeros);
}

/** The shortest text that reads back the same, as `String` gives it. */
function writeAnyDouble(value: f64): void {
  Out.reserve(DOUBLE_BYTES);
  Out.at += formatDouble(value, Out.at);
}

/** Writes eight bytes as 16 digits of lower-case hex. */
function copyHex(at: usize, from: usize): void {
  const bytes = v128.load64_zero(from);
  const low = v128.and(bytes, i8x16.splat(15));
  const high = i8x16.shr_u(bytes, 4);
  const nibbles = i8x16.shuffle(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const digits = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
  v128.store(at, i8x16.swizzle(digits, nibbles));
}

/** Writes bytes, 8 or 16, as a string of lower-case hex; returns where it ends. Room is reserved. */
export function copyHexString(at: usize, from: usize, length: u32): usize {
  store<u8>(at, QUOTE);
  copyHex(at + 1, from);
  if (length > 8) {
    copyHex(at + 17, from + 8);
  }
  const end = at + 1 + length * 2;
  store<u8>(end, QUOTE);
  return end + 1;
}

/** A bytes_value. */
export function writeBytesValue(from: usize, to: usize): void {
  writeLiteral('{"bytes_value":');
  writeBase64(from, to);
  writeByte(0x7d);
}

/** Writes bytes in base64 (RFC 4648 §4, padded), as a string. */
export function writeBase64(from: usize, to: usize): void {
  Out.reserve((<u32>(to - from) / 3) * 4 + 8);
  let at = Out.at;
  store<u8>(at, QUOTE);
  at += 1;
  let source = from;
  for (; source + 3 <= to; source += 3) {
    const bits =
      ((<u32>load<u8>(source)) << 16) | ((<u32>load<u8>(source, 1)) << 8) | load<u8>(source, 2);
    store<u8>(at, base64Digit(bits >> 18));
    store<u8>(at, base64Digit((bits >> 12) & 63), 1);
    store<u8>(at, base64Digit((bits >> 6) & 63), 2);
    store<u8>(at, base64Digit(bits & 63), 3);
    at += 4;
  }
  const left = to - source;
  if (left > 0) {
    const second: u32 = left > 1 ? load<u8>(source, 1) : 0;
    const bits = ((<u32>load<u8>(source)) << 16) | (second << 8);
    store<u8>(at, base64Digit(bits >> 18));
    store<u8>(at, base64Digit((bits >> 12) & 63), 1);
    store<u8>(at, left > 1 ? base64Digit((bits >> 6) & 63) : 0x3d, 2);
    store<u8>(at, 0x3d, 3);
    at += 4;
  }
  store<u8>(at, QUOTE);
  Out.at = at + 1;
}

function base64Digit(value: u32): u32 {
  if (value < 52) {
    return value < 26 ? 0x41 + value : 0x61 + value - 26;
  }
  return value < 62 ? 0x30 + value - 52 : value == 62 ? 0x2b : 0x2f;
}
