/** Schemas of stored events (docs/event-schema.md) and of what is sent to be stored. */
import { SPAN_ID_DIGITS, TRACE_ID_DIGITS } from "../query/filter/params.ts";
import { TIMESTAMP_DIGITS } from "../segment/key.ts";
import { type Schema, count, hex, ref, text } from "./openapi-schema.ts";

const TIME = count("When the gateway received it: epoch milliseconds", {
  maximum: 10 ** TIMESTAMP_DIGITS - 1,
});
const NANOS = text("Epoch nanoseconds", { pattern: "^\\d{1,20}$" });
/** An enum of OTLP: its name in lower case; a number that has none stays a number. */
const ENUM: Schema = { type: ["string", "integer"] };
const MAP: Schema = { type: "object" };
const TRACE_ID = hex(TRACE_ID_DIGITS);
const SPAN_ID = hex(SPAN_ID_DIGITS);

/** An OTLP event: whatever else its item has stands in `data` too. */
function otlpEvent(type: string, data: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    properties: {
      event_type: { const: type },
      data: {
        type: "object",
        properties: { resource: MAP, scope: MAP, attributes: MAP, ...data },
        required: ["resource", "scope"],
      },
      received_at: TIME,
      batch_id: text(),
    },
    required: ["event_type", "data", "received_at", "batch_id"],
    additionalProperties: false,
  };
}

/** By the name of the component. */
export const EVENT_SCHEMAS: Readonly<Record<string, Schema>> = {
  SpanEvent: otlpEvent("span", {
    trace_id: TRACE_ID,
    span_id: SPAN_ID,
    parent_span_id: SPAN_ID,
    name: text(),
    kind: ENUM,
    start_time_unix_nano: NANOS,
    end_time_unix_nano: NANOS,
    status: MAP,
    events: { type: "array", items: MAP },
    links: { type: "array", items: MAP },
  }),
  LogEvent: otlpEvent("log", {
    time_unix_nano: NANOS,
    observed_time_unix_nano: NANOS,
    severity_number: ENUM,
    severity_text: text(),
    level: text(),
    body: { description: "Any value" },
    event_name: text(),
    trace_id: TRACE_ID,
    span_id: SPAN_ID,
  }),
  MetricEvent: otlpEvent("metric", {
    name: text(),
    unit: text(),
    type: text("gauge, sum, histogram …"),
    time_unix_nano: NANOS,
  }),
  NativeEvent: {
    type: "object",
    description: "As it was sent, digit for digit",
    properties: {
      event_type: text(undefined, { minLength: 1 }),
      data: {},
      received_at: TIME,
      batch_id: text("If it came in a batch"),
    },
    required: ["event_type", "received_at"],
  },
  Event: {
    description: "Members: docs/event-schema.md",
    anyOf: ["SpanEvent", "LogEvent", "MetricEvent", "NativeEvent"].map(ref),
  },
  NewEvent: {
    type: "object",
    properties: {
      event_type: text(undefined, { minLength: 1, default: "event" }),
      data: { description: "Any value" },
    },
  },
};
