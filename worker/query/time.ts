/** Times in parameters. */

const EPOCH_MS = /^\d{1,13}$/;
const RELATIVE = /^-(\d{1,9})(ms|s|m|h|d)$/;
/** RFC 3339: a date and a time with zone, fraction optional. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
/** What {@link parseTime} reads, as a pattern of ECMA-262. */
export const TIME_PATTERN: string = [EPOCH_MS, /^now$/, RELATIVE, RFC_3339]
  .map(({ source }) => source)
  .join("|");
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads epoch milliseconds, RFC 3339, `now`, or a time before now such as `-15m` (ms, s, m, h, d).
 *
 * @returns epoch ms; undefined when the text is none of these
 */
export function parseTime(text: string, nowMs: number): number | undefined {
  if (EPOCH_MS.test(text)) {
    return Number(text);
  }
  if (text === "now") {
    return nowMs;
  }
  const [, amount, unit] = RELATIVE.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return Math.max(0, nowMs - Number(amount) * (UNIT_MS[unit] ?? 0));
  }
  const parsed = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
