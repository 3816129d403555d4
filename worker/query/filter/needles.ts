/** A condition → texts that must stand in the JSON of every event it holds for. */
import { escapedText } from "./evaluate.ts";
import type { Expression, Field, Operator } from "./expression.ts";
import { compileRegex } from "./regex.ts";

/** More alternatives cost more than parsing the line does. */
const ALTERNATIVES_LIMIT = 32;

type Comparison = Extract<Expression, { readonly kind: "comparison" }>;
/** One of them must stand in the line. */
type Needles = readonly string[];

/**
 * What a line must hold: of each list at least one text. No list: nothing is known. The lines are
 * searched as they are, so texts are in their JSON form. Numbers give no needle (1e3 is 1000), nor
 * do levels (a native event may say ERR) and anything that is negated.
 */
export function needlesOf(expression: Expression): readonly Needles[] {
  switch (expression.kind) {
    case "and":
      return unique(expression.of.flatMap((part) => needlesOf(part)));
    case "or":
      return alternatives(expression.of.map((part) => needlesOf(part)));
    case "not":
      return [];
    case "comparison":
      return comparisonNeedles(expression);
    case "text":
      return [[escapedText(expression.needle)]];
  }
}

/** One list from each part, joined: it does not matter which, so the one that is rarest. */
function alternatives(parts: readonly (readonly Needles[])[]): readonly Needles[] {
  const joined: string[] = [];
  for (const lists of parts) {
    const best = lists.toSorted((left, right) => shortest(right) - shortest(left))[0];
    if (best === undefined) {
      return [];
    }
    joined.push(...best);
  }
  const needles = [...new Set(joined)];
  return needles.length === 0 || needles.length > ALTERNATIVES_LIMIT ? [] : [needles];
}

/** Long texts are rare ones. */
function shortest(needles: Needles): number {
  return Math.min(...needles.map((needle) => needle.length));
}

function comparisonNeedles({ field, operator, value }: Comparison): readonly Needles[] {
  if (operator === "!=" || operator === "!~") {
    // `!= nil` asks for the field; any other negation holds for events that lack it.
    return value.kind === "nil" ? keyNeedles(field) : [];
  }
  if (value.kind === "nil") {
    return [];
  }
  const keys = keyNeedles(field);
  if (value.kind !== "string" || !standsAsText(field, operator, value.value)) {
    return keys;
  }
  if (operator === "=~") {
    return [...patternNeedles(value.value), ...keys];
  }
  return operator === "=" ? [[JSON.stringify(value.value)], ...keys] : keys;
}

/** What a span has that says nothing of it. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ["status", "unset"],
  ["kind", "unspecified"],
]);

/** Whether the values that a comparison asks for stand in the line as they are. */
function standsAsText(field: Field, operator: Operator, value: string): boolean {
  if (field.kind === "attribute") {
    return true;
  }
  if (field.name === "level" || field.name === "duration") {
    return false;
  }
  const otherwise = DEFAULTS.get(field.name);
  return otherwise === undefined || (operator === "=" && value !== otherwise);
}

function keyNeedles(field: Field): readonly Needles[] {
  return field.kind === "attribute" ? [[JSON.stringify(field.key)]] : [];
}

function patternNeedles(pattern: string): readonly Needles[] {
  const regex = compileRegex(pattern);
  if (!regex.ok) {
    return [];
  }
  const { required, texts } = regex.value;
  if (texts !== undefined && texts.length <= ALTERNATIVES_LIMIT) {
    return [texts.map((text) => JSON.stringify(text))];
  }
  return required === "" ? [] : [[escapedText(required)]];
}

function unique(lists: readonly Needles[]): readonly Needles[] {
  const seen = new Map(lists.map((list) => [JSON.stringify(list), list]));
  return [...seen.values()];
}
