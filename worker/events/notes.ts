/** What went wrong with single items or values while the rest was kept. */

/** Things a value can be that an event cannot show as sent; the event is kept. */
export const Warning = {
  depth: "values nested deeper than 128 levels were replaced by null",
  strindex: "string table references, which only profiles may use, were read as empty",
  badId: "trace or span ids of wrong length were left out of log records, links and exemplars",
  missingId: "spans without a valid trace_id or span_id were kept",
  notOtlp: "the request has no resourceSpans, resourceMetrics or resourceLogs; is this OTLP?",
  badValue: "values of the wrong JSON type were left out",
} as const;

/** One of {@link Warning}. */
export type Warning = (typeof Warning)[keyof typeof Warning];

/** Counts what was rejected and what was changed, by reason. */
export class Notes {
  /** items not stored: spans, data points or log records */
  rejected = 0;
  /** items stored */
  accepted = 0;
  readonly #reasons = new Map<string, number>();
  readonly #warnings = new Map<string, number>();
  /** warnings about the item begun: withdrawn when it is rejected */
  #itemWarnings: string[] = [];

  /** Starts an item: warnings from here on are about it. */
  beginItem(): void {
    if (this.#itemWarnings.length > 0) {
      this.#itemWarnings = [];
    }
  }

  /** Records that the item begun is not stored. */
  reject(reason: string): void {
    for (const warning of this.#itemWarnings) {
      const others = (this.#warnings.get(warning) ?? 0) - 1;
      if (others > 0) {
        this.#warnings.set(warning, others);
      } else {
        this.#warnings.delete(warning);
      }
    }
    this.#itemWarnings = [];
    this.rejected += 1;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** Records one value that is stored in another form than it was sent. */
  warn(warning: string): void {
    this.#warnings.set(warning, (this.#warnings.get(warning) ?? 0) + 1);
    this.#itemWarnings.push(warning);
  }

  /**
   * One short English sentence for `error_message` (OTLP: says why and how to fix it), ASCII.
   *
   * @returns undefined when there is nothing to say
   */
  message(): string | undefined {
    const parts = [...this.#reasons, ...this.#warnings].map(
      ([reason, count]) => `${count} x ${reason}`,
    );
    return parts.length === 0 ? undefined : parts.join("; ");
  }
}
