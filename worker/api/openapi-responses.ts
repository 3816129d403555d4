/** Response Objects: errors as the one table of failures has them, and events in every format. */
import {
  ACCEPTED_CODINGS,
  type HttpError,
  MAX_RETRY_AFTER_SECONDS,
  toAnswer,
} from "../http/errors.ts";
import { jsonCodec } from "../otlp/json/codec.ts";
import { protobufCodec } from "../otlp/protobuf/codec.ts";
import { FORMATS, type Format, contentDisposition } from "../query/render/format.ts";
import { type Schema, count, ref, text } from "./openapi-schema.ts";

/** A header of an answer. */
export interface Header {
  readonly description?: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** A body in one media type. */
export interface MediaType {
  readonly schema?: Schema;
  /** of each line, where the body is lines of JSON */
  readonly "x-line-schema"?: Schema;
}

/** An answer (https://spec.openapis.org/oas/v3.1.1.html#response-object). */
export interface ResponseObject {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

/** A reference to one of {@link ERROR_RESPONSES}, or an answer of one endpoint alone. */
export type ResponseUse = ResponseObject | { readonly $ref: string };

/** The media type of JSON under /api. */
export const JSON_TYPE = FORMATS.json.contentType;

/** An answer in JSON. */
export function jsonResponse(description: string, schema: Schema): ResponseObject {
  return { description, content: { [JSON_TYPE]: { schema } } };
}

/** A failure of each kind that an endpoint can answer. */
const FAILURES: readonly HttpError[] = [
  { kind: "malformed", message: "" },
  { kind: "parameter", parameter: "", message: "" },
  { kind: "token-missing", message: "" },
  { kind: "token-wrong" },
  { kind: "batch-not-found" },
  { kind: "body-too-large", limitBytes: 0, side: "as sent" },
  { kind: "content-coding", coding: "" },
  { kind: "media-type", contentType: null },
  { kind: "unavailable", message: "" },
  { kind: "auth-unconfigured" },
];

const MEANINGS: Readonly<Record<number, string>> = {
  400: "Something is wrong with the request: do not repeat it",
  401: "No valid token",
  404: "Not found; KV may show what is new up to a minute late",
  413: "The body is too large: send smaller batches",
  415: "Media type or coding that cannot be read",
  503: "Try again later",
};

const HEADERS: Readonly<Record<string, Header>> = {
  "retry-after": {
    description: "Seconds",
    schema: count(undefined, { minimum: 1, maximum: MAX_RETRY_AFTER_SECONDS }),
  },
  "www-authenticate": { schema: text() },
  "accept-encoding": { schema: { const: ACCEPTED_CODINGS } },
};

function errorResponse(status: number, content: ResponseObject["content"] = {}): ResponseObject {
  const answers = FAILURES.map((failure) => toAnswer(failure)).filter(
    (answer) => answer.status === status,
  );
  const names = new Set(answers.flatMap(({ headers }) => Object.keys(headers)));
  return {
    description: MEANINGS[status] ?? "",
    ...(names.size > 0 && {
      headers: Object.fromEntries(
        [...names].map((name) => [
          name,
          {
            ...(answers.every(({ headers }) => Object.hasOwn(headers, name)) && { required: true }),
            ...(HEADERS[name] ?? { schema: text() }),
          },
        ]),
      ),
    }),
    content,
  };
}

/** Statuses of what takes a body, besides success. */
export const SENDING: readonly number[] = [400, 401, 413, 415, 503];
const STATUSES = [...new Set(FAILURES.map((failure) => toAnswer(failure).status))];
const API = "Error";
const OTLP = "OtlpError";

/** By the name of the component. */
export const ERROR_RESPONSES: Readonly<Record<string, ResponseObject>> = Object.fromEntries([
  ...STATUSES.map((status): [string, ResponseObject] => [
    `${API}${status}`,
    errorResponse(status, { [JSON_TYPE]: { schema: ref("Error") } }),
  ]),
  ...SENDING.map((status): [string, ResponseObject] => [
    `${OTLP}${status}`,
    errorResponse(status, otlpContent(ref("Status"))),
  ]),
]);

/** What an endpoint under /api may answer besides success. */
export function apiErrors(statuses: readonly number[]): Readonly<Record<string, ResponseUse>> {
  return errorsOf(API, statuses);
}

/** What an endpoint for exports may answer besides success. */
export function otlpErrors(): Readonly<Record<string, ResponseUse>> {
  return errorsOf(OTLP, SENDING);
}

function errorsOf(
  kind: string,
  statuses: readonly number[],
): Readonly<Record<string, ResponseUse>> {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${kind}${status}` }]),
  );
}

/** A message of OTLP in both encodings. */
export function otlpContent(json: Schema): Readonly<Record<string, MediaType>> {
  return { [protobufCodec.contentType]: {}, [jsonCodec.contentType]: { schema: json } };
}

/** Events in every format. */
export function eventsResponse(json: Schema): ResponseObject {
  const line: Schema = { anyOf: [ref("NdjsonEnd"), ref("Event")] };
  const media: Readonly<Record<Format, MediaType>> = {
    json: { schema: json },
    ndjson: {
      schema: text("An event a line, as stored; then NdjsonEnd"),
      "x-line-schema": line,
    },
    csv: { schema: text() },
    // Under the same media type as the first.
    otlp: { schema: { anyOf: [json, ref("ExportRequest")] } },
    "otlp-proto": {},
  };
  const formats = Object.keys(media).filter(isFormat);
  return {
    description: "In the format asked for",
    headers: {
      "pryx-complete": {
        description: "complete; not with ndjson",
        schema: { enum: ["true", "false"] },
      },
      link: { description: 'The next page: <…>; rel="next"; not with ndjson', schema: text() },
      "pryx-skipped": {
        description: "Events that the format has no form for",
        schema: count(undefined, { minimum: 1 }),
      },
      "content-disposition": {
        description: "Of formats that are saved as a file",
        schema: text(undefined, { examples: [contentDisposition("csv", "events") ?? ""] }),
      },
    },
    content: Object.fromEntries(
      formats.map((format) => [FORMATS[format].contentType, media[format]]),
    ),
  };
}

function isFormat(name: string): name is Format {
  return Object.hasOwn(FORMATS, name);
}
