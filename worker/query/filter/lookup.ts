/**
 * Where the fields of a filter stand in a stored event: the table of docs/filters.md.
 *
 * Tokens (events/tokens.ts) must cover every place looked at here for session_id, device_id,
 * correlation_id, category, name, trace_id and event_type, or pruning would hide events.
 */
import { memberOf } from "../../core/members.ts";
import { TOKEN_KEYS, type TokenKind } from "../../events/tokens.ts";
import type { Field, Intrinsic, Scope } from "./expression.ts";

/** Finds a field's values in an event: none when it is missing. */
export type Lookup = (event: unknown) => readonly unknown[];

type Path = readonly string[];

/** The intrinsics that are a value at one of a few places; the first that is there counts. */
type PathIntrinsic = Exclude<
  Intrinsic,
  | "duration"
  | "kind"
  | "status"
  | "level"
  | "device_id"
  | "session_id"
  | "correlation_id"
  | "category"
>;

/** What stands first is OTLP's place, the others are those of native events. */
const PATHS: Readonly<Record<PathIntrinsic, readonly Path[]>> = {
  event_type: [["event_type"]],
  batch_id: [["batch_id"]],
  service: [["data", "resource", "attributes", "service.name"], ["data", "service"], ["service"]],
  name: [["data", "name"], ["data", "event_name"], ["name"]],
  status_message: [
    ["data", "status", "message"],
    ["data", "status_message"],
    ["data", "error_message"],
    ["status_message"],
    ["error_message"],
  ],
  trace_id: [["data", "trace_id"], ["trace_id"]],
  span_id: [["data", "span_id"], ["span_id"]],
  parent_span_id: [["data", "parent_span_id"], ["parent_span_id"]],
  body: [["data", "body"], ["data", "message"], ["body"], ["message"]],
  scope_name: [["data", "scope", "name"]],
};

/** The intrinsics whose values become tokens; most stand under the keys of {@link TOKEN_KEYS}. */
export const TOKEN_INTRINSICS: ReadonlyMap<Intrinsic, TokenKind> = new Map<Intrinsic, TokenKind>([
  ["event_type", "event_type"],
  ["name", "name"],
  ["trace_id", "trace"],
  ["device_id", "device"],
  ["session_id", "session"],
  ["correlation_id", "correlation"],
  ["category", "category"],
]);

/** The event types of OTLP items. A native client may use them too. */
const OTLP_EVENT_TYPES: ReadonlySet<string> = new Set(["span", "log", "metric"]);

const NANOS_PER_MS = 1_000_000n;
/** A time as the event schema writes 64 bits. */
const NANOS = /^\d{1,20}$/;

/** How to find a field. */
export function lookupOf(field: Field): Lookup {
  return field.kind === "attribute"
    ? attributeLookup(field.scope, field.key)
    : intrinsicLookup(field.name);
}

/** Whether an event is a span, for which a comparison with a missing field is false. */
export function isSpan(event: unknown): boolean {
  return memberOf(event, "event_type") === "span";
}

/** Whether a field is the name of the service, of which a segment's summary knows every text. */
export function isService(field: Field): boolean {
  return field.kind === "intrinsic"
    ? field.name === "service"
    : field.scope === "resource" && field.key === "service.name";
}

/** Whether a list of values stands for its elements; an intrinsic is one value. */
export function mayBeList(field: Field): boolean {
  return field.kind === "attribute" && !isService(field);
}

function intrinsicLookup(name: Intrinsic): Lookup {
  switch (name) {
    case "duration":
      return (event) => present(durationOf(event));
    case "kind":
      return (event) =>
        present(firstOf(event, [["data", "kind"], ["kind"]]) ?? spanOnly(event, "unspecified"));
    case "status":
      return (event) => present(statusOf(event) ?? spanOnly(event, "unset"));
    case "level":
      // The order in which ingest looks for the level of native events: the summary relies on it.
      return (event) => present(firstOf(event, [["level"], ["data", "level"]]));
    case "device_id":
    case "session_id":
    case "correlation_id":
    case "category":
      return keyedLookup(name);
    case "event_type":
    case "batch_id":
    case "service":
    case "name":
    case "status_message":
    case "trace_id":
    case "span_id":
    case "parent_span_id":
    case "body":
    case "scope_name":
      return (event) => present(firstOf(event, PATHS[name]));
  }
}

/** A value under one of the keys of a kind of token. */
function keyedLookup(name: Intrinsic): Lookup {
  const kind = TOKEN_INTRINSICS.get(name);
  const lookups = [...TOKEN_KEYS]
    .filter(([, keyKind]) => keyKind === kind)
    .flatMap(([key]) => [attributeLookup("item", key), attributeLookup("resource", key)]);
  return (event) => firstFound(event, lookups);
}

function attributeLookup(scope: Scope, key: string): Lookup {
  switch (scope) {
    case "item":
      return (event) =>
        present(
          isOtlp(event)
            ? attributeOf(memberOf(event, "data"), key)
            : firstOf(event, [["data", key], ["data", "attributes", key], [key]]),
        );
    case "resource":
    case "scope":
      return (event) =>
        isOtlp(event) ? present(attributeOf(memberOf(memberOf(event, "data"), scope), key)) : [];
    case "event":
      return listLookup("events", key);
    case "link":
      return listLookup("links", key);
    case "any": {
      const scopes = ["item", "event", "resource"] as const;
      const lookups = scopes.map((one) => attributeLookup(one, key));
      return (event) => firstFound(event, lookups);
    }
  }
}

/** The attributes of all of a span's events or links. */
function listLookup(list: "events" | "links", key: string): Lookup {
  return (event) => {
    const parts = isOtlp(event) ? memberOf(memberOf(event, "data"), list) : undefined;
    return isList(parts) ? parts.flatMap((part) => present(attributeOf(part, key))) : [];
  };
}

function firstFound(event: unknown, lookups: readonly Lookup[]): readonly unknown[] {
  for (const lookup of lookups) {
    const values = lookup(event);
    if (values.length > 0) {
      return values;
    }
  }
  return [];
}

/**
 * Whether an event is written as OTLP events are. A native event that imitates one in every
 * respect is looked at as one: it means the same.
 */
function isOtlp(event: unknown): boolean {
  const type = memberOf(event, "event_type");
  const data = memberOf(event, "data");
  return (
    typeof type === "string" &&
    OTLP_EVENT_TYPES.has(type) &&
    isMap(memberOf(data, "resource")) &&
    isMap(memberOf(data, "scope"))
  );
}

/**
 * How long a span took, in nanoseconds; of other events their `duration_ms`. A span without a
 * start or an end has no duration; a time within the first millisecond of 1970 is none, as for the
 * times in a segment's summary.
 */
function durationOf(event: unknown): bigint | undefined {
  const data = memberOf(event, "data");
  const start = nanosOf(memberOf(data, "start_time_unix_nano"));
  const end = nanosOf(memberOf(data, "end_time_unix_nano"));
  if (start !== undefined && end !== undefined) {
    return end - start;
  }
  const ms = isOtlp(event) ? undefined : firstOf(event, [["data", "duration_ms"], ["duration_ms"]]);
  return typeof ms === "number" && Number.isFinite(ms)
    ? BigInt(Math.round(ms * Number(NANOS_PER_MS)))
    : undefined;
}

function nanosOf(value: unknown): bigint | undefined {
  const nanos = typeof value === "string" && NANOS.test(value) ? BigInt(value) : 0n;
  return nanos < NANOS_PER_MS ? undefined : nanos;
}

/** A span's status code, or what a native event says; a status without a code is unset. */
function statusOf(event: unknown): unknown {
  const inData = firstOf(event, [
    ["data", "status", "code"],
    ["data", "status"],
  ]);
  return isMap(inData) || inData === undefined ? firstOf(event, [["status"]]) : inData;
}

function spanOnly(event: unknown, value: string): string | undefined {
  return isSpan(event) ? value : undefined;
}

function attributeOf(owner: unknown, key: string): unknown {
  return memberOf(memberOf(owner, "attributes"), key);
}

function firstOf(event: unknown, paths: readonly Path[]): unknown {
  for (const path of paths) {
    let value = event;
    for (const name of path) {
      value = memberOf(value, name);
    }
    if (value !== undefined && value !== null) {
      return value;
    }
  }
  return undefined;
}

/** OTLP's empty value is `null`: it says no more than a field that is not there. */
function present(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : [value];
}

/** Whether a value is a JSON object. */
export function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isList(value);
}

/** Whether a value is a JSON array. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
