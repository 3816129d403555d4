/** Sizes that OTLP or the gateway sets, for every part that reads or writes telemetry. */

/**
 * The deepest nesting of lists and maps that is kept. SDKs go to 64 by default; each level costs
 * two stack frames, and a Worker's stack takes some thousands, so 128 leaves a wide margin.
 */
export const VALUE_DEPTH_LIMIT = 128;

/** Bytes in a trace id (trace.proto). */
export const TRACE_ID_BYTES = 16;
/** Bytes in a span id (trace.proto). */
export const SPAN_ID_BYTES = 8;
