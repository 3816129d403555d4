/** Events one per line, for streams: nothing but one page is held at a time. */
import { wholeEvents } from "./whole-events.ts";

/** What has been written before the last line. */
export interface Written {
  readonly count: number;
  /** damaged lines that were left out */
  readonly skipped: number;
}

/**
 * Renders pages as they come, one chunk for each that has events. The events are copied as stored,
 * digit for digit. The last line is `{"_meta":{…}}`: an answer without it was cut off.
 *
 * @param pages lists of the events' JSON texts
 * @param metaOf makes the content of the last line, once all pages have been written
 */
export async function* renderNdjson(
  pages: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  metaOf: (written: Written) => object,
): AsyncGenerator<string, void> {
  let count = 0;
  let skipped = 0;
  for await (const page of pages) {
    const whole = wholeEvents(page);
    count += whole.events.length;
    skipped += whole.skipped;
    if (whole.events.length > 0) {
      yield `${whole.events.join("\n")}\n`;
    }
  }
  yield `${JSON.stringify({ _meta: metaOf({ count, skipped }) })}\n`;
}
