/** The questions of the API: parameters → scan → answer, one function for each endpoint. */
import { type Result, err, ok } from "../core/result.ts";
import type { HttpError } from "../http/errors.ts";
import { apiError, json } from "../http/respond.ts";
import { SEGMENT_PREFIXES } from "../segment/key.ts";
import type { StoreError } from "../store/store.ts";
import { eventsAnswer, failedRead, ndjsonAnswer, renderingOf } from "./answer.ts";
import type { QueryContext } from "./context.ts";
import { findFields, findValues } from "./discovery/fields.ts";
import { findOperations } from "./discovery/operations.ts";
import { findServices } from "./discovery/services.ts";
import { findEvents, streamEvents } from "./events.ts";
import { both, isOneOf } from "./filter/expression.ts";
import { fieldOfWord } from "./filter/fields.ts";
import type { ParameterError } from "./filter/params.ts";
import {
  EVENTS,
  EVENT_LIMITS,
  FIELDS,
  OPERATIONS,
  SAMPLE_LIMITS,
  SERVICES,
  STREAM_LIMITS,
  TRACE,
  TRACES,
  TRACE_LIMITS,
} from "./kinds.ts";
import { bad, parseFlag, parseLimit, parseTimeParam } from "./params.ts";
import type { Query } from "./query.ts";
import {
  type AnswerMeta,
  type Asked,
  type Question,
  type QuestionKind,
  askedOf,
  metaOf,
} from "./question.ts";
import { renderJson } from "./render/json.ts";
import type { ScanEnd } from "./scan.ts";
import { renderTrace } from "./traces/render.ts";
import { TRACE_WINDOW_MS, listTraces } from "./traces/trace-list.ts";
import { findTrace } from "./traces/trace.ts";

const TRACE_ID = /^[0-9a-f]{32}$/;

/** Answers `GET /api/telemetry/query`. */
export async function handleQuery(request: Request, context: QueryContext): Promise<Response> {
  return answered({ request, context }, EVENTS, async (question) => {
    const { params, query } = question;
    const rendering = renderingOf(params, query.signals, "events");
    if (!rendering.ok) {
      return rendering;
    }
    const isStream = rendering.value.format === "ndjson";
    const limit = parseLimit(params, isStream ? STREAM_LIMITS : EVENT_LIMITS);
    if (!limit.ok) {
      return limit;
    }
    if (isStream) {
      const pages = await streamEvents(question, limit.value, context);
      return pages.ok ? ok(ndjsonAnswer(rendering.value, pages.value)) : failedRead();
    }
    const page = await findEvents(question, limit.value, context);
    if (!page.ok) {
      return failedRead();
    }
    const { lines, end } = page.value;
    const meta = await metaOf(question, end, context);
    const envelope = {
      limit: limit.value,
      retention_seconds: context.retentionSeconds,
      ...meta,
    };
    const events = { lines, meta, json: () => renderJson(lines, envelope) };
    return ok(eventsAnswer(rendering.value, events, request.url));
  });
}

/** Answers `GET /api/telemetry/traces`. */
export async function handleTraces(request: Request, context: QueryContext): Promise<Response> {
  return answered({ request, context }, TRACES, async (question) => {
    const limit = parseLimit(question.params, TRACE_LIMITS);
    if (!limit.ok) {
      return limit;
    }
    const page = await listTraces(question, limit.value, context);
    if (!page.ok) {
      return failedRead();
    }
    const { traces, end } = page.value;
    const meta = await metaOf(question, end, context);
    return ok(json({ count: traces.length, limit: limit.value, traces, ...meta }));
  });
}

/** Answers `GET /api/telemetry/traces/:traceId`. */
export async function handleTrace(
  request: Request,
  id: string,
  context: QueryContext,
): Promise<Response> {
  const traceId = id.toLowerCase();
  const kind: QuestionKind = {
    ...TRACE,
    narrow: (query, asked) => ofTrace(traceId, query, asked),
  };
  return answered({ request, context }, kind, async (question) => {
    const rendering = renderingOf(question.params, question.query.signals, traceId);
    if (!rendering.ok) {
      return rendering;
    }
    const found = await findTrace(question, context);
    if (!found.ok) {
      return failedRead();
    }
    const { spans, logs, end } = found.value;
    const isFirstPage = !question.params.has("cursor");
    if (spans.length + logs.length === 0 && end.next === undefined && isFirstPage) {
      return err({ kind: "trace-not-found", traceId });
    }
    const meta = await metaOf(question, end, context);
    const lines = [...spans.map(({ item }) => item.line), ...logs];
    return ok(
      rendering.value.format === "ndjson"
        ? ndjsonAnswer(rendering.value, onePage(lines, meta))
        : eventsAnswer(
            rendering.value,
            { lines, meta, json: () => renderTrace({ traceId, spans, logs, meta }) },
            request.url,
          ),
    );
  });
}

async function* onePage(
  lines: readonly string[],
  meta: AnswerMeta,
): AsyncGenerator<readonly string[], object> {
  yield lines;
  return { count: lines.length, ...meta };
}

/** Answers `GET /api/telemetry/services`. */
export async function handleServices(request: Request, context: QueryContext): Promise<Response> {
  return answered({ request, context }, SERVICES, async (question) => {
    return paged(question, await findServices(question, context), { context });
  });
}

/** Answers `GET /api/telemetry/operations`. */
export async function handleOperations(request: Request, context: QueryContext): Promise<Response> {
  return answered({ request, context }, OPERATIONS, async (question) => {
    return paged(question, await findOperations(question, context), { context });
  });
}

/** Answers `GET /api/telemetry/fields`. */
export async function handleFields(request: Request, context: QueryContext): Promise<Response> {
  return answered({ request, context }, FIELDS, async (question) => {
    const limit = parseLimit(question.params, SAMPLE_LIMITS);
    if (!limit.ok) {
      return limit;
    }
    return paged(question, await findFields(question, limit.value, context), { context });
  });
}

/** Answers `GET /api/telemetry/fields/:name/values`. */
export async function handleFieldValues(
  request: Request,
  name: string,
  context: QueryContext,
): Promise<Response> {
  const kind: QuestionKind = { ...FIELDS, name: `values of ${name}` };
  return answered({ request, context }, kind, async (question) => {
    const limit = parseLimit(question.params, SAMPLE_LIMITS);
    if (!limit.ok) {
      return limit;
    }
    const field = fieldOfWord(name);
    if (field === undefined) {
      return bad(
        "field",
        `Cannot find field "${name}": name one as GET /api/telemetry/fields lists them, such as service or span.http.route`,
      );
    }
    const found = await findValues(question, { field, limit: limit.value }, context);
    return paged(question, found, { context, head: { field: name } });
  });
}

/** What was found on a page, between what stands in front of it and what the answer says about itself. */
async function paged(
  question: Question,
  found: Result<{ readonly end: ScanEnd }, StoreError>,
  { context, head }: { readonly context: QueryContext; readonly head?: object },
): Promise<Result<Response, HttpError>> {
  if (!found.ok) {
    return failedRead();
  }
  const { end, ...members } = found.value;
  return ok(json({ ...head, ...members, ...(await metaOf(question, end, context)) }));
}

/** The way every question takes. */
async function answered(
  { request, context }: { readonly request: Request; readonly context: QueryContext },
  kind: QuestionKind,
  answer: (question: Question) => Promise<Result<Response, HttpError>>,
): Promise<Response> {
  const question = await askedOf(request, context, kind);
  if (!question.ok) {
    return apiError(question.error);
  }
  const response = await answer(question.value);
  return response.ok ? response.value : apiError(response.error);
}

/** A trace's spans, and its logs and native events where they are asked for. */
function ofTrace(
  traceId: string,
  query: Query,
  { params, nowMs }: Asked,
): Result<Query, ParameterError> {
  if (!TRACE_ID.test(traceId)) {
    return bad("traceId", `Cannot read trace id "${traceId}": it is not 32 hex characters`);
  }
  const withLogs = parseFlag(params, "logs");
  if (!withLogs.ok) {
    return withLogs;
  }
  const timeMs = parseTimeParam(params, "time", { nowMs, otherwise: undefined });
  if (!timeMs.ok) {
    return timeMs;
  }
  return ok({
    ...query,
    filter: both(query.filter, isOneOf("trace_id", [traceId])),
    signals: withLogs.value
      ? SEGMENT_PREFIXES.filter((prefix) => prefix !== "metrics")
      : ["traces"],
    range:
      timeMs.value === undefined
        ? query.range
        : {
            startMs: Math.max(0, timeMs.value - TRACE_WINDOW_MS),
            endMs: Math.min(nowMs, timeMs.value + TRACE_WINDOW_MS),
          },
  });
}
