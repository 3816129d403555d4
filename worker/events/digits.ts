/** Look-up tables that print two or three digits at once, to be stored little-endian. */

const encoder = new TextEncoder();

/** "00" … "99", two bytes each */
export const DIGIT_PAIRS: Int32Array = texts({ count: 100, base: 10, width: 2 });

/** "000" … "999", three bytes each: a fourth is zero */
export const DIGIT_TRIPLES: Int32Array = texts({ count: 1000, base: 10, width: 3 });

/** "00" … "ff", lower case, two bytes each */
export const HEX_PAIRS: Int32Array = texts({ count: 256, base: 16, width: 2 });

interface TableShape {
  readonly count: number;
  readonly base: number;
  /** characters of a text */
  readonly width: number;
}

function texts({ count, base, width }: TableShape): Int32Array {
  return Int32Array.from({ length: count }, (_none, value) => {
    const text = value.toString(base).padStart(width, "0");
    return encoder.encode(text).reduceRight((word, byte) => (word << 8) | byte, 0);
  });
}
