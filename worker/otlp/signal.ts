/** The three signals the gateway receives, and what each calls its parts. */
import { type MessageSchema, fieldNamed, messageSchema } from "./schema.ts";

/** A kind of telemetry (https://opentelemetry.io/docs/specs/otel/glossary/#signals). */
export type Signal = "traces" | "metrics" | "logs";

/** What one signal's request is made of. Field numbers come from the generated schema. */
export interface SignalShape {
  readonly signal: Signal;
  /** the export request: a list of {@link resourceContainer} */
  readonly request: MessageSchema;
  /** ResourceSpans, ResourceMetrics, ResourceLogs */
  readonly resourceContainer: MessageSchema;
  /** ScopeSpans, ScopeMetrics, ScopeLogs */
  readonly scopeContainer: MessageSchema;
  /** Span, Metric, LogRecord */
  readonly item: MessageSchema;
  /** the field of {@link resourceContainer} that holds scope containers: `scope_spans` … */
  readonly scopesField: string;
  /** what scope containers were called in JSON before OTLP 1.0 */
  readonly legacyScopes: string;
  /** the field of {@link scopeContainer} that holds items: `spans` … */
  readonly itemsField: string;
  /** the partial_success message of the answer and its count field */
  readonly partialSuccess: MessageSchema;
  readonly rejectedField: string;
  /** what an item is called in messages to people, singular */
  readonly itemName: string;
}

/** The shape of each signal. */
export const signalShapes: Readonly<Record<Signal, SignalShape>> = {
  traces: {
    signal: "traces",
    request: messageSchema("ExportTraceServiceRequest"),
    resourceContainer: messageSchema("ResourceSpans"),
    scopeContainer: messageSchema("ScopeSpans"),
    item: messageSchema("Span"),
    scopesField: "scope_spans",
    legacyScopes: "instrumentationLibrarySpans",
    itemsField: "spans",
    partialSuccess: messageSchema("ExportTracePartialSuccess"),
    rejectedField: "rejected_spans",
    itemName: "span",
  },
  metrics: {
    signal: "metrics",
    request: messageSchema("ExportMetricsServiceRequest"),
    resourceContainer: messageSchema("ResourceMetrics"),
    scopeContainer: messageSchema("ScopeMetrics"),
    item: messageSchema("Metric"),
    scopesField: "scope_metrics",
    legacyScopes: "instrumentationLibraryMetrics",
    itemsField: "metrics",
    partialSuccess: messageSchema("ExportMetricsPartialSuccess"),
    rejectedField: "rejected_data_points",
    itemName: "data point",
  },
  logs: {
    signal: "logs",
    request: messageSchema("ExportLogsServiceRequest"),
    resourceContainer: messageSchema("ResourceLogs"),
    scopeContainer: messageSchema("ScopeLogs"),
    item: messageSchema("LogRecord"),
    scopesField: "scope_logs",
    legacyScopes: "instrumentationLibraryLogs",
    itemsField: "log_records",
    partialSuccess: messageSchema("ExportLogsPartialSuccess"),
    rejectedField: "rejected_log_records",
    itemName: "log record",
  },
};

/** The one field of an export request: the list of resource containers. */
export function requestField(shape: SignalShape): MessageSchema["fields"][number] {
  const [field] = shape.request.fields;
  return field ?? fieldNamed(shape.request, "resource");
}

/** Whether a word from a path or a parameter names a signal. */
export function isSignal(word: string): word is Signal {
  return word === "traces" || word === "metrics" || word === "logs";
}
