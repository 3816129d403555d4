/** Parameter Objects, made from the tables that the requests are read with. */
import { LEVELS } from "../events/level.ts";
import { ACCEPTED_CODINGS } from "../http/errors.ts";
import { DURATION_FORM } from "../query/filter/duration.ts";
import {
  ATTRIBUTE_PREFIX,
  FILTER_PARAMETERS,
  type FilterParameter,
  RESOURCE_PREFIX,
  SINGLE_PARAMETERS,
  SPAN_ID_DIGITS,
  TRACE_ID_DIGITS,
} from "../query/filter/params.ts";
import { COMPARISON_LIMIT, FILTER_LIMIT } from "../query/filter/parse.ts";
import {
  type EVENTS,
  EVENT_LIMITS,
  type SERVICES,
  STREAM_LIMITS,
  type TRACE,
} from "../query/kinds.ts";
import { COMMON_PARAMETERS } from "../query/params.ts";
import { COLUMN_NAMES } from "../query/render/csv-columns.ts";
import { FORMATS } from "../query/render/format.ts";
import { TIME_PATTERN } from "../query/time.ts";
import { TRACE_WINDOW_MS } from "../query/traces/trace-list.ts";
import { BATCH_ID_LIMIT } from "../segment/batch-record.ts";
import { SEGMENT_PREFIXES } from "../segment/key.ts";
import { type Schema, list, oneOf, text } from "./openapi-schema.ts";

/** A parameter (https://spec.openapis.org/oas/v3.1.1.html#parameter-object). */
export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly style?: "form";
  readonly explode?: boolean;
  readonly allowEmptyValue?: boolean;
}

/** A reference to one of {@link SHARED_PARAMETERS}, or a parameter of one endpoint alone. */
export type ParameterUse = Parameter | { readonly $ref: string };

/** The names of all parameters that stand in a query, but those that name attributes. */
export type QueryParameter =
  | FilterParameter
  | (typeof COMMON_PARAMETERS)[number]
  | (typeof EVENTS.own | typeof SERVICES.own | typeof TRACE.own)[number];

type Draft = Omit<Parameter, "name" | "in">;

const TIME = text(undefined, { pattern: TIME_PATTERN });
const SWITCH: Draft = {
  schema: { type: "string", enum: ["1", "0", "true", "false"] },
  allowEmptyValue: true,
};
const DURATION = text();
const MS_PER_MINUTE = 60_000;

function idOf(digits: number): Draft {
  return { schema: text(undefined, { pattern: `^[0-9a-fA-F]{${digits}}$` }) };
}

function plain(description?: string, schema = text()): Draft {
  return { ...(description !== undefined && { description }), schema };
}

const DRAFTS: Readonly<Record<QueryParameter, Draft>> = {
  start: plain(
    "Of the range of received_at, included: epoch milliseconds, RFC 3339, now, or before now such as -15m. Default: everything that has not expired",
    TIME,
  ),
  end: plain("Like start. Default: now", TIME),
  cursor: plain(
    "next_cursor of the page before, with the same parameters; limit and format may differ",
  ),
  explain: { ...SWITCH, description: "Adds plan to an answer in json or ndjson" },
  limit: plain(
    `At most ${EVENT_LIMITS.max}; with format=ndjson ${STREAM_LIMITS.otherwise} by default, at most ${STREAM_LIMITS.max}`,
    limitSchema({ ...EVENT_LIMITS, max: STREAM_LIMITS.max }),
  ),
  signal: plain("telemetry: native events", list({ type: "string", enum: SEGMENT_PREFIXES })),
  batch_id: plain(undefined, list(text())),
  format: plain("otlp, otlp-proto: for one signal", { ...oneOf(FORMATS), default: "json" }),
  fields: {
    ...plain(
      `Columns of format=csv: attr.KEY, resource.KEY, a path such as data.scope.name, and by default ${COLUMN_NAMES.join(", ")}`,
      list(text()),
    ),
    style: "form",
    explode: false,
  },
  time: plain(
    `When the trace was received, about: searches ${TRACE_WINDOW_MS / MS_PER_MINUTE} minutes before and after, instead of start and end`,
    TIME,
  ),
  logs: { ...SWITCH, description: "Adds log records and native events of the trace" },
  event_type: plain("span, log, metric, or what a native client says"),
  service: plain("service.name of the resource"),
  name: plain("Of the span or metric, event name of the log record"),
  level: plain(
    "The lowest: names of loggers such as WARNING work too",
    text(undefined, { examples: LEVELS }),
  ),
  status: plain("Of a span: unset, ok or error"),
  kind: plain("Of a span: server, client, internal, producer, consumer"),
  trace_id: idOf(TRACE_ID_DIGITS),
  span_id: idOf(SPAN_ID_DIGITS),
  device_id: plain(),
  session_id: plain(),
  correlation_id: plain(),
  category: plain(),
  min_duration: plain(DURATION_FORM, DURATION),
  max_duration: plain(undefined, DURATION),
  q: plain("Text anywhere in the event", text(undefined, { minLength: 1 })),
  filter: plain(
    'An expression such as status=error && span.http.route="/pay" (docs/filters.md)',
    text(undefined, { maxLength: FILTER_LIMIT }),
  ),
};

const ATTRIBUTES = "attributes";

/** Those that several endpoints have, by the name of the component. */
export const SHARED_PARAMETERS: Readonly<Record<string, Parameter>> = {
  ...Object.fromEntries(
    [
      ...COMMON_PARAMETERS,
      ...FILTER_PARAMETERS,
      "signal" as const,
      "format" as const,
      "fields" as const,
    ].map((name) => [name, queryParameter(name)]),
  ),
  [ATTRIBUTES]: {
    name: ATTRIBUTES,
    in: "query",
    description: `${ATTRIBUTE_PREFIX}KEY=VALUE and ${RESOURCE_PREFIX}KEY=VALUE, each as often as needed`,
    style: "form",
    explode: true,
    schema: {
      type: "object",
      propertyNames: {
        pattern: `^(${[ATTRIBUTE_PREFIX, RESOURCE_PREFIX].map((prefix) => prefix.replace(".", "\\.")).join("|")}).`,
      },
      additionalProperties: text(),
    },
  },
  contentEncoding: {
    name: "content-encoding",
    in: "header",
    schema: { type: "string", enum: ACCEPTED_CODINGS.split(", ") },
  },
};

/** A whole number of things. */
export function limitSchema({
  otherwise,
  max,
}: {
  readonly otherwise: number;
  readonly max: number;
}): Schema {
  return { type: "integer", minimum: 1, maximum: max, default: otherwise };
}

/** One parameter of a query. Filters may be repeated: any of the values will do. */
function queryParameter(name: QueryParameter): Parameter {
  const draft = DRAFTS[name];
  const isRepeatable = isFilter(name) && !SINGLE_PARAMETERS.has(name);
  return {
    name,
    in: "query",
    ...draft,
    schema: isRepeatable ? { ...list(draft.schema), maxItems: COMPARISON_LIMIT } : draft.schema,
  };
}

function isFilter(name: string): boolean {
  return FILTER_PARAMETERS.some((filter) => filter === name);
}

/** What an endpoint of the read side takes. */
interface Kind {
  readonly own: readonly QueryParameter[];
  readonly filters: boolean;
}

/**
 * The parameters of an endpoint of the read side.
 *
 * @param limits of the parameter `limit`, where they are not those of events
 */
export function questionParameters(
  { own, filters }: Kind,
  limits?: { readonly otherwise: number; readonly max: number },
): readonly ParameterUse[] {
  const names = [...COMMON_PARAMETERS, ...own, ...(filters ? FILTER_PARAMETERS : [])];
  return [
    ...names.map((name) =>
      name === "limit" && limits !== undefined
        ? { name, in: "query" as const, schema: limitSchema(limits) }
        : useOf(name),
    ),
    ...(filters ? [sharedParameter(ATTRIBUTES)] : []),
  ];
}

function useOf(name: QueryParameter): ParameterUse {
  return Object.hasOwn(SHARED_PARAMETERS, name) ? sharedParameter(name) : queryParameter(name);
}

/** A parameter of the document's components. */
export function sharedParameter(name: string): ParameterUse {
  return { $ref: `#/components/parameters/${name}` };
}

/** A part of the path. */
export function pathParameter(name: string, schema: Schema, description?: string): Parameter {
  return {
    name,
    in: "path",
    required: true,
    ...(description !== undefined && { description }),
    schema,
  };
}

/** A batch id that a client may choose. */
export const BATCH_ID: Schema = text(undefined, {
  minLength: 1,
  maxLength: BATCH_ID_LIMIT,
  pattern: "^[!-~]+$",
});
