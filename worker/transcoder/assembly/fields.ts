// Generated from opentelemetry-proto v1.11.0 by scripts/generate-proto.ts. Do not edit.

/** Field numbers of KeyValue. */
export namespace KeyValueFields {
  export const key: u32 = 1;
  export const value: u32 = 2;
  export const key_strindex: u32 = 3;
}

/** Field numbers of KeyValueList. */
export namespace KeyValueListFields {
  export const values: u32 = 1;
}

/** Field numbers of ArrayValue. */
export namespace ArrayValueFields {
  export const values: u32 = 1;
}

/** Field numbers of AnyValue. */
export namespace AnyValueFields {
  export const string_value: u32 = 1;
  export const bool_value: u32 = 2;
  export const int_value: u32 = 3;
  export const double_value: u32 = 4;
  export const array_value: u32 = 5;
  export const kvlist_value: u32 = 6;
  export const bytes_value: u32 = 7;
  export const string_value_strindex: u32 = 8;
}

/** Field numbers of Span. */
export namespace SpanFields {
  export const trace_id: u32 = 1;
  export const span_id: u32 = 2;
  export const trace_state: u32 = 3;
  export const parent_span_id: u32 = 4;
  export const name: u32 = 5;
  export const kind: u32 = 6;
  export const start_time_unix_nano: u32 = 7;
  export const end_time_unix_nano: u32 = 8;
  export const attributes: u32 = 9;
  export const dropped_attributes_count: u32 = 10;
  export const events: u32 = 11;
  export const dropped_events_count: u32 = 12;
  export const links: u32 = 13;
  export const dropped_links_count: u32 = 14;
  export const status: u32 = 15;
  export const flags: u32 = 16;
}

/** Field numbers of Status. */
export namespace StatusFields {
  export const message: u32 = 2;
  export const code: u32 = 3;
}

/** Field numbers of LogRecord. */
export namespace LogRecordFields {
  export const time_unix_nano: u32 = 1;
  export const severity_number: u32 = 2;
  export const severity_text: u32 = 3;
  export const body: u32 = 5;
  export const attributes: u32 = 6;
  export const dropped_attributes_count: u32 = 7;
  export const flags: u32 = 8;
  export const trace_id: u32 = 9;
  export const span_id: u32 = 10;
  export const observed_time_unix_nano: u32 = 11;
  export const event_name: u32 = 12;
}

/** Field numbers of Metric. */
export namespace MetricFields {
  export const name: u32 = 1;
  export const description: u32 = 2;
  export const unit: u32 = 3;
  export const gauge: u32 = 5;
  export const sum: u32 = 7;
  export const histogram: u32 = 9;
  export const exponential_histogram: u32 = 10;
  export const summary: u32 = 11;
  export const metadata: u32 = 12;
}

/** Field numbers of Gauge. */
export namespace GaugeFields {
  export const data_points: u32 = 1;
}

/** Field numbers of NumberDataPoint. */
export namespace NumberDataPointFields {
  export const start_time_unix_nano: u32 = 2;
  export const time_unix_nano: u32 = 3;
  export const as_double: u32 = 4;
  export const exemplars: u32 = 5;
  export const as_int: u32 = 6;
  export const attributes: u32 = 7;
  export const flags: u32 = 8;
}
