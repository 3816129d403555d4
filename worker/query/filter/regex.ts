/**
 * A matcher for regular expressions that cannot be made to hang: all ways through the pattern are
 * followed at once (Thompson), so that a match takes at most text × program steps. The engine's own
 * backtracks, and a user's pattern could keep it busy for ever.
 *
 * A pattern must match the whole text, as in TraceQL. `.` matches line feeds too: stack traces and
 * log bodies have many lines, and `.*timeout.*` is meant to find them.
 *
 * @see https://swtch.com/~rsc/regexp/regexp1.html
 */
import { type Result, err, ok } from "../../core/result.ts";
import { type CharacterSet, WORD_CHARACTERS } from "./regex-set.ts";
import { type Assertion, type RegexError, type RegexNode, parseRegex } from "./regex-syntax.ts";

/** Longer programs are refused: `((a{99}){99}){99}` is short to write. */
export const PROGRAM_LIMIT = 1000;
/** Parts looked at while compiling: repeating nothing a thousand times makes no instruction. */
const COMPILE_LIMIT = 4 * PROGRAM_LIMIT;
/**
 * No longer text matches any pattern, so that a match takes at most 2 × 32,768 × 1,000 steps, some
 * tenths of a second in the worst case; a usual one follows two or three ways, not a thousand.
 */
export const REGEX_TEXT_LIMIT = 32_768;

type Instruction =
  | { readonly op: "set"; readonly set: CharacterSet }
  | { readonly op: "split"; readonly first: number; readonly second: number }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "assertion"; readonly what: Assertion }
  | { readonly op: "match" };

/** In place of a character: the text starts or ends there. */
const EDGE = -1;
const NOWHERE = -1;

/** A place between two characters of a text. */
interface Place {
  readonly at: number;
  readonly before: number;
  readonly next: number;
}

/** Where steps of matching are counted. */
export interface Work {
  /** raised by each instruction that is looked at */
  steps: number;
}

/** A compiled pattern. */
export class Regex {
  /** A text that stands in every text the pattern matches; empty when none is known. */
  readonly required: string;
  /** All the texts the pattern matches; undefined when they cannot be listed. */
  readonly texts: readonly string[] | undefined;
  /** How many instructions the program has. */
  readonly size: number;
  readonly #simulation: Simulation;

  constructor(node: RegexNode, program: readonly Instruction[]) {
    this.#simulation = new Simulation(program);
    this.size = program.length;
    this.texts = textsOf(node);
    this.required = requiredText(node);
  }

  /**
   * Whether the pattern matches the whole text.
   *
   * @param work counts the steps: at most 2 × (characters + 1) × {@link size}
   */
  matches(text: string, work: Work = { steps: 0 }): boolean {
    if (text.length > REGEX_TEXT_LIMIT || !text.includes(this.required)) {
      return false;
    }
    return this.texts === undefined ? this.#simulation.run(text, work) : this.texts.includes(text);
  }
}

/**
 * Compiles a pattern.
 *
 * @returns an error for a pattern that does not parse, or whose program would be too long
 */
export function compileRegex(pattern: string): Result<Regex, RegexError> {
  const node = parseRegex(pattern);
  if (!node.ok) {
    return node;
  }
  const compiler = new Compiler();
  compiler.compile(node.value);
  compiler.emit({ op: "match" });
  return compiler.isTooLong
    ? err({
        message: `Cannot use the regular expression: its repetitions come to more than ${PROGRAM_LIMIT} steps`,
        position: 0,
      })
    : ok(new Regex(node.value, compiler.program));
}

class Compiler {
  readonly program: Instruction[] = [];
  #visits = 0;

  get isTooLong(): boolean {
    return this.program.length > PROGRAM_LIMIT || this.#visits > COMPILE_LIMIT;
  }

  emit(instruction: Instruction): void {
    this.program.push(instruction);
  }

  compile(node: RegexNode): void {
    this.#visits += 1;
    if (this.isTooLong) {
      return;
    }
    switch (node.kind) {
      case "set":
        this.emit({ op: "set", set: node.set });
        return;
      case "assertion":
        this.emit({ op: "assertion", what: node.what });
        return;
      case "sequence":
        for (const part of node.of) {
          this.compile(part);
        }
        return;
      case "choice":
        this.#choice(node.of);
        return;
      case "repeat":
        this.#repeat(node.of, node.min, node.max);
        return;
    }
  }

  #choice(branches: readonly RegexNode[]): void {
    const jumps: number[] = [];
    for (const [index, branch] of branches.entries()) {
      if (index === branches.length - 1) {
        this.compile(branch);
        break;
      }
      const split = this.#reserve();
      this.compile(branch);
      jumps.push(this.#reserve());
      this.program[split] = { op: "split", first: split + 1, second: this.program.length };
    }
    for (const jump of jumps) {
      this.program[jump] = { op: "jump", to: this.program.length };
    }
  }

  #repeat(node: RegexNode, min: number, max: number | undefined): void {
    for (let count = 0; count < min && !this.isTooLong; count += 1) {
      this.compile(node);
    }
    if (max === undefined) {
      const split = this.#reserve();
      this.compile(node);
      this.emit({ op: "jump", to: split });
      this.program[split] = { op: "split", first: split + 1, second: this.program.length };
      return;
    }
    const splits: number[] = [];
    for (let count = min; count < max && !this.isTooLong; count += 1) {
      splits.push(this.#reserve());
      this.compile(node);
    }
    for (const split of splits) {
      this.program[split] = { op: "split", first: split + 1, second: this.program.length };
    }
  }

  /** An instruction that is filled in when its target is known. */
  #reserve(): number {
    this.emit({ op: "match" });
    return this.program.length - 1;
  }
}

/** Runs a program over texts, one after the other; its lists are made once. */
class Simulation {
  readonly #program: readonly Instruction[];
  /** where the ways through the pattern stand, each once; the first {@link #count} entries */
  #ways: Int32Array;
  #count = 0;
  /** the ways before the last character was read */
  #earlier: Int32Array;
  /** for each instruction the place where it was last reached: keeps a way from being taken twice */
  readonly #reachedAt: Int32Array;
  /** instructions still to be followed: each adds two at most, and is followed once */
  readonly #open: Int32Array;

  constructor(program: readonly Instruction[]) {
    this.#program = program;
    this.#ways = new Int32Array(program.length);
    this.#earlier = new Int32Array(program.length);
    this.#reachedAt = new Int32Array(program.length);
    this.#open = new Int32Array(2 * program.length + 1);
  }

  run(text: string, work: Work): boolean {
    this.#reachedAt.fill(NOWHERE);
    this.#count = 0;
    let at = 0;
    let before = EDGE;
    let next = text.codePointAt(0) ?? EDGE;
    let steps = this.#follow(0, { at, before, next });
    while (next !== EDGE && this.#count > 0) {
      const count = this.#count;
      const earlier = this.#ways;
      this.#ways = this.#earlier;
      this.#earlier = earlier;
      this.#count = 0;
      const read = next;
      at += read > 0xff_ff ? 2 : 1;
      before = read;
      next = text.codePointAt(at) ?? EDGE;
      const place = { at, before, next };
      steps += count;
      for (let way = 0; way < count; way += 1) {
        const index = earlier[way] ?? 0;
        const instruction = this.#program[index];
        if (instruction?.op === "set" && instruction.set.has(read)) {
          steps += this.#follow(index + 1, place);
        }
      }
    }
    work.steps += steps;
    return next === EDGE && this.#hasMatch();
  }

  #hasMatch(): boolean {
    return this.#ways
      .subarray(0, this.#count)
      .some((index) => this.#program[index]?.op === "match");
  }

  /**
   * Goes on from an instruction to all that read a character, without reading one.
   *
   * @returns how many instructions were looked at
   */
  #follow(from: number, place: Place): number {
    const open = this.#open;
    open[0] = from;
    let steps = 0;
    for (let left = 1; left > 0;) {
      left -= 1;
      const index = open[left] ?? 0;
      const instruction = this.#program[index];
      if (instruction === undefined || this.#reachedAt[index] === place.at) {
        continue;
      }
      this.#reachedAt[index] = place.at;
      steps += 1;
      switch (instruction.op) {
        case "set":
        case "match":
          this.#ways[this.#count] = index;
          this.#count += 1;
          break;
        case "jump":
          open[left] = instruction.to;
          left += 1;
          break;
        case "split":
          open[left] = instruction.second;
          open[left + 1] = instruction.first;
          left += 2;
          break;
        case "assertion":
          if (holds(instruction.what, place.before, place.next)) {
            open[left] = index + 1;
            left += 1;
          }
          break;
      }
    }
    return steps;
  }
}

/** Whether an assertion holds between two characters. */
function holds(what: Assertion, before: number, next: number): boolean {
  switch (what) {
    case "start":
      return before === EDGE;
    case "end":
      return next === EDGE;
    case "boundary":
      return isWordCharacter(before) !== isWordCharacter(next);
    case "no-boundary":
      return isWordCharacter(before) === isWordCharacter(next);
  }
}

function isWordCharacter(point: number): boolean {
  return WORD_CHARACTERS.some(([first, last]) => point >= first && point <= last);
}

/** The only text a pattern of plain characters matches. */
function plainText(node: RegexNode): string | undefined {
  switch (node.kind) {
    case "set":
      // Half of a surrogate pair is no character: next to the other half it would become another.
      return node.set.single?.isWellFormed() === true ? node.set.single : undefined;
    case "sequence": {
      const parts = node.of.map((part) => plainText(part));
      return parts.includes(undefined) ? undefined : parts.join("");
    }
    case "assertion":
    case "choice":
    case "repeat":
      return undefined;
  }
}

function textsOf(node: RegexNode): readonly string[] | undefined {
  const branches = node.kind === "choice" ? node.of : [node];
  const texts = branches.map((branch) => plainText(branch)).filter((text) => text !== undefined);
  return texts.length === branches.length ? texts : undefined;
}

/** The longest run of plain characters that no match can do without. */
function requiredText(node: RegexNode): string {
  const parts = node.kind === "sequence" ? node.of : [node];
  let longest = "";
  let run = "";
  for (const part of parts) {
    const text = plainText(part);
    run = text === undefined ? "" : run + text;
    const inside = text === undefined ? requiredInside(part) : "";
    longest = [run, inside].reduce((best, one) => (one.length > best.length ? one : best), longest);
  }
  return longest;
}

function requiredInside(part: RegexNode): string {
  if (part.kind === "repeat" && part.min > 0) {
    return requiredText(part.of);
  }
  return part.kind === "sequence" ? requiredText(part) : "";
}
