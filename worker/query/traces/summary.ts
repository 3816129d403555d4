/** The summary of one trace: what a list of traces shows. */
import { type SpanPlace, spanIdentity } from "./span.ts";

/** A service's part in a trace. */
export interface ServicePart {
  readonly name: string;
  readonly span_count: number;
  readonly error_count: number;
}

/** One trace, as far as its spans were found. */
export interface TraceSummary {
  readonly trace_id: string;
  /** of the root span; of the earliest span where the root is missing */
  readonly name: string;
  readonly service: string;
  /** the root span has not arrived, or not within what was searched */
  readonly missing_root: boolean;
  /** spans whose parent is not there */
  readonly orphan_count: number;
  readonly start_time_unix_nano: string;
  readonly end_time_unix_nano: string;
  /** from the earliest start to the latest end */
  readonly duration_ms: number;
  readonly span_count: number;
  readonly error_count: number;
  readonly services: readonly ServicePart[];
}

const NANOS_PER_MS = 1_000_000;

/**
 * Sums up the spans of one trace; copies of one span count once.
 *
 * @param spans at least one
 */
export function summarize(traceId: string, spans: readonly SpanPlace[]): TraceSummary {
  const distinct = [...new Map(spans.map((span) => [spanIdentity(span), span])).values()].toSorted(
    byStart,
  );
  const ids = new Set(distinct.map(({ spanId }) => spanId));
  const root = distinct.find(({ parentId }) => parentId === undefined);
  const shown = root ?? distinct[0];
  const startNs = distinct[0]?.startNs ?? 0n;
  const endNs = distinct.reduce((latest, span) => (span.endNs > latest ? span.endNs : latest), 0n);
  return {
    trace_id: traceId,
    name: shown?.name ?? "",
    service: shown?.service ?? "",
    missing_root: root === undefined,
    orphan_count: distinct.filter(({ parentId }) => parentId !== undefined && !ids.has(parentId))
      .length,
    start_time_unix_nano: String(startNs),
    end_time_unix_nano: String(endNs),
    duration_ms: Number(endNs - startNs) / NANOS_PER_MS,
    span_count: distinct.length,
    error_count: distinct.filter(({ isError }) => isError).length,
    services: servicesOf(distinct),
  };
}

function servicesOf(spans: readonly SpanPlace[]): readonly ServicePart[] {
  return [...Map.groupBy(spans, ({ service }) => service)].map(([name, own]) => ({
    name,
    span_count: own.length,
    error_count: own.filter(({ isError }) => isError).length,
  }));
}

/** Earliest first. */
export function byStart(left: SpanPlace, right: SpanPlace): number {
  if (left.startNs === right.startNs) {
    return 0;
  }
  return left.startNs < right.startNs ? -1 : 1;
}
