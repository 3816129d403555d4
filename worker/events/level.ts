/** The six log levels, and what each severity number or text means. */

/** A log level, lowest first (OTLP SeverityNumber ranges of four). */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** Lowest first: the index tells which of two levels is higher. */
export const LEVELS: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];

const NUMBERS_PER_LEVEL = 4;
const SEVERITY_NUMBER_MAX = 24;

/** Names that loggers of many languages send as severity text. */
const LEVEL_BY_TEXT: ReadonlyMap<string, Level> = new Map([
  ["trace", "trace"],
  ["verbose", "trace"],
  ["debug", "debug"],
  ["info", "info"],
  ["information", "info"],
  ["informational", "info"],
  ["notice", "info"],
  ["warn", "warn"],
  ["warning", "warn"],
  ["error", "error"],
  ["err", "error"],
  ["severe", "error"],
  ["fatal", "fatal"],
  ["critical", "fatal"],
  ["crit", "fatal"],
  ["alert", "fatal"],
  ["emergency", "fatal"],
  ["panic", "fatal"],
]);

/** The level of a SeverityNumber, undefined for 0 and numbers OTLP does not define. */
export function levelOfNumber(severityNumber: number): Level | undefined {
  return severityNumber >= 1 && severityNumber <= SEVERITY_NUMBER_MAX
    ? LEVELS[Math.floor((severityNumber - 1) / NUMBERS_PER_LEVEL)]
    : undefined;
}

/** The level a severity text names, undefined when it names none. */
export function levelOfText(text: string): Level | undefined {
  return LEVEL_BY_TEXT.get(text.trim().toLowerCase());
}

/** The lowest SeverityNumber of a level. */
export function lowestNumberOf(level: Level): number {
  return LEVELS.indexOf(level) * NUMBERS_PER_LEVEL + 1;
}
