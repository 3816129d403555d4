/** One stored value against the literal of a comparison. */
import { memberOf } from "../../core/members.ts";
import { LEVELS, levelOfText } from "../../events/level.ts";
import type { Literal, Operator } from "./expression.ts";
import { isMap } from "./lookup.ts";
import { type Work, compileRegex } from "./regex.ts";

/** Whether a value is what a comparison asks for. */
export type ValueTest = (value: unknown) => boolean;

/** Operators that say what a value is; the others say what it is not. */
export type PositiveOperator = Exclude<Operator, "!=" | "!~">;

/** The operator whose opposite this one is. */
export function positiveOf(operator: Operator): PositiveOperator {
  if (operator === "!=") {
    return "=";
  }
  return operator === "!~" ? "=~" : operator;
}

const INTEGER = /^-?\d+$/;
const DECIMAL_INTEGER = /^-?\d{1,20}$/;

/**
 * How to test a value. Values of another kind than the literal pass no test: text is no number.
 *
 * @param literal not nil, which is about the field and not about its value
 * @param work where the steps of regular expressions are counted
 */
export function valueTest(operator: PositiveOperator, literal: Literal, work: Work): ValueTest {
  switch (literal.kind) {
    case "string":
      return operator === "=~"
        ? patternTest(literal.value, work)
        : (value) => typeof value === "string" && orderTest(operator, order(value, literal.value));
    case "number": {
      const wanted = INTEGER.test(literal.text) ? BigInt(literal.text) : literal.value;
      return (value) => {
        const number = numberOf(value);
        // Beyond 2^53 a plain number has lost digits when it was read: the literal loses them too.
        const isRounded = typeof value === "number" && !isExact(value);
        return (
          number !== undefined &&
          orderTest(operator, order(number, isRounded ? literal.value : wanted))
        );
      };
    }
    case "boolean":
      return (value) => value === literal.value;
    case "duration":
      return (value) =>
        typeof value === "bigint" && orderTest(operator, order(value, literal.value));
    case "nil":
      return () => false;
  }
}

/** How to test a level: by rank, whatever a logger calls it. A pattern sees the level's own name. */
export function levelTest(operator: PositiveOperator, literal: Literal, work: Work): ValueTest {
  if (literal.kind !== "string") {
    return () => false;
  }
  if (operator === "=~") {
    const matches = patternTest(literal.value, work);
    return (value) => matches(typeof value === "string" ? levelOfText(value) : undefined);
  }
  const wanted = rankOf(literal.value);
  return (value) => {
    const rank = rankOf(value);
    return rank !== undefined && wanted !== undefined && orderTest(operator, rank - wanted);
  };
}

function rankOf(value: unknown): number | undefined {
  const level = typeof value === "string" ? levelOfText(value) : undefined;
  return level === undefined ? undefined : LEVELS.indexOf(level);
}

function patternTest(pattern: string, work: Work): ValueTest {
  const regex = compileRegex(pattern);
  return (value) => typeof value === "string" && regex.ok && regex.value.matches(value, work);
}

/** The number of an attribute: plain, or typed as docs/event-schema.md says. */
function numberOf(value: unknown): number | bigint | undefined {
  if (typeof value === "number") {
    return value;
  }
  if (!isMap(value) || Object.keys(value).length !== 1) {
    return undefined;
  }
  const int = memberOf(value, "int_value");
  if (typeof int === "string" && DECIMAL_INTEGER.test(int)) {
    return BigInt(int);
  }
  const double = memberOf(value, "double_value");
  if (double === "Infinity" || double === "-Infinity") {
    return Number(double);
  }
  return typeof double === "number" ? double : undefined;
}

function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

/** Negative, zero or positive. JavaScript compares bigint and number by value, without rounding. */
function order<T extends string | number | bigint>(left: T, right: T): number {
  if (left < right) {
    return -1;
  }
  return left > right ? 1 : 0;
}

function orderTest(operator: PositiveOperator, ordering: number): boolean {
  switch (operator) {
    case "=":
      return ordering === 0;
    case "<":
      return ordering < 0;
    case "<=":
      return ordering <= 0;
    case ">":
      return ordering > 0;
    case ">=":
      return ordering >= 0;
    case "=~":
      return false;
  }
}
