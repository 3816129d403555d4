/**
 * Whether a segment can hold an event that a condition holds for, by what its summary says.
 *
 * It may only be said no when it is certain. Where fields stand is known from lookup.ts, what the
 * summary says of them from events/segment-facts.ts and events/tokens.ts.
 */
import { LEVELS, type Level, levelOfText, lowestNumberOf } from "../../events/level.ts";
import { TOKEN_KEYS, type TokenKind } from "../../events/tokens.ts";
import type { SegmentPrefix } from "../../segment/key.ts";
import { printDuration } from "./duration.ts";
import type { Expression, Field, Intrinsic, Literal } from "./expression.ts";
import { printField } from "./fields.ts";
import { TOKEN_INTRINSICS, isService } from "./lookup.ts";
import { type Regex, compileRegex } from "./regex.ts";

/** What is known of a segment without reading it. Times are epoch ms, 0 = none known. */
export interface PruneFacts {
  readonly prefix: SegmentPrefix;
  readonly firstMs: number;
  readonly lastMs: number;
  /** highest severity number; 17 for a span with status error; 0 none */
  readonly severity: number;
  /** spans and native events with status error, logs and native events of level error or fatal */
  readonly errors: number;
  /** undefined: unknown */
  readonly services: ReadonlySet<string> | undefined;
  /** false only when surely absent */
  mayContain(kind: TokenKind, text: string): boolean;
}

type Comparison = Extract<Expression, { readonly kind: "comparison" }>;
/** Compiled patterns, by the literal they stand in: a plan asks once per segment. */
const patterns = new WeakMap<Literal, Regex | undefined>();

type OtlpPrefix = Exclude<SegmentPrefix, "telemetry">;

const NANOS_PER_MS = 1_000_000n;
/** Stands for what had no UTF-8 in the name of a service. */
const REPLACEMENT = "\u{fffd}";

const EVENT_TYPES: Readonly<Record<OtlpPrefix, string>> = {
  traces: "span",
  metrics: "metric",
  logs: "log",
};

/** Fields of OTLP events that only some of them have; all others may stand anywhere. */
const HOLDERS: ReadonlyMap<Intrinsic, readonly OtlpPrefix[]> = new Map<
  Intrinsic,
  readonly OtlpPrefix[]
>([
  ["kind", ["traces"]],
  ["status", ["traces"]],
  ["status_message", ["traces"]],
  ["parent_span_id", ["traces"]],
  ["duration", ["traces"]],
  ["trace_id", ["traces", "logs"]],
  ["span_id", ["traces", "logs"]],
  ["level", ["logs"]],
  ["body", ["logs"]],
]);

/**
 * Says why no event of a segment can match.
 *
 * @returns the reason in words; undefined: the segment must be read
 */
export function prune(expression: Expression, facts: PruneFacts): string | undefined {
  switch (expression.kind) {
    case "and":
      return firstReason(expression.of, facts);
    case "or": {
      const reasons = expression.of.map((part) => prune(part, facts));
      if (reasons.includes(undefined)) {
        return undefined;
      }
      return reasons.length === 0 ? "the filter holds for no event" : allOf(reasons);
    }
    case "comparison":
      return pruneComparison(expression, facts);
    // What does not hold for some events says nothing of the others.
    case "not":
    case "text":
      return undefined;
  }
}

function firstReason(parts: readonly Expression[], facts: PruneFacts): string | undefined {
  for (const part of parts) {
    const reason = prune(part, facts);
    if (reason !== undefined) {
      return reason;
    }
  }
  return undefined;
}

function allOf(reasons: readonly (string | undefined)[]): string {
  return [...new Set(reasons)].join(" and ");
}

function pruneComparison(comparison: Comparison, facts: PruneFacts): string | undefined {
  const { field, operator, value } = comparison;
  const reason = lacksField(comparison, facts);
  if (reason !== undefined) {
    return reason;
  }
  if (value.kind === "nil" || operator === "!=" || operator === "!~") {
    return undefined;
  }
  const name = field.kind === "intrinsic" ? field.name : undefined;
  if (name === "level") {
    return pruneLevel(comparison, facts);
  }
  if (name === "duration") {
    return pruneDuration(comparison, facts);
  }
  const wanted = wantedTexts(comparison);
  if (wanted === undefined) {
    return isService(field) ? pruneServicePattern(comparison, facts) : undefined;
  }
  return isService(field)
    ? pruneServices(wanted, value, facts)
    : (pruneStatus(name, wanted, facts) ?? pruneTokens(field, wanted, facts));
}

/** Whether no event of the segment has the field, and none without it can match. */
function lacksField({ field, operator, value }: Comparison, facts: PruneFacts): string | undefined {
  const { prefix } = facts;
  if (prefix === "telemetry") {
    return undefined;
  }
  const isNegative = operator === "!=" || operator === "!~";
  const matchesMissing =
    value.kind === "nil" ? operator === "=" : isNegative && prefix !== "traces";
  const holders = holdersOf(field);
  return matchesMissing || holders === undefined || holders.includes(prefix)
    ? undefined
    : `events of ${prefix} have no ${printField(field)}`;
}

function holdersOf(field: Field): readonly OtlpPrefix[] | undefined {
  if (field.kind === "intrinsic") {
    return HOLDERS.get(field.name);
  }
  return field.scope === "event" || field.scope === "link" ? ["traces"] : undefined;
}

/** The texts (strings, or numbers and bools as they are written) of which a value must be one. */
function wantedTexts({ operator, value }: Comparison): readonly string[] | undefined {
  if (operator === "=~") {
    return patternOf(value)?.texts;
  }
  return operator === "=" ? textOf(value) : undefined;
}

function patternOf(value: Literal): Regex | undefined {
  if (value.kind === "string" && !patterns.has(value)) {
    const regex = compileRegex(value.value);
    patterns.set(value, regex.ok ? regex.value : undefined);
  }
  return patterns.get(value);
}

function textOf(literal: Literal): readonly string[] | undefined {
  switch (literal.kind) {
    case "string":
      return [literal.value];
    case "number":
    case "boolean":
      // As JavaScript writes it; a segment with a number written otherwise is unknown (tokens.ts).
      return [String(literal.value)];
    case "duration":
    case "nil":
      return undefined;
  }
}

function pruneServices(
  wanted: readonly string[],
  value: Literal,
  { services }: PruneFacts,
): string | undefined {
  // The summary knows names only, and a service may be called 5 without quotes.
  if (services === undefined || value.kind !== "string") {
    return undefined;
  }
  const isThere = wanted.some((name) => services.has(name) || services.has(name.toWellFormed()));
  return isThere ? undefined : `no ${listed("service", wanted)}`;
}

function pruneServicePattern(
  { operator, value }: Comparison,
  { services }: PruneFacts,
): string | undefined {
  const pattern = operator === "=~" ? patternOf(value) : undefined;
  if (services === undefined || pattern === undefined) {
    return undefined;
  }
  const mayMatch = [...services].some(
    (name) => name.includes(REPLACEMENT) || pattern.matches(name),
  );
  return mayMatch ? undefined : "no service of this pattern";
}

/** Spans and native events with status error are among the errors of their segment. */
function pruneStatus(
  name: Intrinsic | undefined,
  wanted: readonly string[],
  { prefix, errors }: PruneFacts,
): string | undefined {
  const isError = name === "status" && wanted.every((status) => status === "error");
  const isCounted = prefix === "traces" || prefix === "telemetry";
  return isError && isCounted && errors === 0 ? "no event with an error" : undefined;
}

function pruneTokens(
  field: Field,
  wanted: readonly string[],
  facts: PruneFacts,
): string | undefined {
  const { prefix } = facts;
  if (isIntrinsic(field, "event_type") && prefix !== "telemetry") {
    const type = EVENT_TYPES[prefix];
    return wanted.includes(type) ? undefined : `${prefix} hold events of type ${type} only`;
  }
  const kind = tokenKindOf(field);
  if (kind === undefined || wanted.some((text) => facts.mayContain(kind, text))) {
    return undefined;
  }
  return `no ${listed(printField(field), wanted)}`;
}

function tokenKindOf(field: Field): TokenKind | undefined {
  if (field.kind === "attribute") {
    return TOKEN_KEYS.get(field.key);
  }
  return TOKEN_INTRINSICS.get(field.name);
}

function pruneLevel({ operator, value }: Comparison, facts: PruneFacts): string | undefined {
  const level = value.kind === "string" ? levelOfText(value.value) : undefined;
  if (facts.severity === 0) {
    return "no event with a level";
  }
  if (level === undefined) {
    return undefined;
  }
  if (operator === ">") {
    const next = LEVELS[LEVELS.indexOf(level) + 1];
    return next === undefined ? `no level is above ${level}` : belowLevel(next, facts);
  }
  return operator === "=" || operator === ">=" ? belowLevel(level, facts) : undefined;
}

function belowLevel(level: Level, { severity, errors }: PruneFacts): string | undefined {
  const isErrorLevel = level === "error" || level === "fatal";
  return severity < lowestNumberOf(level) || (isErrorLevel && errors === 0)
    ? `no event of level ${level} or above`
    : undefined;
}

/** No span lasts longer than from the first time in its segment to the last. */
function pruneDuration({ operator, value }: Comparison, facts: PruneFacts): string | undefined {
  const { prefix, firstMs, lastMs } = facts;
  const isAtLeast = operator === "=" || operator === ">=" || operator === ">";
  if (prefix !== "traces" || firstMs === 0 || lastMs === 0 || !isAtLeast) {
    return undefined;
  }
  // Both times lost what is less than a millisecond.
  const longest = BigInt(lastMs - firstMs + 1) * NANOS_PER_MS;
  return value.kind === "duration" && value.value >= longest
    ? `no span of ${printDuration(value.value)}: all are within ${lastMs - firstMs + 1}ms`
    : undefined;
}

function isIntrinsic(field: Field, name: Intrinsic): boolean {
  return field.kind === "intrinsic" && field.name === name;
}

function listed(what: string, texts: readonly string[]): string {
  return `${what} ${texts.map((text) => JSON.stringify(text)).join(" or ")}`;
}
