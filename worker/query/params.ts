/** URL parameters → what a question asks for. Unknown ones are refused: a typo must not widen an answer. */
import { type Result, err, ok } from "../core/result.ts";
import { BATCH_ID_LIMIT, isBatchId } from "../segment/batch-record.ts";
import { SEGMENT_PREFIXES, type SegmentPrefix, isSegmentPrefix } from "../segment/key.ts";
import { both, isOneOf } from "./filter/expression.ts";
import { type ParameterError, filterOfParams, isFilterParameter } from "./filter/params.ts";
import type { Query, TimeRange } from "./query.ts";
import { parseTime } from "./time.ts";

/** What parsing depends on besides the URL. */
export interface ParseContext {
  readonly nowMs: number;
  /** older events have expired: the default range */
  readonly retentionSeconds: number;
}

/** The latest time of 13 digits. */
const MAX_TIME_MS = 9_999_999_999_999;
/** Parameters of every question about a range. */
export const COMMON_PARAMETERS = ["start", "end", "cursor", "explain"] as const;

/**
 * Refuses parameters that mean nothing to an endpoint.
 *
 * @param own names the endpoint knows besides those of a range
 * @param filters whether it takes filters
 */
export function refuseUnknown(
  params: URLSearchParams,
  own: readonly string[],
  { filters }: { readonly filters: boolean },
): Result<void, ParameterError> {
  const known: readonly string[] = [...COMMON_PARAMETERS, ...own];
  for (const name of params.keys()) {
    if (!known.includes(name) && !(filters && isFilterParameter(name))) {
      const others = filters
        ? `${known.join(", ")} and filters (docs/filters.md)`
        : known.join(", ");
      return bad(name, `Cannot read parameter "${name}": known are ${others}`);
    }
  }
  return ok(undefined);
}

/** Of these several may be given: any of them will do. */
const REPEATABLE: ReadonlySet<string> = new Set(["signal", "batch_id"]);

/** Refuses a second value where one would have to be ignored. */
export function refuseRepeated(
  params: URLSearchParams,
  own: readonly string[],
): Result<void, ParameterError> {
  const repeated = [...COMMON_PARAMETERS, ...own].find(
    (name) => !REPEATABLE.has(name) && params.getAll(name).length > 1,
  );
  return repeated === undefined
    ? ok(undefined)
    : bad(repeated, `Cannot read parameter "${repeated}": it is given more than once`);
}

/** The range of received_at, the filters, the signals and the batches that a question names. */
export function parseQuery(
  params: URLSearchParams,
  context: ParseContext,
): Result<Query, ParameterError> {
  const range = parseRange(params, context);
  if (!range.ok) {
    return range;
  }
  const signals = parseSignals(params);
  if (!signals.ok) {
    return signals;
  }
  const filter = filterOfParams(params);
  if (!filter.ok) {
    return filter;
  }
  const batchIds = parseBatchIds(params);
  if (!batchIds.ok) {
    return batchIds;
  }
  return ok({
    filter:
      batchIds.value.length === 0
        ? filter.value
        : both(filter.value, isOneOf("batch_id", batchIds.value)),
    signals: signals.value,
    batchIds: batchIds.value,
    range: range.value,
    nowMs: context.nowMs,
    oldestMs: context.nowMs - context.retentionSeconds * 1000,
    after: undefined,
  });
}

/** The range: by default everything that has not expired. */
function parseRange(
  params: URLSearchParams,
  { nowMs, retentionSeconds }: ParseContext,
): Result<TimeRange, ParameterError> {
  const endMs = parseTimeParam(params, "end", { nowMs, otherwise: nowMs });
  if (!endMs.ok) {
    return endMs;
  }
  const earliestMs = Math.max(0, Math.min(endMs.value, nowMs) - retentionSeconds * 1000);
  const startMs = parseTimeParam(params, "start", { nowMs, otherwise: earliestMs });
  return startMs.ok ? ok({ startMs: startMs.value, endMs: endMs.value }) : startMs;
}

/** A time in a parameter: epoch ms. */
export function parseTimeParam<T>(
  params: URLSearchParams,
  name: string,
  { nowMs, otherwise }: { readonly nowMs: number; readonly otherwise: T },
): Result<number | T, ParameterError> {
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

/** A number of things, from 1 to `max`. */
export function parseLimit(
  params: URLSearchParams,
  { otherwise, max }: { readonly otherwise: number; readonly max: number },
): Result<number, ParameterError> {
  const text = params.get("limit");
  if (text === null) {
    return ok(otherwise);
  }
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= max
    ? ok(limit)
    : bad("limit", `Cannot read parameter "limit": "${text}" is not a number from 1 to ${max}`);
}

/** A switch: `1` or `true`, `0` or `false`; off when it is not there. */
export function parseFlag(params: URLSearchParams, name: string): Result<boolean, ParameterError> {
  switch (params.get(name)) {
    case null:
    case "0":
    case "false":
      return ok(false);
    case "1":
    case "true":
    case "":
      return ok(true);
    default:
      return bad(name, `Cannot read parameter "${name}": it is 1 or 0`);
  }
}

function parseSignals(params: URLSearchParams): Result<readonly SegmentPrefix[], ParameterError> {
  const signals = params.getAll("signal");
  const wrong = signals.find((signal) => !isSegmentPrefix(signal));
  return wrong === undefined
    ? ok(signals.length === 0 ? SEGMENT_PREFIXES : [...new Set(signals.filter(isSegmentPrefix))])
    : bad(
        "signal",
        `Cannot read parameter "signal": "${wrong}" is not one of ${SEGMENT_PREFIXES.join(", ")}`,
      );
}

/** Each batch named is a read of its record: these leave most of the budget for the events. */
const BATCHES_LIMIT = 50;

function parseBatchIds(params: URLSearchParams): Result<readonly string[], ParameterError> {
  const batchIds = [...new Set(params.getAll("batch_id"))];
  if (!batchIds.every(isBatchId)) {
    return bad(
      "batch_id",
      `Cannot read parameter "batch_id": a batch id is 1 to ${BATCH_ID_LIMIT} printable ASCII characters`,
    );
  }
  return batchIds.length <= BATCHES_LIMIT
    ? ok(batchIds)
    : bad(
        "batch_id",
        `Cannot read parameter "batch_id": ${batchIds.length} batches are more than ${BATCHES_LIMIT}; ask for some of them at a time`,
      );
}

/** A parameter error. */
export function bad(parameter: string, message: string): Result<never, ParameterError> {
  return err({ kind: "parameter", parameter, message });
}
