/** A condition → the text of a filter. */
import { printDuration } from "./duration.ts";
import type { Expression, Literal } from "./expression.ts";
import { printField } from "./fields.ts";

/**
 * Writes a condition so that `parseFilter` gives it back. An `and` or `or` of a single condition
 * is written as that condition: it means the same.
 */
export function printFilter(expression: Expression): string {
  switch (expression.kind) {
    case "and":
      return expression.of.length === 0
        ? "true"
        : expression.of.map((part) => printPart(part, isChain)).join(" && ");
    case "or":
      return expression.of.length === 0
        ? "false"
        : expression.of.map((part) => printPart(part, isOr)).join(" || ");
    case "not":
      return `!${printPart(expression.of, isCompound)}`;
    case "comparison":
      return `${printField(expression.field)} ${expression.operator} ${printLiteral(expression.value)}`;
    case "text":
      return JSON.stringify(expression.needle);
  }
}

function printPart(part: Expression, needsParentheses: (part: Expression) => boolean): string {
  const text = printFilter(part);
  return needsParentheses(part) ? `(${text})` : text;
}

function isOr(part: Expression): boolean {
  return part.kind === "or" && part.of.length > 0;
}

function isChain(part: Expression): boolean {
  return (part.kind === "and" || part.kind === "or") && part.of.length > 0;
}

function isCompound(part: Expression): boolean {
  return isChain(part) || part.kind === "comparison";
}

function printLiteral(value: Literal): string {
  switch (value.kind) {
    case "string":
      return JSON.stringify(value.value);
    case "number":
      return value.text;
    case "boolean":
      return String(value.value);
    case "duration":
      return printDuration(value.value);
    case "nil":
      return "nil";
  }
}
