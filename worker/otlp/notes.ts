/** What went wrong with single items or values while the rest was kept. */

/** Things a value can be that an event cannot show as sent; the event is kept. */
export const Warning = {
  depth: "values nested deeper than 128 levels were replaced by null",
  strindex: "string table references, which only profiles may use, were read as empty",
  badId: "trace or span ids of wrong length were left out of log records, links and exemplars",
  missingId: "spans without a valid trace_id or span_id were kept",
  enumName: "enum names that OTLP does not have were read as 0; send the number",
} as const;

/** One of {@link Warning}. */
export type Warning = (typeof Warning)[keyof typeof Warning];

/** A JSON request without the list it should consist of. */
export function notOtlpWarning(listName: string): string {
  return `no ${listName} in the request; is this OTLP?`;
}

/** A member that OTLP had before 1.0, whose content is not read. */
export function legacyWarning(memberName: string): string {
  return `${memberName} was ignored, OTLP 1.0 replaced it; update the sender`;
}

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
  warn(warning: string, count = 1): void {
    this.#warnings.set(warning, (this.#warnings.get(warning) ?? 0) + count);
    this.#itemWarnings.push(warning);
  }

  /** How often a warning was given. */
  warned(warning: Warning): number {
    return this.#warnings.get(warning) ?? 0;
  }

  /** What went wrong, one text per reason. */
  reasons(): readonly string[] {
    return [...this.#reasons].map(([reason, count]) => `${count} x ${reason}`);
  }

  /**
   * One short English sentence for `error_message` (OTLP: says why and how to fix it), ASCII.
   *
   * @returns undefined when there is nothing to say
   */
  message(): string | undefined {
    const warnings = [...this.#warnings].map(([warning, count]) => `${count} x ${warning}`);
    const parts = [...this.reasons(), ...warnings];
    return parts.length === 0 ? undefined : parts.join("; ");
  }
}
