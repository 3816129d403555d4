/** What may be compared with what: the reasons why a comparison makes no sense, in words. */
import { LEVELS, levelOfText } from "../../events/level.ts";
import { DURATION_FORM, parseDuration } from "./duration.ts";
import type { Field, Intrinsic, Literal, Operator } from "./expression.ts";
import { printField } from "./fields.ts";

/** The words some fields can be compared with, without quotes. */
const WORDS: ReadonlyMap<Intrinsic, readonly string[]> = new Map<Intrinsic, readonly string[]>([
  ["status", ["ok", "error", "unset"]],
  ["kind", ["unspecified", "internal", "server", "client", "producer", "consumer"]],
  ["level", LEVELS],
]);

/** Fields whose words have no order. */
const UNORDERED: ReadonlySet<Intrinsic> = new Set(["status", "kind"]);
const IDS: ReadonlySet<Intrinsic> = new Set(["trace_id", "span_id", "parent_span_id"]);
const HEX = /^[0-9a-fA-F]+$/;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * A word as a value: number, duration, bool, nil, or one of the words the field knows.
 *
 * @returns why it is none, in words
 */
export function literalOfWord(word: string, field: Field): Literal | string {
  if (word === "nil") {
    return { kind: "nil" };
  }
  if (word === "true" || word === "false") {
    return { kind: "boolean", value: word === "true" };
  }
  if (NUMBER.test(word)) {
    const value = Number(word);
    return Number.isFinite(value)
      ? { kind: "number", value, text: word }
      : `Expected a number a double can hold, found ${word}`;
  }
  const nanos = parseDuration(word);
  if (nanos !== undefined) {
    return { kind: "duration", value: nanos };
  }
  return enumWord(word, field);
}

function enumWord(word: string, field: Field): Literal | string {
  const name = field.kind === "intrinsic" ? field.name : undefined;
  if (name === "event_type") {
    return { kind: "string", value: word };
  }
  const words = name === undefined ? undefined : WORDS.get(name);
  if (words === undefined) {
    return `Expected a value for ${printField(field)}, found ${word}: put text in quotes`;
  }
  return words.includes(word) || (name === "level" && levelOfText(word) !== undefined)
    ? { kind: "string", value: word }
    : `Expected one of ${words.join(", ")} for ${printField(field)}, found ${word}: put any other text in quotes`;
}

/** Ids are stored in lower case: one of another case is the same id. */
export function normalizeLiteral(field: Field, operator: Operator, value: Literal): Literal {
  return field.kind === "intrinsic" &&
    IDS.has(field.name) &&
    !isPattern(operator) &&
    value.kind === "string" &&
    HEX.test(value.value)
    ? { kind: "string", value: value.value.toLowerCase() }
    : value;
}

/** Why field, operator and value do not go together; undefined when they do. */
export function problemOf(field: Field, operator: Operator, value: Literal): string | undefined {
  const name = printField(field);
  if (value.kind === "nil" || value.kind === "boolean") {
    const text = value.kind === "nil" ? "nil" : String(value.value);
    return operator === "=" || operator === "!="
      ? undefined
      : `Expected "=" or "!=" before ${text}, found "${operator}"`;
  }
  if (isPattern(operator)) {
    return patternProblem(field, operator, value);
  }
  const isDuration = field.kind === "intrinsic" && field.name === "duration";
  if (isDuration !== (value.kind === "duration")) {
    return isDuration
      ? `Expected ${DURATION_FORM}, to compare with duration`
      : `Expected a text, a number or a bool to compare with ${name}: only duration can be compared with a duration`;
  }
  return field.kind === "intrinsic" ? intrinsicProblem(field.name, operator, value) : undefined;
}

function patternProblem(field: Field, operator: Operator, value: Literal): string | undefined {
  if (value.kind !== "string") {
    return `Expected a regular expression in quotes after "${operator}"`;
  }
  return field.kind === "intrinsic" && field.name === "duration"
    ? `Expected = != < <= > or >= for duration, found "${operator}"`
    : undefined;
}

function intrinsicProblem(name: Intrinsic, operator: Operator, value: Literal): string | undefined {
  if (UNORDERED.has(name) && operator !== "=" && operator !== "!=") {
    return `Expected = != =~ or !~ for ${name}, which has no order, found "${operator}"`;
  }
  if (name === "level" && (value.kind !== "string" || levelOfText(value.value) === undefined)) {
    return `Expected one of ${LEVELS.join(", ")} to compare with level`;
  }
  return undefined;
}

/** Whether an operator takes a regular expression. */
export function isPattern(operator: Operator): boolean {
  return operator === "=~" || operator === "!~";
}
