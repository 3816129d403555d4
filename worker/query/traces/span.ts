/** What traces are assembled from: the few members of a stored span that tell its place. */
import { memberOf } from "../../core/members.ts";

/** A span's place in its trace. Times are epoch nanoseconds. */
export interface SpanPlace {
  readonly traceId: string;
  /** empty when the span has none */
  readonly spanId: string;
  /** undefined for a root span */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly service: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly isError: boolean;
}

/** What stands for the service of a resource that names none (semantic conventions, service.name). */
const UNKNOWN_SERVICE = "unknown_service";

/** Reads a stored event; undefined for one that is not a span of a trace. */
export function spanPlaceOf(event: unknown): SpanPlace | undefined {
  const data = memberOf(event, "data");
  const traceId = memberOf(data, "trace_id");
  if (memberOf(event, "event_type") !== "span" || typeof traceId !== "string") {
    return undefined;
  }
  const startNs = nanosOf(memberOf(data, "start_time_unix_nano"));
  const endNs = nanosOf(memberOf(data, "end_time_unix_nano"));
  const attributes = memberOf(memberOf(data, "resource"), "attributes");
  return {
    traceId,
    spanId: textOf(memberOf(data, "span_id")) ?? "",
    parentId: textOf(memberOf(data, "parent_span_id")),
    name: textOf(memberOf(data, "name")) ?? "",
    service: textOf(memberOf(attributes, "service.name")) ?? UNKNOWN_SERVICE,
    startNs,
    // A span that never ended, or ended before it started by the clocks: it takes no time.
    endNs: endNs < startNs ? startNs : endNs,
    isError: memberOf(memberOf(data, "status"), "code") === "error",
  };
}

/**
 * What two copies of one span share that came in different batches. A client and a server span may
 * share an id (Zipkin), so it takes more than the id.
 */
export function spanIdentity({ spanId, name, service, startNs }: SpanPlace): string {
  return `${spanId} ${startNs} ${service} ${name}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function nanosOf(value: unknown): bigint {
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}
