/** Middle and spread of a few measurements. */

/** A set of measurements in one number each. The unit is that of the measurements. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Middle and ends of measurements.
 *
 * @throws when there is none
 */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const [min] = sorted;
  const max = sorted.at(-1);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (min === undefined || max === undefined || low === undefined || high === undefined) {
    throw new Error("Cannot take the median of nothing");
  }
  return { median: (low + high) / 2, min, max };
}
