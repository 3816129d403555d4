/** 64-bit integers of OTLP/JSON as two halves, without a bigint for those that are sent. */
import { parseInteger64 } from "./values.ts";

/** Where the halves stand. */
const LOW = 0;
const HIGH = 1;
/** Decimal texts up to this long are below 2^64 for sure. */
const SAFE_DIGITS = 19;
/** How many digits at the end are read as one number. */
const TAIL_DIGITS = 9;
const BILLION = 1_000_000_000;
const TWO_POW_16 = 65_536;
const TWO_POW_32 = 4_294_967_296;
const HALF_BITS = 32;
const ZERO = 0x30;
const RADIX = 10;

/** Reads one integer after the other. */
export class IntegerReader {
  /** typed, so that they are never boxed doubles */
  readonly #halves = new Int32Array(2);

  /** The lower half, as a signed integer, of the last integer read. */
  get low(): number {
    return this.#halves[LOW] ?? 0;
  }

  /** The upper half, as a signed integer, of the last integer read. */
  get high(): number {
    return this.#halves[HIGH] ?? 0;
  }

  /**
   * Reads a 64-bit integer given as text or number into {@link low} and {@link high}.
   *
   * @returns false when it is no integer or out of range
   */
  read(value: unknown, signed: boolean): boolean {
    if (typeof value === "string") {
      if (this.#readDigits(value)) {
        return !signed || this.high >= 0;
      }
    } else if (typeof value === "number" && Number.isSafeInteger(value)) {
      this.#halves[LOW] = value;
      this.#halves[HIGH] = Math.floor(value / TWO_POW_32);
      return signed || value >= 0;
    }
    const text = parseInteger64(value, signed);
    if (text === undefined) {
      return false;
    }
    const exact = BigInt(text);
    this.#halves[LOW] = Number(BigInt.asIntN(HALF_BITS, exact));
    this.#halves[HIGH] = Number(BigInt.asIntN(HALF_BITS, exact >> BigInt(HALF_BITS)));
    return true;
  }

  /** Reads a text of nothing but digits, if there are few enough. */
  #readDigits(text: string): boolean {
    const count = text.length;
    if (count === 0 || count > SAFE_DIGITS) {
      return false;
    }
    const split = count > TAIL_DIGITS ? count - TAIL_DIGITS : 0;
    const head = digitsBetween(text, 0, split);
    const tail = digitsBetween(text, split, count);
    if (head < 0 || tail < 0) {
      return false;
    }
    // head × 10^9 + tail in two steps of 16 bits, so that every product stays below 2^53.
    const headHigh = Math.floor(head / TWO_POW_16);
    const upper = headHigh * BILLION;
    const lower = (head - headHigh * TWO_POW_16) * BILLION + tail;
    const upperHigh = Math.floor(upper / TWO_POW_16);
    const sum = (upper - upperHigh * TWO_POW_16) * TWO_POW_16 + lower;
    const carry = Math.floor(sum / TWO_POW_32);
    this.#halves[LOW] = sum - carry * TWO_POW_32;
    this.#halves[HIGH] = upperHigh + carry;
    return true;
  }
}

/** The number that at most ten decimal digits stand for; -1 where something else stands. */
function digitsBetween(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit >= RADIX) {
      return -1;
    }
    value = value * RADIX + digit;
  }
  return value;
}
