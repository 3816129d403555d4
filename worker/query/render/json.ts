/** The default answer: events in an envelope that says what they are a page of. */

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
 * @param events the events' JSON texts, each of them whole
 */
export function renderJson(events: readonly string[], meta: PageMeta): string {
  const { limit, retention_seconds, ...others } = meta;
  const head = JSON.stringify({ count: events.length, limit, retention_seconds }).slice(0, -1);
  const tail = JSON.stringify(others).slice(1);
  return `${head},"events":[${events.join(",")}],${tail}`;
}
