/** What one stream thinks of how dense its keys are: a guess first, then what it has seen. */

/** What was seen before counts this much less with each block: traffic comes and goes. */
const MEMORY_RATIO = 8;
/**
 * A block that was chosen by a guess and holds so many times fewer keys than that would have it: the
 * guess was wrong. Traffic varies with the hour, and signals differ, by less.
 */
const WRONG_GUESS_RATIO = 8;
/**
 * Keys, expected or found, that say something about a guess. Right behind a boundary of decimal
 * blocks even a good one finds less; it stands for the next block then.
 */
const TELLING_KEYS = 3;

/** How dense the keys of a stream are. */
export class DensityEstimate {
  /** keys seen, and the time they cover; no time: nothing was seen */
  #keys = 0;
  #ms = 0;
  /** keys per ms, until what was seen tells more; 0: no longer, or none; undefined: none yet */
  #guess: number | undefined;

  /** @param guess in keys per millisecond; undefined: there is none */
  constructor(guess: number | undefined) {
    this.#guess = guess;
  }

  /** Whether there is nothing to go by, not even a guess. */
  get isBlind(): boolean {
    return this.#guess === undefined && this.#ms === 0;
  }

  /** Whether it is by what was seen. */
  get isMeasured(): boolean {
    return this.#ms > 0 && !this.#isGuess;
  }

  /** Keys per millisecond: seen, else guessed, else 0. */
  get keysPerMs(): number {
    return this.isMeasured ? this.#keys / this.#ms : (this.#guess ?? 0);
  }

  /** Takes a guess, in keys per millisecond. */
  suppose(keysPerMs: number): void {
    this.#guess = keysPerMs;
  }

  /** Goes by these keys alone, in so much time, ms: those of a block that was not listed to its end. */
  replace(keys: number, timeMs: number): void {
    this.#guess = 0;
    this.#keys = keys;
    this.#ms = timeMs;
  }

  /** Takes in the keys of a block and its time, ms. */
  add(keys: number, timeMs: number): void {
    this.#keys = this.#keys / MEMORY_RATIO + keys;
    this.#ms = this.#ms / MEMORY_RATIO + timeMs;
    const expected = (this.#guess ?? 0) * this.#ms;
    if (this.#isGuess && this.#keys * WRONG_GUESS_RATIO + TELLING_KEYS < expected) {
      // Next to nothing is no measure either: by it many more blocks would be too fine.
      this.replace(0, 0);
    } else if (Math.max(expected, this.#keys) > TELLING_KEYS) {
      this.#guess = 0;
    }
  }

  get #isGuess(): boolean {
    return this.#guess !== undefined && this.#guess > 0;
  }
}
