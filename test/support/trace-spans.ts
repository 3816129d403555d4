/** Export requests of spans with parents, services and states: traces to be found again. */
import { bodyRequest } from "./otlp-requests.ts";

/** One span. */
export interface SpanDraft {
  readonly name: string;
  readonly service: string;
  /** 32 hex characters */
  readonly traceId: string;
  /** 16 hex characters */
  readonly spanId: string;
  readonly parentId?: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly isError?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** An OTLP/JSON export request, written by hand; each service has a resource of its own. */
export function spansRequest(spans: readonly SpanDraft[]): Request {
  const byService = Map.groupBy(spans, ({ service }) => service);
  const body = {
    resourceSpans: [...byService].map(([service, own]) => ({
      resource: { attributes: attributesOf({ "service.name": service }) },
      scopeSpans: [{ scope: { name: "test" }, spans: own.map(spanOf) }],
    })),
  };
  return bodyRequest("/v1/traces", JSON.stringify(body), {
    headers: { "content-type": "application/json" },
  });
}

function spanOf(span: SpanDraft): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentId !== undefined && { parentSpanId: span.parentId }),
    name: span.name,
    kind: 2,
    startTimeUnixNano: `${span.startMs}000000`,
    endTimeUnixNano: `${span.startMs + span.durationMs}000000`,
    attributes: attributesOf(span.attributes ?? {}),
    status: span.isError === true ? { code: 2, message: "broken" } : {},
  };
}

function attributesOf(values: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** A trace id from a number. */
export function traceIdOf(number: number): string {
  return number.toString(16).padStart(32, "a");
}

/** A span id from a number. */
export function spanIdOf(number: number): string {
  return number.toString(16).padStart(16, "b");
}
