/** The events of one segment as text, whatever form they are stored in. */
import { Buffer } from "node:buffer";

import { EVENT_LIMIT_BYTES } from "../events/limits.ts";
import { decodeStored, isPlain } from "../segment/stored-form.ts";

/**
 * What a segment may inflate to: the longest event with its line feed, which is more than a segment
 * of several holds. A value that holds more was not written by this gateway.
 */
const SEGMENT_LIMIT_BYTES = EVENT_LIMIT_BYTES + 1;

/** A segment's events, turned into text no earlier than they are needed. */
export class SegmentText {
  /** text, or UTF-8 that was inflated */
  readonly #content: string | Buffer;

  private constructor(content: string | Buffer) {
    this.#content = content;
  }

  /** Reads a value as KV gives it; undefined when it is damaged. */
  static of(value: string): SegmentText | undefined {
    if (isPlain(value)) {
      return new SegmentText(value);
    }
    const bytes = decodeStored(value, SEGMENT_LIMIT_BYTES);
    return bytes.ok
      ? new SegmentText(
          Buffer.from(bytes.value.buffer, bytes.value.byteOffset, bytes.value.byteLength),
        )
      : undefined;
  }

  /** About how many bytes of events this is. */
  get bytes(): number {
    return this.#content.length;
  }

  /** Whether a text stands anywhere in the events: text that is not there need not be decoded. */
  includes(needle: string): boolean {
    return this.#content.includes(needle);
  }

  /** The events' JSON texts; the index is the row. */
  lines(): readonly string[] {
    const lines = this.#content.toString().split("\n");
    // The text ends with a line feed: what follows it is no row.
    lines.pop();
    return lines;
  }
}
