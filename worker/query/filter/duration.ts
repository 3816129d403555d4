/** Durations in text: `2s`, `1m30s`, `1.5ms` ↔ nanoseconds. */

const UNITS: readonly (readonly [string, bigint])[] = [
  ["d", 86_400_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1000n],
  ["ns", 1n],
];

const NANOS_PER_UNIT: ReadonlyMap<string, bigint> = new Map([
  ...UNITS,
  // The micro sign and the Greek letter: both are typed.
  ["\u{b5}s", 1000n],
  ["\u{3bc}s", 1000n],
]);

const PART = /(\d{1,18})(?:\.(\d{1,18}))?(ns|us|\u{b5}s|\u{3bc}s|ms|s|m|h|d)/gu;
const WHOLE = /^(?:\d{1,18}(?:\.\d{1,18})?(?:ns|us|\u{b5}s|\u{3bc}s|ms|s|m|h|d))+$/u;

/** How a duration is written, for messages. */
export const DURATION_FORM =
  "a number with a unit (ns, us, ms, s, m, h, d), such as 250ms or 1m30s";

/**
 * Reads a duration. Parts of a nanosecond are cut off.
 *
 * @returns nanoseconds, undefined for any other text
 */
export function parseDuration(text: string): bigint | undefined {
  if (!WHOLE.test(text)) {
    return undefined;
  }
  let nanos = 0n;
  for (const [, whole = "0", fraction = "", unit = ""] of text.matchAll(PART)) {
    const factor = NANOS_PER_UNIT.get(unit) ?? 0n;
    nanos += BigInt(whole) * factor;
    nanos += (BigInt(`${fraction}0`) * factor) / 10n ** BigInt(fraction.length + 1);
  }
  return nanos;
}

/**
 * Writes a duration of zero or more, largest unit first: `1m30s`.
 *
 * @param nanos not negative
 */
export function printDuration(nanos: bigint): string {
  let rest = nanos;
  let text = "";
  for (const [unit, factor] of UNITS) {
    const count = rest / factor;
    rest %= factor;
    if (count > 0n) {
      text += `${count}${unit}`;
    }
  }
  return text === "" ? "0s" : text;
}
