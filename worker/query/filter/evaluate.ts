/** A condition → a function that says whether it holds for an event. */
import { levelTest, positiveOf, valueTest } from "./compare.ts";
import type { Expression } from "./expression.ts";
import { isList, isSpan, lookupOf, mayBeList } from "./lookup.ts";
import type { Work } from "./regex.ts";

/**
 * Whether a condition holds.
 *
 * @param event the parsed event
 * @param line its JSON text, as stored
 */
export type EventTest = (event: unknown, line: string) => boolean;

type Comparison = Extract<Expression, { readonly kind: "comparison" }>;

/**
 * Compiles a condition. What a comparison means for a missing field, for lists, for maps and for
 * values of another kind is said in docs/filters.md.
 *
 * @param work where the steps of regular expressions are counted, so that a scan can bound them
 */
export function compileFilter(expression: Expression, work: Work = { steps: 0 }): EventTest {
  switch (expression.kind) {
    case "and": {
      const parts = expression.of.map((part) => compileFilter(part, work));
      return (event, line) => parts.every((holds) => holds(event, line));
    }
    case "or": {
      const parts = expression.of.map((part) => compileFilter(part, work));
      return (event, line) => parts.some((holds) => holds(event, line));
    }
    case "not": {
      const holds = compileFilter(expression.of, work);
      return (event, line) => !holds(event, line);
    }
    case "comparison":
      return compileComparison(expression, work);
    case "text": {
      const needle = escapedText(expression.needle);
      return (_event, line) => line.includes(needle);
    }
  }
}

/** A text as it stands between the quotes of JSON. */
export function escapedText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function compileComparison({ field, operator, value }: Comparison, work: Work): EventTest {
  const lookup = lookupOf(field);
  if (value.kind === "nil") {
    const wantsMissing = operator === "=";
    return (event) => (lookup(event).length === 0) === wantsMissing;
  }
  const positive = positiveOf(operator);
  const isLevel = field.kind === "intrinsic" && field.name === "level";
  const test = isLevel ? levelTest(positive, value, work) : valueTest(positive, value, work);
  const isNegative = positive !== operator;
  const looksIntoLists = mayBeList(field);
  return (event) => {
    const values = lookup(event);
    if (values.length === 0) {
      // TraceQL drops a span that lacks the field, LogQL keeps a log line that does.
      return isNegative && !isSpan(event);
    }
    return (
      values.some((one) => test(one) || (looksIntoLists && isList(one) && one.some(test))) !==
      isNegative
    );
  };
}
