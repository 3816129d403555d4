/** How dense the keys of each prefix were when a question last looked at the newest ones. */
import type { SegmentPrefix } from "../segment/key.ts";

/**
 * One per isolate. Spares questions the list that only tells how dense keys are. What it knows may be
 * of another time or plainly wrong: it is for guesses, no answer may depend on it.
 */
export class KeyDensity {
  readonly #keysPerMs = new Map<SegmentPrefix, number>();

  /** Takes note of how dense the newest keys of a prefix are, in keys per millisecond. */
  learn(prefix: SegmentPrefix, keysPerMs: number): void {
    this.#keysPerMs.set(prefix, keysPerMs);
  }

  /**
   * Keys per millisecond of a prefix, as last seen. Of one that has not been looked at those of the
   * densest other: a block that is too fine costs less than one that is too coarse, because the walk
   * seldom needs more of a sparse signal. undefined: nothing is known.
   */
  guess(prefix: SegmentPrefix): number | undefined {
    const others = [...this.#keysPerMs.values()];
    return this.#keysPerMs.get(prefix) ?? (others.length === 0 ? undefined : Math.max(...others));
  }
}
