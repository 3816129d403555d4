/** Isolates that remember something wrong about how dense keys are. */
import fc from "fast-check";

import { KeyDensity } from "../../worker/query/key-density.ts";
import { SEGMENT_PREFIXES, type SegmentPrefix } from "../../worker/segment/key.ts";

/** Keys per millisecond, by prefix; of one that is missing nothing is known. */
export type Guesses = Readonly<Partial<Record<SegmentPrefix, number>>>;

/** Guesses what it was told, whatever is seen. */
export class StubbornDensity extends KeyDensity {
  /** may be changed between two questions */
  guesses: Guesses;

  constructor(guesses: Guesses = {}) {
    super();
    this.guesses = guesses;
  }

  override guess(prefix: SegmentPrefix): number | undefined {
    return this.guesses[prefix];
  }
}

/** From one key in a thousand years to more than any millisecond holds. */
const keysPerMs = fc.oneof(
  fc.constantFrom(0, Number.MIN_VALUE, Number.POSITIVE_INFINITY),
  fc.integer({ min: -14, max: 9 }).map((exponent) => 3 * 10 ** exponent),
);

/** Any guesses, for any of the prefixes. */
export const wrongGuesses: fc.Arbitrary<Guesses> = fc
  .tuple(...SEGMENT_PREFIXES.map((prefix) => fc.tuple(fc.constant(prefix), fc.option(keysPerMs))))
  .map((pairs) =>
    Object.fromEntries(pairs.filter((pair): pair is [SegmentPrefix, number] => pair[1] !== null)),
  );
