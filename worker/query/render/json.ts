/** The default answer: events in an envelope that says what they are a page of. */
import type { Rendered } from "./rendered.ts";
import { wholeEvents } from "./whole-events.ts";

/** The envelope's members beside the events and their count; all are written as given. */
export interface PageMeta {
  /** events that were asked for at most */
  readonly limit: number;
  readonly retention_seconds: number;
  /** null: there is nothing more */
  readonly next_cursor: string | null;
  /** whether everything that the question covers has been looked at */
  readonly complete: boolean;
  /** what ended the search early; null: nothing did */
  readonly stopped_by: string | null;
  /** what the answer cost */
  readonly scanned: object;
  readonly plan?: object;
}

/**
 * Renders a page. The events are copied as stored, digit for digit.
 *
 * @param events the events' JSON texts; damaged ones are skipped, and `skipped` in the envelope says
 *   how many, if any
 */
export function renderJson(events: readonly string[], meta: PageMeta): Rendered<string> {
  const { limit, retention_seconds, ...others } = meta;
  const { events: whole, skipped } = wholeEvents(events);
  const head = JSON.stringify({ count: whole.length, limit, retention_seconds }).slice(0, -1);
  const tail = JSON.stringify({ ...others, ...(skipped > 0 && { skipped }) }).slice(1);
  return { body: `${head},"events":[${whole.join(",")}],${tail}`, skipped };
}
