/** Look-up tables that print two digits at a time. */

/** "00" … "99": the two decimal digits of n stand at 2n and 2n + 1. */
export const DIGIT_PAIRS: Uint8Array = pairs(100, 10);

/** "00" … "ff": the two hex digits of a byte b stand at 2b and 2b + 1. */
export const HEX_PAIRS: Uint8Array = pairs(256, 16);

function pairs(count: number, base: number): Uint8Array {
  const text = Array.from({ length: count }, (_none, value) =>
    value.toString(base).padStart(2, "0"),
  ).join("");
  return new TextEncoder().encode(text);
}
