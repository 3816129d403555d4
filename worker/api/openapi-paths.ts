/** Path Items: every endpoint, with what it takes and answers. */
import { BATCH_LIMIT_EVENTS, RESULTS_LIMIT } from "../ingest/native.ts";
import { type Signal, signalShapes } from "../otlp/signal.ts";
import { TRACE_ID_DIGITS } from "../query/filter/params.ts";
import {
  EVENTS,
  FIELDS,
  OPERATIONS,
  SAMPLE_LIMITS,
  SERVICES,
  TRACE,
  TRACES,
  TRACE_LIMITS,
} from "../query/kinds.ts";
import {
  BATCH_ID,
  type ParameterUse,
  pathParameter,
  questionParameters,
  sharedParameter,
} from "./openapi-parameters.ts";
import {
  JSON_TYPE,
  SENDING,
  type MediaType,
  type ResponseObject,
  type ResponseUse,
  apiErrors,
  eventsResponse,
  jsonResponse,
  otlpContent,
  otlpErrors,
} from "./openapi-responses.ts";
import { type Schema, optional, object, ref, text } from "./openapi-schema.ts";

/** What one method of a path does (https://spec.openapis.org/oas/v3.1.1.html#operation-object). */
export interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly ParameterUse[];
  readonly requestBody?: {
    readonly required: true;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, ResponseUse>>;
}

/** The methods of a path. */
export interface PathItem {
  readonly get?: OperationObject;
  readonly post?: OperationObject;
  /** answers under any prefix of the path too */
  readonly "x-any-prefix"?: true;
}

/** Statuses of everything that wants a token. */
const ASKING = [400, 401, 503];
/** No token is needed. */
const OPEN = { security: [] };
const CONTENT_ENCODING = sharedParameter("contentEncoding");
const TRACE_ID = pathParameter(
  "traceId",
  text(undefined, { pattern: `^[0-9a-fA-F]{${TRACE_ID_DIGITS}}$` }),
);

function exportPath(signal: Signal): PathItem {
  return {
    "x-any-prefix": true,
    post: {
      operationId: `export-${signal}`,
      summary: `OTLP/HTTP export of ${signal}, under any path prefix`,
      parameters: [CONTENT_ENCODING],
      requestBody: { required: true, content: otlpContent(ref("ExportRequest")) },
      responses: {
        200: {
          description: `${signalShapes[signal].request.name} taken, in whole or (partial_success) in part`,
          headers: {
            "batch-id": { description: "Absent: nothing to store", schema: text() },
          },
          content: otlpContent(ref("ExportResponse")),
        },
        ...otlpErrors(),
      },
    },
  };
}

/** An endpoint that stores native events. */
function sendPath(
  operation: Omit<OperationObject, "responses" | "requestBody">,
  io: {
    readonly body: Schema;
    readonly answer: ResponseObject;
  },
): PathItem {
  return {
    post: {
      ...operation,
      parameters: [CONTENT_ENCODING],
      requestBody: { required: true, content: { [JSON_TYPE]: { schema: io.body } } },
      responses: { 200: io.answer, ...apiErrors(SENDING) },
    },
  };
}

/** An endpoint that answers a question. */
function askPath(
  operation: Omit<OperationObject, "responses">,
  answer: ResponseObject,
  statuses: readonly number[] = ASKING,
): PathItem {
  return { get: { ...operation, responses: { 200: answer, ...apiErrors(statuses) } } };
}

/** By path, in the order people meet them. */
export const PATHS: Readonly<Record<string, PathItem>> = {
  "/v1/traces": exportPath("traces"),
  "/v1/metrics": exportPath("metrics"),
  "/v1/logs": exportPath("logs"),
  "/api/telemetry/ingest": sendPath(
    {
      operationId: "ingest",
      summary: "Stores one native event or a list; a bad one is refused alone",
    },
    {
      body: {
        anyOf: [ref("NewEvent"), { type: "array", items: ref("NewEvent"), minItems: 1 }],
      },
      answer: jsonResponse(
        `Stored; results for up to ${RESULTS_LIMIT} events`,
        ref("IngestAnswer"),
      ),
    },
  ),
  "/api/telemetry/batch": sendPath(
    { operationId: "send-batch", summary: "Stores native events under an id" },
    {
      body: object<{ batch_id?: string; events: readonly object[] }>(
        {
          batch_id: optional(BATCH_ID),
          events: {
            type: "array",
            items: ref("NewEvent"),
            minItems: 1,
            maxItems: BATCH_LIMIT_EVENTS,
          },
        },
        { additionalProperties: true },
      ),
      answer: jsonResponse("Stored", ref("BatchAnswer")),
    },
  ),
  "/api/telemetry/batch/{batchId}": askPath(
    {
      operationId: "batch",
      summary: "What became of a batch, native or OTLP",
      parameters: [pathParameter("batchId", BATCH_ID)],
    },
    jsonResponse("The record", ref("BatchRecord")),
    [401, 404, 503],
  ),
  "/api/telemetry/query": askPath(
    {
      operationId: "query",
      summary: "Events, newest first",
      parameters: questionParameters(EVENTS),
    },
    eventsResponse(ref("EventPage")),
  ),
  "/api/telemetry/traces": askPath(
    {
      operationId: "traces",
      summary: "Traces with a span that matches, newest first",
      parameters: questionParameters(TRACES, TRACE_LIMITS),
    },
    jsonResponse("Summaries", ref("TraceList")),
  ),
  "/api/telemetry/traces/{traceId}": askPath(
    {
      operationId: "trace",
      summary: "A whole trace",
      parameters: [TRACE_ID, ...questionParameters(TRACE)],
    },
    eventsResponse(ref("Trace")),
    [...ASKING, 404],
  ),
  "/api/telemetry/services": askPath(
    {
      operationId: "services",
      summary: "Services, their signals and when they were last heard of",
      parameters: questionParameters(SERVICES),
    },
    jsonResponse("Services", ref("ServiceList")),
  ),
  "/api/telemetry/operations": askPath(
    {
      operationId: "operations",
      summary: "Spans and errors by service, name and kind",
      parameters: questionParameters(OPERATIONS),
    },
    jsonResponse("Operations", ref("OperationList")),
  ),
  "/api/telemetry/fields": askPath(
    {
      operationId: "fields",
      summary: "Fields of the newest events that match",
      parameters: questionParameters(FIELDS, SAMPLE_LIMITS),
    },
    jsonResponse("Fields", ref("FieldList")),
  ),
  "/api/telemetry/fields/{name}/values": askPath(
    {
      operationId: "values",
      summary: "Values of a field in the newest events that match",
      parameters: [
        pathParameter("name", text(), "As filters call it: service, span.http.route"),
        ...questionParameters(FIELDS, SAMPLE_LIMITS),
      ],
    },
    jsonResponse("Values", ref("ValueList")),
  ),
  "/health": {
    "x-any-prefix": true,
    get: {
      operationId: "health",
      summary: "Whether the gateway answers, under any path prefix",
      ...OPEN,
      responses: { 200: jsonResponse("It does", ref("Health")) },
    },
  },
  "/install": {
    get: {
      operationId: "install",
      summary: "Redirects to the install script of Pryx",
      ...OPEN,
      responses: {
        302: {
          description: "There it is",
          headers: { location: { required: true, schema: text() } },
        },
      },
    },
  },
  "/api/openapi.json": {
    get: {
      operationId: "openapi",
      summary: "This document",
      ...OPEN,
      responses: { 200: jsonResponse("OpenAPI 3.1", { type: "object" }) },
    },
  },
};
