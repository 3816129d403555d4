// Generated from opentelemetry-proto v1.11.0 by scripts/generate-proto.ts. Do not edit.

/** One field: number, name, what it holds, its type, its label (`oneof NAME` names the oneof). */
export type FieldFact = readonly [
  number: number,
  name: string,
  holds: "scalar" | "enum" | "message",
  type: string,
  label: string,
];

/** One enum value: number, full name, name without the enum's prefix in lower case. */
export type EnumFact = readonly [number: number, fullName: string, shortName: string];

/** Every message of an OTLP export request or answer, fields in ascending number. */
export const messageFacts = {
  "ExportTraceServiceRequest": [
    [1, "resource_spans", "message", "ResourceSpans", "repeated"],
  ],
  "ResourceSpans": [
    [1, "resource", "message", "Resource", "singular"],
    [2, "scope_spans", "message", "ScopeSpans", "repeated"],
    [3, "schema_url", "scalar", "string", "singular"],
  ],
  "Resource": [
    [1, "attributes", "message", "KeyValue", "repeated"],
    [2, "dropped_attributes_count", "scalar", "uint32", "singular"],
    [3, "entity_refs", "message", "EntityRef", "repeated"],
  ],
  "KeyValue": [
    [1, "key", "scalar", "string", "singular"],
    [2, "value", "message", "AnyValue", "singular"],
    [3, "key_strindex", "scalar", "int32", "singular"],
  ],
  "AnyValue": [
    [1, "string_value", "scalar", "string", "oneof value"],
    [2, "bool_value", "scalar", "bool", "oneof value"],
    [3, "int_value", "scalar", "int64", "oneof value"],
    [4, "double_value", "scalar", "double", "oneof value"],
    [5, "array_value", "message", "ArrayValue", "oneof value"],
    [6, "kvlist_value", "message", "KeyValueList", "oneof value"],
    [7, "bytes_value", "scalar", "bytes", "oneof value"],
    [8, "string_value_strindex", "scalar", "int32", "oneof value"],
  ],
  "ArrayValue": [
    [1, "values", "message", "AnyValue", "repeated"],
  ],
  "KeyValueList": [
    [1, "values", "message", "KeyValue", "repeated"],
  ],
  "EntityRef": [
    [1, "schema_url", "scalar", "string", "singular"],
    [2, "type", "scalar", "string", "singular"],
    [3, "id_keys", "scalar", "string", "repeated"],
    [4, "description_keys", "scalar", "string", "repeated"],
  ],
  "ScopeSpans": [
    [1, "scope", "message", "InstrumentationScope", "singular"],
    [2, "spans", "message", "Span", "repeated"],
    [3, "schema_url", "scalar", "string", "singular"],
  ],
  "InstrumentationScope": [
    [1, "name", "scalar", "string", "singular"],
    [2, "version", "scalar", "string", "singular"],
    [3, "attributes", "message", "KeyValue", "repeated"],
    [4, "dropped_attributes_count", "scalar", "uint32", "singular"],
  ],
  "Span": [
    [1, "trace_id", "scalar", "bytes", "singular"],
    [2, "span_id", "scalar", "bytes", "singular"],
    [3, "trace_state", "scalar", "string", "singular"],
    [4, "parent_span_id", "scalar", "bytes", "singular"],
    [5, "name", "scalar", "string", "singular"],
    [6, "kind", "enum", "Span.SpanKind", "singular"],
    [7, "start_time_unix_nano", "scalar", "fixed64", "singular"],
    [8, "end_time_unix_nano", "scalar", "fixed64", "singular"],
    [9, "attributes", "message", "KeyValue", "repeated"],
    [10, "dropped_attributes_count", "scalar", "uint32", "singular"],
    [11, "events", "message", "Span.Event", "repeated"],
    [12, "dropped_events_count", "scalar", "uint32", "singular"],
    [13, "links", "message", "Span.Link", "repeated"],
    [14, "dropped_links_count", "scalar", "uint32", "singular"],
    [15, "status", "message", "Status", "singular"],
    [16, "flags", "scalar", "fixed32", "singular"],
  ],
  "Span.Event": [
    [1, "time_unix_nano", "scalar", "fixed64", "singular"],
    [2, "name", "scalar", "string", "singular"],
    [3, "attributes", "message", "KeyValue", "repeated"],
    [4, "dropped_attributes_count", "scalar", "uint32", "singular"],
  ],
  "Span.Link": [
    [1, "trace_id", "scalar", "bytes", "singular"],
    [2, "span_id", "scalar", "bytes", "singular"],
    [3, "trace_state", "scalar", "string", "singular"],
    [4, "attributes", "message", "KeyValue", "repeated"],
    [5, "dropped_attributes_count", "scalar", "uint32", "singular"],
    [6, "flags", "scalar", "fixed32", "singular"],
  ],
  "Status": [
    [2, "message", "scalar", "string", "singular"],
    [3, "code", "enum", "Status.StatusCode", "singular"],
  ],
  "ExportTraceServiceResponse": [
    [1, "partial_success", "message", "ExportTracePartialSuccess", "singular"],
  ],
  "ExportTracePartialSuccess": [
    [1, "rejected_spans", "scalar", "int64", "singular"],
    [2, "error_message", "scalar", "string", "singular"],
  ],
  "ExportMetricsServiceRequest": [
    [1, "resource_metrics", "message", "ResourceMetrics", "repeated"],
  ],
  "ResourceMetrics": [
    [1, "resource", "message", "Resource", "singular"],
    [2, "scope_metrics", "message", "ScopeMetrics", "repeated"],
    [3, "schema_url", "scalar", "string", "singular"],
  ],
  "ScopeMetrics": [
    [1, "scope", "message", "InstrumentationScope", "singular"],
    [2, "metrics", "message", "Metric", "repeated"],
    [3, "schema_url", "scalar", "string", "singular"],
  ],
  "Metric": [
    [1, "name", "scalar", "string", "singular"],
    [2, "description", "scalar", "string", "singular"],
    [3, "unit", "scalar", "string", "singular"],
    [5, "gauge", "message", "Gauge", "oneof data"],
    [7, "sum", "message", "Sum", "oneof data"],
    [9, "histogram", "message", "Histogram", "oneof data"],
    [10, "exponential_histogram", "message", "ExponentialHistogram", "oneof data"],
    [11, "summary", "message", "Summary", "oneof data"],
    [12, "metadata", "message", "KeyValue", "repeated"],
  ],
  "Gauge": [
    [1, "data_points", "message", "NumberDataPoint", "repeated"],
  ],
  "NumberDataPoint": [
    [2, "start_time_unix_nano", "scalar", "fixed64", "singular"],
    [3, "time_unix_nano", "scalar", "fixed64", "singular"],
    [4, "as_double", "scalar", "double", "oneof value"],
    [5, "exemplars", "message", "Exemplar", "repeated"],
    [6, "as_int", "scalar", "sfixed64", "oneof value"],
    [7, "attributes", "message", "KeyValue", "repeated"],
    [8, "flags", "scalar", "uint32", "singular"],
  ],
  "Exemplar": [
    [2, "time_unix_nano", "scalar", "fixed64", "singular"],
    [3, "as_double", "scalar", "double", "oneof value"],
    [4, "span_id", "scalar", "bytes", "singular"],
    [5, "trace_id", "scalar", "bytes", "singular"],
    [6, "as_int", "scalar", "sfixed64", "oneof value"],
    [7, "filtered_attributes", "message", "KeyValue", "repeated"],
  ],
  "Sum": [
    [1, "data_points", "message", "NumberDataPoint", "repeated"],
    [2, "aggregation_temporality", "enum", "AggregationTemporality", "singular"],
    [3, "is_monotonic", "scalar", "bool", "singular"],
  ],
  "Histogram": [
    [1, "data_points", "message", "HistogramDataPoint", "repeated"],
    [2, "aggregation_temporality", "enum", "AggregationTemporality", "singular"],
  ],
  "HistogramDataPoint": [
    [2, "start_time_unix_nano", "scalar", "fixed64", "singular"],
    [3, "time_unix_nano", "scalar", "fixed64", "singular"],
    [4, "count", "scalar", "fixed64", "singular"],
    [5, "sum", "scalar", "double", "optional"],
    [6, "bucket_counts", "scalar", "fixed64", "repeated"],
    [7, "explicit_bounds", "scalar", "double", "repeated"],
    [8, "exemplars", "message", "Exemplar", "repeated"],
    [9, "attributes", "message", "KeyValue", "repeated"],
    [10, "flags", "scalar", "uint32", "singular"],
    [11, "min", "scalar", "double", "optional"],
    [12, "max", "scalar", "double", "optional"],
  ],
  "ExponentialHistogram": [
    [1, "data_points", "message", "ExponentialHistogramDataPoint", "repeated"],
    [2, "aggregation_temporality", "enum", "AggregationTemporality", "singular"],
  ],
  "ExponentialHistogramDataPoint": [
    [1, "attributes", "message", "KeyValue", "repeated"],
    [2, "start_time_unix_nano", "scalar", "fixed64", "singular"],
    [3, "time_unix_nano", "scalar", "fixed64", "singular"],
    [4, "count", "scalar", "fixed64", "singular"],
    [5, "sum", "scalar", "double", "optional"],
    [6, "scale", "scalar", "sint32", "singular"],
    [7, "zero_count", "scalar", "fixed64", "singular"],
    [8, "positive", "message", "ExponentialHistogramDataPoint.Buckets", "singular"],
    [9, "negative", "message", "ExponentialHistogramDataPoint.Buckets", "singular"],
    [10, "flags", "scalar", "uint32", "singular"],
    [11, "exemplars", "message", "Exemplar", "repeated"],
    [12, "min", "scalar", "double", "optional"],
    [13, "max", "scalar", "double", "optional"],
    [14, "zero_threshold", "scalar", "double", "singular"],
  ],
  "ExponentialHistogramDataPoint.Buckets": [
    [1, "offset", "scalar", "sint32", "singular"],
    [2, "bucket_counts", "scalar", "uint64", "repeated"],
  ],
  "Summary": [
    [1, "data_points", "message", "SummaryDataPoint", "repeated"],
  ],
  "SummaryDataPoint": [
    [2, "start_time_unix_nano", "scalar", "fixed64", "singular"],
    [3, "time_unix_nano", "scalar", "fixed64", "singular"],
    [4, "count", "scalar", "fixed64", "singular"],
    [5, "sum", "scalar", "double", "singular"],
    [6, "quantile_values", "message", "SummaryDataPoint.ValueAtQuantile", "repeated"],
    [7, "attributes", "message", "KeyValue", "repeated"],
    [8, "flags", "scalar", "uint32", "singular"],
  ],
  "SummaryDataPoint.ValueAtQuantile": [
    [1, "quantile", "scalar", "double", "singular"],
    [2, "value", "scalar", "double", "singular"],
  ],
  "ExportMetricsServiceResponse": [
    [1, "partial_success", "message", "ExportMetricsPartialSuccess", "singular"],
  ],
  "ExportMetricsPartialSuccess": [
    [1, "rejected_data_points", "scalar", "int64", "singular"],
    [2, "error_message", "scalar", "string", "singular"],
  ],
  "ExportLogsServiceRequest": [
    [1, "resource_logs", "message", "ResourceLogs", "repeated"],
  ],
  "ResourceLogs": [
    [1, "resource", "message", "Resource", "singular"],
    [2, "scope_logs", "message", "ScopeLogs", "repeated"],
    [3, "schema_url", "scalar", "string", "singular"],
  ],
  "ScopeLogs": [
    [1, "scope", "message", "InstrumentationScope", "singular"],
    [2, "log_records", "message", "LogRecord", "repeated"],
    [3, "schema_url", "scalar", "string", "singular"],
  ],
  "LogRecord": [
    [1, "time_unix_nano", "scalar", "fixed64", "singular"],
    [2, "severity_number", "enum", "SeverityNumber", "singular"],
    [3, "severity_text", "scalar", "string", "singular"],
    [5, "body", "message", "AnyValue", "singular"],
    [6, "attributes", "message", "KeyValue", "repeated"],
    [7, "dropped_attributes_count", "scalar", "uint32", "singular"],
    [8, "flags", "scalar", "fixed32", "singular"],
    [9, "trace_id", "scalar", "bytes", "singular"],
    [10, "span_id", "scalar", "bytes", "singular"],
    [11, "observed_time_unix_nano", "scalar", "fixed64", "singular"],
    [12, "event_name", "scalar", "string", "singular"],
  ],
  "ExportLogsServiceResponse": [
    [1, "partial_success", "message", "ExportLogsPartialSuccess", "singular"],
  ],
  "ExportLogsPartialSuccess": [
    [1, "rejected_log_records", "scalar", "int64", "singular"],
    [2, "error_message", "scalar", "string", "singular"],
  ],
  "rpc.Status": [
    [1, "code", "scalar", "int32", "singular"],
    [2, "message", "scalar", "string", "singular"],
    [3, "details", "message", "protobuf.Any", "repeated"],
  ],
  "protobuf.Any": [
    [1, "type_url", "scalar", "string", "singular"],
    [2, "value", "scalar", "bytes", "singular"],
  ],
  "rpc.BadRequest": [
    [1, "field_violations", "message", "rpc.BadRequest.FieldViolation", "repeated"],
  ],
  "rpc.BadRequest.FieldViolation": [
    [1, "field", "scalar", "string", "singular"],
    [2, "description", "scalar", "string", "singular"],
    [3, "reason", "scalar", "string", "singular"],
    [4, "localized_message", "message", "rpc.LocalizedMessage", "singular"],
  ],
  "rpc.LocalizedMessage": [
    [1, "locale", "scalar", "string", "singular"],
    [2, "message", "scalar", "string", "singular"],
  ],
  "rpc.RetryInfo": [
    [1, "retry_delay", "message", "protobuf.Duration", "singular"],
  ],
  "protobuf.Duration": [
    [1, "seconds", "scalar", "int64", "singular"],
    [2, "nanos", "scalar", "int32", "singular"],
  ],
} as const satisfies Record<string, readonly FieldFact[]>;

/** Every enum those messages use. */
export const enumFacts = {
  "Span.SpanKind": [
    [0, "SPAN_KIND_UNSPECIFIED", "unspecified"],
    [1, "SPAN_KIND_INTERNAL", "internal"],
    [2, "SPAN_KIND_SERVER", "server"],
    [3, "SPAN_KIND_CLIENT", "client"],
    [4, "SPAN_KIND_PRODUCER", "producer"],
    [5, "SPAN_KIND_CONSUMER", "consumer"],
  ],
  "Status.StatusCode": [
    [0, "STATUS_CODE_UNSET", "unset"],
    [1, "STATUS_CODE_OK", "ok"],
    [2, "STATUS_CODE_ERROR", "error"],
  ],
  "AggregationTemporality": [
    [0, "AGGREGATION_TEMPORALITY_UNSPECIFIED", "unspecified"],
    [1, "AGGREGATION_TEMPORALITY_DELTA", "delta"],
    [2, "AGGREGATION_TEMPORALITY_CUMULATIVE", "cumulative"],
  ],
  "SeverityNumber": [
    [0, "SEVERITY_NUMBER_UNSPECIFIED", "unspecified"],
    [1, "SEVERITY_NUMBER_TRACE", "trace"],
    [2, "SEVERITY_NUMBER_TRACE2", "trace2"],
    [3, "SEVERITY_NUMBER_TRACE3", "trace3"],
    [4, "SEVERITY_NUMBER_TRACE4", "trace4"],
    [5, "SEVERITY_NUMBER_DEBUG", "debug"],
    [6, "SEVERITY_NUMBER_DEBUG2", "debug2"],
    [7, "SEVERITY_NUMBER_DEBUG3", "debug3"],
    [8, "SEVERITY_NUMBER_DEBUG4", "debug4"],
    [9, "SEVERITY_NUMBER_INFO", "info"],
    [10, "SEVERITY_NUMBER_INFO2", "info2"],
    [11, "SEVERITY_NUMBER_INFO3", "info3"],
    [12, "SEVERITY_NUMBER_INFO4", "info4"],
    [13, "SEVERITY_NUMBER_WARN", "warn"],
    [14, "SEVERITY_NUMBER_WARN2", "warn2"],
    [15, "SEVERITY_NUMBER_WARN3", "warn3"],
    [16, "SEVERITY_NUMBER_WARN4", "warn4"],
    [17, "SEVERITY_NUMBER_ERROR", "error"],
    [18, "SEVERITY_NUMBER_ERROR2", "error2"],
    [19, "SEVERITY_NUMBER_ERROR3", "error3"],
    [20, "SEVERITY_NUMBER_ERROR4", "error4"],
    [21, "SEVERITY_NUMBER_FATAL", "fatal"],
    [22, "SEVERITY_NUMBER_FATAL2", "fatal2"],
    [23, "SEVERITY_NUMBER_FATAL3", "fatal3"],
    [24, "SEVERITY_NUMBER_FATAL4", "fatal4"],
  ],
} as const satisfies Record<string, readonly EnumFact[]>;
