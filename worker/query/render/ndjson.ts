/** Events one per line, for streams: nothing but one page is held at a time. */

/**
 * Renders pages as they come, one chunk for each that has events. The events are copied as stored,
 * digit for digit. The last line is `{"_meta":{…}}`: an answer without it was cut off.
 *
 * @param pages lists of the events' JSON texts, each of them whole; what they return at their end is
 *   the content of the last line
 */
export async function* renderNdjson(
  pages: AsyncGenerator<readonly string[], object>,
): AsyncGenerator<string, void> {
  for (;;) {
    const page = await pages.next();
    if (page.done === true) {
      yield `${JSON.stringify({ _meta: page.value })}\n`;
      return;
    }
    if (page.value.length > 0) {
      yield `${page.value.join("\n")}\n`;
    }
  }
}
