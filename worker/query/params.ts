/** URL parameters → a query. Unknown parameters are refused: a typo must not widen an answer. */
import { type Result, err, ok } from "../core/result.ts";
import { LEVELS, type Level, levelOfText } from "../events/level.ts";
import { SEGMENT_PREFIXES, isSegmentPrefix } from "../segment/key.ts";
import { decodeCursor, fingerprintOf } from "./cursor.ts";
import type { Filters, Query } from "./query.ts";
import { parseTime } from "./time.ts";

/** Which parameter is wrong, and why. */
export interface ParameterError {
  readonly kind: "parameter";
  readonly parameter: string;
  readonly message: string;
}

/** What parsing depends on besides the URL. */
export interface ParseContext {
  readonly nowMs: number;
  /** older events have expired: the default range */
  readonly retentionSeconds: number;
}

const DEFAULT_LIMIT = 100;
/** More events than this do not fit comfortably into one answer of an isolate with 128 MB. */
const MAX_LIMIT = 1000;
/** The latest time of 13 digits. */
const MAX_TIME_MS = 9_999_999_999_999;
const TRACE_ID = /^[0-9a-f]{32}$/;
const KNOWN: ReadonlySet<string> = new Set([
  "start",
  "end",
  "limit",
  "cursor",
  "signal",
  "event_type",
  "service",
  "name",
  "trace_id",
  "level",
  "batch_id",
]);

/** Reads the parameters of `GET /api/telemetry/query`. */
export function parseQuery(
  params: URLSearchParams,
  { nowMs, retentionSeconds }: ParseContext,
): Result<Query, ParameterError> {
  for (const name of params.keys()) {
    if (!KNOWN.has(name)) {
      return bad(name, `Cannot read parameter "${name}": known are ${[...KNOWN].join(", ")}`);
    }
  }
  const limit = parseLimit(params.get("limit"));
  if (!limit.ok) {
    return limit;
  }
  const filters = parseFilters(params);
  if (!filters.ok) {
    return filters;
  }
  const endMs = parseTimeParam(params, "end", { nowMs, otherwise: nowMs });
  if (!endMs.ok) {
    return endMs;
  }
  const earliestMs = Math.max(0, Math.min(endMs.value, nowMs) - retentionSeconds * 1000);
  const startMs = parseTimeParam(params, "start", { nowMs, otherwise: earliestMs });
  if (!startMs.ok) {
    return startMs;
  }
  const query: Query = {
    filters: filters.value,
    startMs: startMs.value,
    endMs: endMs.value,
    limit: limit.value,
    after: undefined,
  };
  const cursor = params.get("cursor");
  return cursor === null ? ok(query) : resumed(query, cursor);
}

function resumed(query: Query, text: string): Result<Query, ParameterError> {
  const cursor = decodeCursor(text);
  if (!cursor.ok) {
    return bad("cursor", `Cannot read parameter "cursor": ${cursor.error}`);
  }
  const { after, startMs, endMs, fingerprint } = cursor.value;
  return fingerprint === fingerprintOf(query.filters)
    ? ok({ ...query, startMs, endMs, after })
    : bad("cursor", 'Cannot use parameter "cursor": it belongs to a query with other filters');
}

function parseLimit(text: string | null): Result<number, ParameterError> {
  if (text === null) {
    return ok(DEFAULT_LIMIT);
  }
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MAX_LIMIT
    ? ok(limit)
    : bad(
        "limit",
        `Cannot read parameter "limit": "${text}" is not a number from 1 to ${MAX_LIMIT}`,
      );
}

function parseTimeParam(
  params: URLSearchParams,
  name: "start" | "end",
  { nowMs, otherwise }: { readonly nowMs: number; readonly otherwise: number },
): Result<number, ParameterError> {
  const text = params.get(name);
  if (text === null) {
    return ok(otherwise);
  }
  const time = parseTime(text, nowMs);
  return time !== undefined && time >= 0 && time <= MAX_TIME_MS
    ? ok(time)
    : bad(
        name,
        `Cannot read parameter "${name}": "${text}" is not epoch milliseconds, RFC 3339 or relative such as -15m`,
      );
}

function parseFilters(params: URLSearchParams): Result<Filters, ParameterError> {
  const signals = params.getAll("signal");
  const wrongSignal = signals.find((signal) => !isSegmentPrefix(signal));
  if (wrongSignal !== undefined) {
    return bad(
      "signal",
      `Cannot read parameter "signal": "${wrongSignal}" is not one of ${SEGMENT_PREFIXES.join(", ")}`,
    );
  }
  const traceIds = params.getAll("trace_id").map((id) => id.toLowerCase());
  const wrongTrace = traceIds.find((id) => !TRACE_ID.test(id));
  if (wrongTrace !== undefined) {
    return bad(
      "trace_id",
      `Cannot read parameter "trace_id": "${wrongTrace}" is not 32 hex characters`,
    );
  }
  const level = parseLevel(params.get("level"));
  if (!level.ok) {
    return level;
  }
  return ok({
    signals: signals.length === 0 ? SEGMENT_PREFIXES : signals.filter(isSegmentPrefix),
    eventTypes: params.getAll("event_type"),
    services: params.getAll("service"),
    names: params.getAll("name"),
    traceIds,
    level: level.value,
    batchIds: params.getAll("batch_id"),
  });
}

function parseLevel(text: string | null): Result<Level | undefined, ParameterError> {
  if (text === null) {
    return ok(undefined);
  }
  const level = levelOfText(text);
  return level === undefined
    ? bad("level", `Cannot read parameter "level": "${text}" is not one of ${LEVELS.join(", ")}`)
    : ok(level);
}

function bad(parameter: string, message: string): Result<never, ParameterError> {
  return err({ kind: "parameter", parameter, message });
}
