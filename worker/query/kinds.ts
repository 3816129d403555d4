/** What each endpoint of the read side can be asked: its parameters, and how much at a time. */
import { ok } from "../core/result.ts";
import type { Query } from "./query.ts";
import type { QuestionKind } from "./question.ts";

/** More events than this do not fit comfortably into one answer of an isolate with 128 MB. */
export const EVENT_LIMITS = { otherwise: 100, max: 1000 };
/** A stream holds little at a time; what its budget allows ends it before long. */
export const STREAM_LIMITS = { otherwise: 1000, max: 100_000 };
/** Each trace of a page may cost reads of its own. */
export const TRACE_LIMITS = { otherwise: 20, max: 100 };
/** Events whose fields are counted: a sample, the newest. */
export const SAMPLE_LIMITS = { otherwise: 1000, max: 10_000 };

/** `GET /api/telemetry/query` */
export const EVENTS = {
  name: "query",
  own: ["limit", "signal", "batch_id", "format", "fields"],
  filters: true,
} as const satisfies QuestionKind;

/** `GET /api/telemetry/traces` */
export const TRACES = {
  name: "traces",
  own: ["limit"],
  filters: true,
  narrow: (query: Query) => ok({ ...query, signals: ["traces"] as const }),
} as const satisfies QuestionKind;

/** `GET /api/telemetry/traces/:traceId`; which trace is for the request to say */
export const TRACE = {
  name: "trace",
  own: ["time", "logs", "format", "fields"],
  filters: false,
} as const satisfies QuestionKind;

/** `GET /api/telemetry/services` */
export const SERVICES = {
  name: "services",
  own: ["signal"],
  filters: false,
} as const satisfies QuestionKind;

/** `GET /api/telemetry/operations` */
export const OPERATIONS = {
  ...TRACES,
  name: "operations",
  own: [],
} as const satisfies QuestionKind;

/** `GET /api/telemetry/fields`, and the values of one of them */
export const FIELDS = {
  name: "fields",
  own: ["limit", "signal"],
  filters: true,
} as const satisfies QuestionKind;
