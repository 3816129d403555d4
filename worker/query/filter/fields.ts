/** The names of fields in a filter ↔ {@link Field}. */
import type { Field, Intrinsic, Scope } from "./expression.ts";

/** The fields that are named without a scope. */
export const INTRINSICS = [
  "event_type",
  "service",
  "name",
  "kind",
  "level",
  "status",
  "status_message",
  "trace_id",
  "span_id",
  "parent_span_id",
  "device_id",
  "session_id",
  "correlation_id",
  "batch_id",
  "category",
  "duration",
  "body",
  "scope_name",
] as const satisfies readonly Intrinsic[];

/**
 * What TraceQL calls some of them.
 *
 * @see https://grafana.com/docs/tempo/latest/traceql/construct-traceql-queries/#intrinsic-fields
 */
const ALIASES: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ...INTRINSICS.map((name): [string, Intrinsic] => [name, name]),
  ["statusMessage", "status_message"],
  ["span:duration", "duration"],
  ["span:id", "span_id"],
  ["span:kind", "kind"],
  ["span:name", "name"],
  ["span:parentID", "parent_span_id"],
  ["span:status", "status"],
  ["span:statusMessage", "status_message"],
  ["trace:id", "trace_id"],
  ["instrumentation:name", "scope_name"],
  ["log:body", "body"],
  ["log:level", "level"],
]);

/** What stands before an attribute's key, and where the attribute is then looked for. */
const SCOPES: ReadonlyMap<string, Scope> = new Map<string, Scope>([
  ["", "any"],
  ["span", "item"],
  ["log", "item"],
  ["metric", "item"],
  ["event", "event"],
  ["link", "link"],
  ["resource", "resource"],
  ["scope", "scope"],
  ["instrumentation", "scope"],
]);

const PRINTED_SCOPES: Readonly<Record<Scope, string>> = {
  any: "",
  item: "span",
  event: "event",
  link: "link",
  resource: "resource",
  scope: "scope",
};

/** A text that reads as one word: no white space, and nothing that the language uses. */
const PLAIN_KEY = /^[^\s(){}[\],=!<>~&|"'`]+$/;

/**
 * The field a word names.
 *
 * @returns undefined when it names none
 */
export function fieldOfWord(word: string): Field | undefined {
  const intrinsic = ALIASES.get(word);
  if (intrinsic !== undefined) {
    return { kind: "intrinsic", name: intrinsic };
  }
  const dot = word.indexOf(".");
  if (dot === -1 || dot === word.length - 1) {
    return undefined;
  }
  const scope = SCOPES.get(word.slice(0, dot));
  return scope === undefined
    ? { kind: "attribute", scope: "any", key: word }
    : { kind: "attribute", scope, key: word.slice(dot + 1) };
}

/** The field of a quoted key; undefined when what stands before it, with the dot, is no scope. */
export function fieldOfQuotedKey(prefix: string, key: string): Field | undefined {
  const scope = SCOPES.get(prefix.slice(0, -1));
  return scope === undefined ? undefined : { kind: "attribute", scope, key };
}

/** The name of a field, as {@link fieldOfWord} and {@link fieldOfQuotedKey} read it. */
export function printField(field: Field): string {
  if (field.kind === "intrinsic") {
    return field.name;
  }
  const { scope, key } = field;
  return `${PRINTED_SCOPES[scope]}.${PLAIN_KEY.test(key) ? key : JSON.stringify(key)}`;
}
