/** What makes a span's ids unusable (trace.proto: 16 and 8 bytes). */

import { SPAN_ID_BYTES, TRACE_ID_BYTES } from "../otlp/limits.ts";

/** Why a span without usable ids is rejected, where the configuration says so. */
export const MISSING_ID = "span without a valid trace_id or span_id; send both, not all zeros";

/**
 * Says which of a span's ids is of wrong length. Lengths are in bytes; 0 stands for absent, which is
 * let through, and one of the three must be wrong.
 *
 * @returns why the span is rejected
 */
export function idProblem(
  traceIdBytes: number,
  spanIdBytes: number,
  parentSpanIdBytes: number,
): string {
  if (traceIdBytes !== 0 && traceIdBytes !== TRACE_ID_BYTES) {
    return `span with a trace_id of ${traceIdBytes} bytes; send ${TRACE_ID_BYTES} bytes`;
  }
  if (spanIdBytes !== 0 && spanIdBytes !== SPAN_ID_BYTES) {
    return `span with a span_id of ${spanIdBytes} bytes; send ${SPAN_ID_BYTES} bytes`;
  }
  return `span with a parent_span_id of ${parentSpanIdBytes} bytes; send ${SPAN_ID_BYTES} bytes`;
}

/** Whether an id is the invalid one: all zeros. */
export function isAllZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (bytes[index] !== 0) {
      return false;
    }
  }
  return true;
}
