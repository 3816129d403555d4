/** Look-up tables that print two digits at once: 16 bits to be stored little-endian. */

/** "00" … "99" */
export const DIGIT_PAIRS: Uint16Array = pairs(100, 10);

/** "00" … "ff", lower case */
export const HEX_PAIRS: Uint16Array = pairs(256, 16);

function pairs(count: number, base: number): Uint16Array {
  return Uint16Array.from({ length: count }, (_none, value) => {
    const text = value.toString(base).padStart(2, "0");
    return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
  });
}
