/** The events of one segment as text, whatever form they are stored in. */

/** A segment's value, decoded no further than is asked for. */
export class SegmentText {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** Reads a value as KV gives it; undefined when it is damaged. */
  static of(value: string): SegmentText | undefined {
    return new SegmentText(value);
  }

  /** About how much text this is. */
  get bytes(): number {
    return this.#text.length;
  }

  /** Whether a text stands anywhere in the events. */
  includes(needle: string): boolean {
    return this.#text.includes(needle);
  }

  /** The events' JSON texts; the index is the row. */
  lines(): readonly string[] {
    const lines = this.#text.split("\n");
    // The text ends with a line feed: what follows it is no row.
    lines.pop();
    return lines;
  }
}
