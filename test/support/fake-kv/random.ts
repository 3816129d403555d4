/** Randomness that a seed repeats. */

/** A fixed number, or a whole one drawn anew for each use: 0 to `upTo`, both included. */
export type Amount = number | { readonly upTo: number };

/** Draws numbers (mulberry32); the same seed gives the same numbers. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to `limit`, which is not included. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** A fixed amount as it is, without using up a number; another one drawn. */
  draw(amount: Amount): number {
    return typeof amount === "number" ? amount : this.below(amount.upTo + 1);
  }

  /** One of several values. @throws when there is none */
  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) {
      throw new RangeError("Cannot pick a value: the list is empty");
    }
    return value;
  }

  /** True in this share of the calls; 0 never uses up a number. */
  chance(share: number): boolean {
    return share > 0 && this.next() < share;
  }
}
