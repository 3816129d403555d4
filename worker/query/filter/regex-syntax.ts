/**
 * Regular expressions, parsed: the subset of RE2 that can be matched in linear time without
 * surprises. No back-references and no look-around, as in RE2.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
import { type Result, err, ok } from "../../core/result.ts";
import {
  ANYTHING,
  CharacterSet,
  DIGITS,
  type Range,
  SPACES,
  WORD_CHARACTERS,
  caseVariants,
  complementOf,
} from "./regex-set.ts";

/** What is wrong with a regular expression, and where in it. */
export interface RegexError {
  readonly message: string;
  /** from 0, in UTF-16 units */
  readonly position: number;
}

/** A place between two characters that a pattern can ask for. */
export type Assertion = "start" | "end" | "boundary" | "no-boundary";

/** A parsed pattern. */
export type RegexNode =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "assertion"; readonly what: Assertion }
  /** an empty sequence matches the empty text */
  | { readonly kind: "sequence" | "choice"; readonly of: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly of: RegexNode;
      readonly min: number;
      /** undefined: any number */
      readonly max: number | undefined;
    };

/** Longer patterns are refused: the time of a match grows with the pattern. */
export const REGEX_LIMIT = 256;
/** Nested groups: each is a level of the parser's stack. */
const GROUP_DEPTH_LIMIT = 32;
/** The highest count in `{m,n}`, as in RE2. */
const REPEAT_LIMIT = 1000;

const COUNTS = /\{(\d{1,4})(,(\d{1,4})?)?\}/y;
const FLAGS = /\?(-?[a-zA-Z]+(?:-[a-zA-Z]+)?)([:)])/y;
const HEX_ESCAPE = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|[xu]\{([0-9a-fA-F]{1,6})\}/y;
const MAX_CODE_POINT = 0x10_ff_ff;

const CLASSES: ReadonlyMap<string, readonly Range[]> = new Map([
  ["d", DIGITS],
  ["D", complementOf(DIGITS)],
  ["w", WORD_CHARACTERS],
  ["W", complementOf(WORD_CHARACTERS)],
  ["s", SPACES],
  ["S", complementOf(SPACES)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ["t", 0x09],
  ["n", 0x0a],
  ["v", 0x0b],
  ["f", 0x0c],
  ["r", 0x0d],
]);

/**
 * Parses a pattern.
 *
 * @returns an error for what the subset lacks, says wrongly, or makes longer than
 *   {@link REGEX_LIMIT}
 */
export function parseRegex(pattern: string): Result<RegexNode, RegexError> {
  if (pattern.length > REGEX_LIMIT) {
    return err({
      message: `Expected a regular expression of at most ${REGEX_LIMIT} characters, found ${pattern.length}`,
      position: REGEX_LIMIT,
    });
  }
  const parser = new RegexParser(pattern);
  const node = parser.parse();
  return parser.problem === undefined ? ok(node) : err(parser.problem);
}

const NOTHING: RegexNode = { kind: "sequence", of: [] };

/** Reads on after a problem, to nothing: every loop ends where {@link problem} is set. */
class RegexParser {
  problem: RegexError | undefined;
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #ignoresCase = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): RegexNode {
    const node = this.#choice();
    if (this.problem === undefined && this.#at < this.#text.length) {
      this.#fail('Found ")" without "(": write "\\)" for the character itself');
    }
    return node;
  }

  #choice(): RegexNode {
    const branches = [this.#sequence()];
    while (this.#takes("|")) {
      branches.push(this.#sequence());
    }
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : { kind: "choice", of: branches };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#text.length && !")|".includes(this.#peek())) {
      parts.push(this.#repeated());
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "sequence", of: parts };
  }

  #repeated(): RegexNode {
    const node = this.#single();
    const counts = this.#counts();
    if (counts === undefined) {
      return node;
    }
    // Which of several matches is found does not matter here: greedy or not, it is the whole text.
    this.#takes("?");
    const next = this.#peek();
    if (next === "*" || next === "+" || next === "?" || next === "{") {
      this.#fail(`Found "${next}" behind a repetition: put what is repeated into ( )`);
    }
    return { kind: "repeat", of: node, ...counts };
  }

  #counts(): { readonly min: number; readonly max: number | undefined } | undefined {
    if (this.#takes("*")) {
      return { min: 0, max: undefined };
    }
    if (this.#takes("+")) {
      return { min: 1, max: undefined };
    }
    if (this.#takes("?")) {
      return { min: 0, max: 1 };
    }
    if (this.#peek() !== "{") {
      return undefined;
    }
    const start = this.#at;
    const [, first = "", comma, second] = this.#match(COUNTS) ?? [];
    const min = Number(first);
    const max = comma === undefined ? min : second === undefined ? undefined : Number(second);
    if (first === "" || min > (max ?? min) || Math.max(min, max ?? 0) > REPEAT_LIMIT) {
      this.#fail(
        `Expected {m}, {m,} or {m,n} with counts up to ${REPEAT_LIMIT}: write "\\{" for the character itself`,
        start,
      );
    }
    return { min, max };
  }

  #single(): RegexNode {
    const start = this.#at;
    const character = this.#next();
    switch (character) {
      case "(":
        return this.#group(start);
      case "[":
        return this.#class(start);
      case ".":
        return this.#set(ANYTHING);
      case "^":
        return { kind: "assertion", what: "start" };
      case "$":
        return { kind: "assertion", what: "end" };
      case "\\":
        return this.#escape(start);
      case "*":
      case "+":
      case "?":
      case "{":
        return this.#fail(
          `Found "${character}" with nothing before it to repeat: write "\\${character}" for the character itself`,
          start,
        );
      default:
        return this.#set([rangeOf(character)]);
    }
  }

  #group(start: number): RegexNode {
    const ignoredCase = this.#ignoresCase;
    if (this.#peek() === "?" && !this.#flags(start)) {
      // `(?i)` holds from here to the end of the group around it.
      return NOTHING;
    }
    this.#depth += 1;
    if (this.#depth > GROUP_DEPTH_LIMIT) {
      return this.#fail(`Expected at most ${GROUP_DEPTH_LIMIT} groups inside each other`, start);
    }
    const node = this.#choice();
    this.#depth -= 1;
    this.#ignoresCase = ignoredCase;
    if (!this.#takes(")")) {
      this.#fail('Expected ")" for the group that starts here', start);
    }
    return node;
  }

  /**
   * Reads what follows `(?`.
   *
   * @returns whether a group follows
   */
  #flags(start: number): boolean {
    const [, flags = "", end] = this.#match(FLAGS) ?? [];
    if (end === undefined && this.#text.startsWith("?:", this.#at)) {
      this.#at += 2;
      return true;
    }
    if (flags !== "i") {
      this.#fail(
        "Expected (?: ) or (?i): look-around, named groups and other flags are not supported",
        start,
      );
      return false;
    }
    this.#ignoresCase = true;
    return end === ":";
  }

  #escape(start: number): RegexNode {
    const letter = this.#peek();
    if (letter === "b" || letter === "B") {
      this.#at += 1;
      return { kind: "assertion", what: letter === "b" ? "boundary" : "no-boundary" };
    }
    return this.#set(this.#escaped(start));
  }

  /** What an escape stands for, its backslash read; inside and outside of a class. */
  #escaped(start: number): readonly Range[] {
    const [hex, two, four, braced] = this.#match(HEX_ESCAPE) ?? [];
    if (hex !== undefined) {
      const point = Number.parseInt(two ?? four ?? braced ?? "", 16);
      if (point > MAX_CODE_POINT) {
        this.#fail("Expected a code point up to 10FFFF", start);
        return [];
      }
      return [[point, point]];
    }
    const letter = this.#next();
    const known = CLASSES.get(letter) ?? controlOf(letter);
    if (known !== undefined) {
      return known;
    }
    if (letter === "" || /[a-zA-Z0-9]/.test(letter)) {
      this.#fail(
        /[1-9]/.test(letter)
          ? `Found the back-reference "\\${letter}": it cannot be matched in linear time`
          : `Cannot read the escape "\\${letter}": known are \\d \\w \\s \\b, their opposites, \\t \\n \\r \\f \\v, \\xHH, \\u{H} and signs`,
        start,
      );
      return [];
    }
    return [rangeOf(letter)];
  }

  #class(start: number): RegexNode {
    const isNegated = this.#takes("^");
    const ranges: Range[] = [];
    // A bracket right at the start is a character like any other.
    for (let isFirst = true; isFirst || this.#peek() !== "]"; isFirst = false) {
      if (this.#at >= this.#text.length) {
        return this.#fail('Expected "]" for the class that starts here', start);
      }
      if (this.#text.startsWith("[:", this.#at)) {
        return this.#fail("Classes such as [:alpha:] are not supported: write a-zA-Z", this.#at);
      }
      ranges.push(...this.#classPart());
      if (this.problem !== undefined) {
        return NOTHING;
      }
    }
    this.#at += 1;
    return this.#set(ranges, isNegated);
  }

  /** One character, one escape, or a range. */
  #classPart(): readonly Range[] {
    const start = this.#at;
    const left = this.#classCharacter();
    if (this.#peek() !== "-" || this.#text.charAt(this.#at + 1) === "]") {
      return left;
    }
    this.#at += 1;
    const right = this.#classCharacter();
    const [first, last] = [singleOf(left), singleOf(right)];
    if (first === undefined || last === undefined || first > last) {
      this.#fail("Expected a range of two characters in ascending order, such as a-z", start);
      return [];
    }
    return [[first, last]];
  }

  #classCharacter(): readonly Range[] {
    const start = this.#at;
    const character = this.#next();
    if (character !== "\\") {
      return character === "" ? [] : [rangeOf(character)];
    }
    if (this.#takes("b")) {
      this.#fail("\\b is not a character of a class", start);
      return [];
    }
    return this.#escaped(start);
  }

  #set(ranges: readonly Range[], isNegated = false): RegexNode {
    const ignoresCase = this.#ignoresCase;
    const [range, ...others] = ranges;
    // A single letter takes its other cases along, so that K, k and the Kelvin sign are one.
    const listed =
      ignoresCase && range !== undefined && others.length === 0 && range[0] === range[1]
        ? [range, ...caseVariants(range[0]).map((point): Range => [point, point])]
        : ranges;
    return { kind: "set", set: new CharacterSet(listed, { ignoresCase, isNegated }) };
  }

  /** Notes the first problem and stops the reading. */
  #fail(message: string, position = this.#at): RegexNode {
    this.problem ??= { message, position };
    this.#at = this.#text.length;
    return NOTHING;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(pattern);
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text) ?? undefined;
    this.#at = found === undefined ? this.#at : sticky.lastIndex;
    return found;
  }

  /** The next character (a whole code point), read; empty at the end. */
  #next(): string {
    const point = this.#text.codePointAt(this.#at);
    const character = point === undefined ? "" : String.fromCodePoint(point);
    this.#at += character.length;
    return character;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #takes(character: string): boolean {
    const isThere = this.#peek() === character;
    this.#at += isThere ? 1 : 0;
    return isThere;
  }
}

function rangeOf(character: string): Range {
  const point = character.codePointAt(0) ?? 0;
  return [point, point];
}

function controlOf(letter: string): readonly Range[] | undefined {
  const point = CONTROLS.get(letter);
  return point === undefined ? undefined : [[point, point]];
}

function singleOf(ranges: readonly Range[]): number | undefined {
  const [range, ...others] = ranges;
  return range !== undefined && others.length === 0 && range[0] === range[1] ? range[0] : undefined;
}
