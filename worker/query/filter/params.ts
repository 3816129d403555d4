/** URL parameters → the condition they state. Different ones are AND-ed, repeats of one OR-ed. */
import { type Result, err, ok } from "../../core/result.ts";
import { LEVELS, levelOfText } from "../../events/level.ts";
import { DURATION_FORM, parseDuration } from "./duration.ts";
import { ALWAYS, type Expression, type Field, type Intrinsic, type Literal } from "./expression.ts";
import { COMPARISON_LIMIT, parseFilter } from "./parse.ts";

/** Which parameter is wrong, and why. */
export interface ParameterError {
  readonly kind: "parameter";
  readonly parameter: string;
  readonly message: string;
  /** for `filter`: where in its value, from 0 in UTF-16 units */
  readonly position?: number;
}

/** The parameters that are read here; besides them `attr.KEY` and `resource.KEY`. */
export const FILTER_PARAMETERS = [
  "event_type",
  "service",
  "name",
  "level",
  "status",
  "kind",
  "trace_id",
  "span_id",
  "device_id",
  "session_id",
  "correlation_id",
  "category",
  "min_duration",
  "max_duration",
  "q",
  "filter",
] as const;

/** One of them. */
export type FilterParameter = (typeof FILTER_PARAMETERS)[number];
type Parsed = Result<Expression, ParameterError>;

/** What stands before the key of an attribute. */
export const ATTRIBUTE_PREFIX = "attr.";
/** What stands before the key of a resource attribute. */
export const RESOURCE_PREFIX = "resource.";
/** Hex characters of a trace id. */
export const TRACE_ID_DIGITS = 32;
/** Hex characters of a span id. */
export const SPAN_ID_DIGITS = 16;
const HEX = /^[0-9a-f]*$/;
/** A number as JSON writes it, short enough to be meant as one. */
const NUMBER = /^-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$/;

/** Whether a parameter of this name is read by {@link filterOfParams}. */
export function isFilterParameter(name: string): boolean {
  return isKnown(name) || name.startsWith(ATTRIBUTE_PREFIX) || name.startsWith(RESOURCE_PREFIX);
}

/**
 * The condition that the parameters state; all events when none of them is a filter. Parameters of
 * other names are ignored.
 *
 * @returns an error that names the first parameter that cannot be read
 */
export function filterOfParams(params: URLSearchParams): Parsed {
  const conditions: Expression[] = [];
  let count = 0;
  for (const name of new Set(params.keys())) {
    if (!isFilterParameter(name)) {
      continue;
    }
    const values = params.getAll(name);
    count += values.length;
    if (count > COMPARISON_LIMIT) {
      return bad(name, `found more than ${COMPARISON_LIMIT} filters in all`);
    }
    const condition = conditionOf(name, values);
    if (!condition.ok) {
      return condition;
    }
    conditions.push(condition.value);
  }
  return ok(joined("and", conditions));
}

/** Any of the values of one parameter. */
function conditionOf(name: string, values: readonly string[]): Parsed {
  if (values.length > 1 && SINGLE_PARAMETERS.has(name)) {
    return bad(name, "it is given more than once");
  }
  const alternatives: Expression[] = [];
  for (const value of values) {
    const one = isKnown(name) ? knownCondition(name, value) : attributeCondition(name, value);
    if (!one.ok) {
      return one;
    }
    alternatives.push(one.value);
  }
  return ok(joined("or", alternatives));
}

/** Parameters that must not be repeated: a bound, of two, one would say nothing. */
export const SINGLE_PARAMETERS: ReadonlySet<string> = new Set([
  "level",
  "min_duration",
  "max_duration",
]);

function knownCondition(name: FilterParameter, value: string): Parsed {
  switch (name) {
    case "event_type":
    case "service":
    case "name":
    case "kind":
      return ok(equals(intrinsic(name), { kind: "string", value }));
    case "status":
    case "device_id":
    case "session_id":
    case "correlation_id":
    case "category":
      return ok(equalsLoosely(intrinsic(name), value));
    case "level":
      return levelCondition(value);
    case "trace_id":
      return idCondition(name, value, TRACE_ID_DIGITS);
    case "span_id":
      return idCondition(name, value, SPAN_ID_DIGITS);
    case "min_duration":
    case "max_duration":
      return durationCondition(name, value);
    case "q":
      return value === ""
        ? bad(name, "it is empty: name a text to search for")
        : ok({ kind: "text", needle: value });
    case "filter":
      return filterCondition(value);
  }
}

function attributeCondition(name: string, value: string): Parsed {
  const isResource = name.startsWith(RESOURCE_PREFIX);
  const key = name.slice(isResource ? RESOURCE_PREFIX.length : ATTRIBUTE_PREFIX.length);
  return key === ""
    ? bad(name, `a key must follow, such as ${name}service.name`)
    : ok(equalsLoosely({ kind: "attribute", scope: isResource ? "resource" : "any", key }, value));
}

function levelCondition(value: string): Parsed {
  const level = levelOfText(value);
  return level === undefined
    ? bad("level", `"${value}" is not one of ${LEVELS.join(", ")}`)
    : ok({
        kind: "comparison",
        field: intrinsic("level"),
        operator: ">=",
        value: { kind: "string", value: level },
      });
}

function idCondition(name: "trace_id" | "span_id", value: string, digits: number): Parsed {
  const id = value.toLowerCase();
  return id.length === digits && HEX.test(id)
    ? ok(equals(intrinsic(name), { kind: "string", value: id }))
    : bad(name, `"${value}" is not ${digits} hex characters`);
}

function durationCondition(name: "min_duration" | "max_duration", value: string): Parsed {
  const nanos = parseDuration(value);
  return nanos === undefined
    ? bad(name, `"${value}" is not ${DURATION_FORM}`)
    : ok({
        kind: "comparison",
        field: intrinsic("duration"),
        operator: name === "min_duration" ? ">=" : "<=",
        value: { kind: "duration", value: nanos },
      });
}

function filterCondition(value: string): Parsed {
  const expression = parseFilter(value);
  if (expression.ok) {
    return expression;
  }
  const { message, position } = expression.error;
  const parsed = bad("filter", `${message} (at position ${position})`);
  return err({ ...parsed.error, position });
}

function equals(field: Field, value: Literal): Expression {
  return { kind: "comparison", field, operator: "=", value };
}

/** A URL does not say whether 5 is a number or a text: either will do. */
function equalsLoosely(field: Field, text: string): Expression {
  const readings: Literal[] = [{ kind: "string", value: text }];
  if (NUMBER.test(text) && Number.isFinite(Number(text))) {
    readings.push({ kind: "number", value: Number(text), text });
  }
  if (text === "true" || text === "false") {
    readings.push({ kind: "boolean", value: text === "true" });
  }
  return joined(
    "or",
    readings.map((reading) => equals(field, reading)),
  );
}

function joined(kind: "and" | "or", of: readonly Expression[]): Expression {
  const [only] = of;
  if (only === undefined) {
    return ALWAYS;
  }
  return of.length === 1 ? only : { kind, of };
}

function intrinsic(name: Intrinsic): Field {
  return { kind: "intrinsic", name };
}

function isKnown(name: string): name is FilterParameter {
  return FILTER_PARAMETERS.some((known) => known === name);
}

function bad(
  parameter: string,
  reason: string,
): { readonly ok: false; readonly error: ParameterError } {
  return err({
    kind: "parameter",
    parameter,
    message: `Cannot read parameter "${parameter}": ${reason}`,
  });
}
