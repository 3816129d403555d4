/** Sorts out damaged lines before lines are copied as they are. */
import { parseEvent } from "./stored-event.ts";

/** The lines that are events, and how many are not. */
export interface WholeEvents {
  readonly events: readonly string[];
  readonly skipped: number;
}

/** Picks the lines that are whole: one that is not would make the answer around it unreadable. */
export function wholeEvents(lines: readonly string[]): WholeEvents {
  const events = lines.filter((line) => parseEvent(line) !== undefined);
  return { events, skipped: lines.length - events.length };
}
