/** Sets of characters (code points): what one step of a regular expression matches. */

/** A range of code points, both ends included. */
export type Range = readonly [first: number, last: number];

const ASCII = 128;
const UNKNOWN = 0;
const LISTED = 1;
const ABSENT = 2;
const MAX_CODE_POINT = 0x10_ff_ff;

export const DIGITS: readonly Range[] = [[0x30, 0x39]];
export const WORD_CHARACTERS: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
/** Tab, line feed, form feed, carriage return, space: what RE2 calls white space. */
export const SPACES: readonly Range[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
export const ANYTHING: readonly Range[] = [[0, MAX_CODE_POINT]];

/** A set of characters. */
export class CharacterSet {
  readonly #ranges: readonly Range[];
  /** what is known of each ASCII character: most texts have no others, and ask again and again */
  readonly #ascii = new Uint8Array(ASCII);
  readonly #ignoresCase: boolean;
  readonly #isNegated: boolean;

  constructor(
    ranges: readonly Range[],
    how: { readonly ignoresCase: boolean; readonly isNegated: boolean },
  ) {
    this.#ranges = ranges;
    this.#ignoresCase = how.ignoresCase;
    this.#isNegated = how.isNegated;
  }

  /** Whether a character is in the set. */
  has(point: number): boolean {
    if (point >= ASCII) {
      return this.#contains(point);
    }
    if (this.#ascii[point] === UNKNOWN) {
      this.#ascii[point] = this.#contains(point) ? LISTED : ABSENT;
    }
    return this.#ascii[point] === LISTED;
  }

  /** The only character of the set; undefined when there are others, or when case is ignored. */
  get single(): string | undefined {
    const [range, ...others] = this.#ranges;
    return range !== undefined &&
      others.length === 0 &&
      range[0] === range[1] &&
      !this.#ignoresCase &&
      !this.#isNegated
      ? String.fromCodePoint(range[0])
      : undefined;
  }

  #contains(point: number): boolean {
    const isListed =
      this.#isListed(point) ||
      (this.#ignoresCase && caseVariants(point).some((variant) => this.#isListed(variant)));
    return isListed !== this.#isNegated;
  }

  #isListed(point: number): boolean {
    return this.#ranges.some(([first, last]) => point >= first && point <= last);
  }
}

/** The other cases of a character that are one character too. */
export function caseVariants(point: number): readonly number[] {
  const character = String.fromCodePoint(point);
  return [character.toLowerCase(), character.toUpperCase()].flatMap((text) => {
    const first = text.codePointAt(0) ?? point;
    return String.fromCodePoint(first) === text ? [first] : [];
  });
}

/** The characters of a list of ranges that are not in it. */
export function complementOf(ranges: readonly Range[]): readonly Range[] {
  const sorted = ranges.toSorted(([left], [right]) => left - right);
  const gaps: Range[] = [];
  let next = 0;
  for (const [first, last] of sorted) {
    if (first > next) {
      gaps.push([next, first - 1]);
    }
    next = Math.max(next, last + 1);
  }
  if (next <= MAX_CODE_POINT) {
    gaps.push([next, MAX_CODE_POINT]);
  }
  return gaps;
}
