/** Schemas of the JSON that the API answers. The types of the answers say which members there are. */
import type { FieldViolation, Status } from "../otlp/codec.ts";
import { BAD_REQUEST_TYPE } from "../otlp/codec.ts";
import { requestField, signalShapes } from "../otlp/signal.ts";
import type { Scanned, StopReason } from "../query/budget.ts";
import {
  type FieldCount,
  VALUE_LIMIT,
  VALUE_LIMIT_CHARACTERS,
  type ValueCount,
} from "../query/discovery/fields.ts";
import type { Operation } from "../query/discovery/operations.ts";
import type { Service } from "../query/discovery/services.ts";
import { TRACE_ID_DIGITS } from "../query/filter/params.ts";
import { EXPLAINED_LIMIT, type PrunedSegment } from "../query/plan.ts";
import type { AnswerMeta } from "../query/question.ts";
import type { PageMeta } from "../query/render/json.ts";
import type { ServicePart, TraceSummary } from "../query/traces/summary.ts";
import type { ListedTrace } from "../query/traces/trace-list.ts";
import type { BatchRecord, BatchStatus } from "../segment/batch-record.ts";
import { SEGMENT_PREFIXES } from "../segment/key.ts";
import {
  type Members,
  type Schema,
  count,
  flag,
  hex,
  list,
  number,
  object,
  oneOf,
  optional,
  orNull,
  ref,
  text,
} from "./openapi-schema.ts";

const EPOCH_MS = count("Epoch milliseconds");
const NANOS = text("Epoch nanoseconds", { pattern: "^\\d{1,20}$" });
const TRACE_ID = hex(TRACE_ID_DIGITS);
const PREFIX: Schema = { type: "string", enum: SEGMENT_PREFIXES };

const STOP_REASONS: Readonly<Record<StopReason, string>> = {
  limit: "as many as asked for",
  lists: "list operations",
  reads: "read operations",
  bytes: "bytes looked through, or of the answer",
  events: "events parsed",
  steps: "steps of regular expressions",
};
const BATCH_STATUSES: Readonly<Record<BatchStatus, true>> = {
  completed: true,
  processing: true,
  failed: true,
};

/** What every answer to a question says about itself. */
const META: Members<AnswerMeta> = {
  next_cursor: orNull(text("The parameter cursor of the next page; null: there is none")),
  complete: flag("Whether all of the range was looked at, on this page and those before"),
  stopped_by: {
    ...orNull(oneOf(STOP_REASONS)),
    description: `What ended this page: ${Object.entries(STOP_REASONS)
      .map(([name, meaning]) => `${name} = ${meaning}`)
      .join("; ")}`,
  },
  scanned: ref("Scanned"),
  plan: optional(ref("Plan")),
};

/** The members of a summary that a trace without spans does not have. */
const SPANS_SUMMARY: Members<Omit<TraceSummary, "trace_id" | "span_count">> = {
  name: text("Of the root span, else of the earliest"),
  service: text(),
  missing_root: flag("The root span was not found"),
  orphan_count: count("Spans whose parent was not found"),
  start_time_unix_nano: NANOS,
  end_time_unix_nano: NANOS,
  duration_ms: number("From the earliest start to the latest end"),
  error_count: count("Spans with status error"),
  services: list(object<ServicePart>({ name: text(), span_count: count(), error_count: count() })),
};

interface TraceParts extends AnswerMeta {
  readonly spans: readonly object[];
  readonly logs: readonly object[];
}

const TRACE_PARTS: Members<TraceParts> = {
  spans: list(
    object<{ depth: number; missing_parent?: true; event: object }>({
      depth: count("0: a root, or its parent was not found"),
      missing_parent: optional({ type: "boolean" }),
      // A native event may call itself a span.
      event: { anyOf: [ref("SpanEvent"), ref("NativeEvent")] },
    }),
    "Parents before children, siblings by their start",
  ),
  logs: list(ref("Event"), "With logs=1: log records and native events, oldest first"),
  ...META,
};

interface IngestAnswer {
  readonly accepted: number;
  readonly total: number;
  readonly timestamp: number;
  readonly results?: readonly object[];
}

/** By the name of the component. */
export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
  Scanned: object<Scanned>(
    {
      lists: count("KV lists"),
      reads: count("KV reads; a bulk read is one"),
      segments: count("Segments read, each billed as a read"),
      pruned: count("Segments that their summaries ruled out"),
      bytes: count("Bytes looked through"),
      events: count("Events parsed"),
      missing: optional(count("Segments listed but not found, though not expired: ask again")),
      damaged: optional(count("Values and lines that cannot be read and are missing here")),
    },
    { description: "What the answer cost" },
  ),
  Plan: object<NonNullable<AnswerMeta["plan"]>>(
    {
      filter: text("The filter as understood"),
      skipped: list(
        object<{ prefix: string; reason: string }>({ prefix: PREFIX, reason: text() }),
        "Signals that hold nothing the filter can match",
      ),
      listed: list(PREFIX),
      reasons: {
        type: "object",
        additionalProperties: count(),
        description: "How many segments each reason ruled out",
      },
      pruned: {
        ...list(object<PrunedSegment>({ key: text(), reason: text() })),
        maxItems: EXPLAINED_LIMIT,
      },
      cost_usd: number("At list prices of KV"),
    },
    { description: "With explain=1" },
  ),
  EventPage: object<PageMeta & AnswerMeta & { count: number; events: readonly object[] }>({
    count: count(),
    limit: count(),
    retention_seconds: count("Until events expire"),
    events: list(ref("Event"), "Newest first"),
    ...META,
  }),
  NdjsonEnd: object<{ _meta: object }>(
    {
      _meta: object<AnswerMeta & { count: number; error?: string }>({
        count: count(),
        ...META,
        error: optional(text("Why the stream ends early: go on with next_cursor")),
      }),
    },
    { description: "The last line; an answer without it was cut off" },
  ),
  TraceList: object<AnswerMeta & { count: number; limit: number; traces: readonly object[] }>({
    count: count(),
    limit: count(),
    traces: list(
      object<ListedTrace>({
        trace_id: TRACE_ID,
        span_count: count(),
        ...SPANS_SUMMARY,
        received_at: EPOCH_MS,
        complete: flag("Whether the hour before and after was searched for its spans"),
      }),
      "Newest first",
    ),
    ...META,
  }),
  Trace: {
    anyOf: [
      object<TraceSummary & TraceParts>({
        trace_id: TRACE_ID,
        span_count: count(),
        ...SPANS_SUMMARY,
        ...TRACE_PARTS,
      }),
      object<Pick<TraceSummary, "trace_id" | "span_count"> & TraceParts>(
        { trace_id: TRACE_ID, span_count: { const: 0 }, ...TRACE_PARTS },
        { description: "A page without spans" },
      ),
    ],
  },
  ServiceList: object<AnswerMeta & { services: readonly object[] }>({
    services: list(
      object<Service>({ name: text(), signals: list(PREFIX), last_seen: EPOCH_MS }),
      "By name",
    ),
    ...META,
  }),
  OperationList: object<AnswerMeta & { operations: readonly object[] }>({
    operations: list(
      object<Operation>({
        service: text(),
        name: text(),
        kind: text(),
        span_count: count(),
        error_count: count(),
        last_seen: EPOCH_MS,
      }),
      "Most spans first",
    ),
    ...META,
  }),
  FieldList: object<AnswerMeta & { fields: readonly object[] }>({
    fields: list(
      object<FieldCount>({
        name: text("As filters call it"),
        types: list({
          type: "string",
          enum: ["string", "number", "boolean", "list", "map", "null"],
        }),
        event_count: count(),
      }),
      "Most common first",
    ),
    ...META,
  }),
  ValueList: object<AnswerMeta & { field: string; values: readonly object[] }>({
    field: text(),
    values: {
      ...list(
        object<ValueCount>({
          value: { description: `Text is cut at ${VALUE_LIMIT_CHARACTERS} characters` },
          event_count: count(),
        }),
        "Most common first",
      ),
      maxItems: VALUE_LIMIT,
    },
    ...META,
  }),
  BatchRecord: object<BatchRecord>({
    batch_id: text(),
    signal: PREFIX,
    event_count: count("Events stored"),
    rejected_count: count("Items refused because they were malformed"),
    timestamp: EPOCH_MS,
    status: oneOf(BATCH_STATUSES),
    events: list(text(), "Keys of the segments"),
    error: optional(text("Why it failed")),
  }),
  IngestAnswer: object<IngestAnswer>({
    accepted: count(),
    total: count(),
    timestamp: EPOCH_MS,
    results: optional(
      list({
        anyOf: [
          object<{ success: true; key?: string }>({
            success: { type: "boolean" },
            key: optional(text("Of the segment")),
          }),
          object<{ success: false; error: string }>({
            success: { type: "boolean" },
            error: text(),
          }),
        ],
      }),
    ),
  }),
  BatchAnswer: object<{
    batch_id: string;
    accepted: number;
    rejected: number;
    total: number;
    timestamp: number;
    status: BatchStatus;
  }>({
    batch_id: text(),
    accepted: count(),
    rejected: count(),
    total: count(),
    timestamp: EPOCH_MS,
    status: oneOf(BATCH_STATUSES),
  }),
  Health: object<{ status: "ok"; time: number }>({ status: { const: "ok" }, time: EPOCH_MS }),
  Error: object<{ error: string; param?: string; position?: number; hint?: string }>({
    error: text("For the developer"),
    param: optional(text("The parameter that is wrong")),
    position: optional(count("Where in its value, from 0")),
    hint: optional(text("What to do about it")),
  }),
  Status: object<Omit<Status, "violations"> & { details?: readonly object[] }>(
    {
      code: count("A gRPC code"),
      message: text(),
      details: optional(
        list(
          object<{ "@type": string; fieldViolations: readonly FieldViolation[] }>({
            "@type": { const: BAD_REQUEST_TYPE },
            fieldViolations: list(object<FieldViolation>({ field: text(), description: text() })),
          }),
        ),
      ),
    },
    { description: "google.rpc.Status" },
  ),
  ExportRequest: {
    type: "object",
    description: "Export…ServiceRequest of OTLP/JSON, of one signal",
    properties: Object.fromEntries(
      Object.values(signalShapes).map((shape) => [
        requestField(shape).jsonName,
        list({ type: "object" }),
      ]),
    ),
    additionalProperties: false,
  },
  ExportResponse: object<{ partialSuccess?: object }>(
    {
      partialSuccess: optional({
        type: "object",
        description: "Items were rejected, or kept with a warning",
        properties: Object.fromEntries(
          Object.values(signalShapes)
            .flatMap(({ partialSuccess }) => partialSuccess.fields)
            .map(({ jsonName }) => [jsonName, text()]),
        ),
        additionalProperties: false,
      }),
    },
    { description: "Export…ServiceResponse of OTLP/JSON" },
  ),
};
