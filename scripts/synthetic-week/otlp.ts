/** A planned segment as the OTLP/JSON request that makes it. */
import type { Random } from "../../test/support/fake-kv/random.ts";
import type { Signal } from "../../worker/otlp/signal.ts";
import { ERRORS, METRICS } from "./names.ts";
import { type PlannedSegment, hex } from "./plan.ts";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

/** Spans of one export that belong to the trace it is about; the others are of traces nearby. */
const OWN_SPANS = 6;
/** Traces of other sessions that a service is busy with at the same time, and what that means. */
const NEARBY_TRACES = 8;
const NEARBY_MS = 10_000;
/** What a span takes: mostly some ms, one in a thousand several seconds. */
const USUAL_MS = 300;
const SLOW_MS = 20_000;
const SLOW_SHARE = 0.001;
const SEVERITY_INFO = 9;
const SEVERITY_ERROR = 17;
const STATUS_ERROR = 2;
const NANOS = "000000";

/** Makes requests; it remembers the latest traces, so that exports hold parts of several. */
export class OtlpWriter {
  readonly #random: Random;
  #nearby: readonly PlannedSegment[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** The body of the request. */
  bodyOf(segment: PlannedSegment, signal: Signal): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(this.#request(segment, signal)));
  }

  #request(segment: PlannedSegment, signal: Signal): unknown {
    const resource = { attributes: resourceAttributes(segment) };
    const scope = { name: `pryx/${segment.service.name}`, version: "1.4.0" };
    switch (signal) {
      case "traces": {
        const spans = this.#spans(segment);
        return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] };
      }
      case "logs": {
        const logRecords = this.#logRecords(segment);
        return { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] };
      }
      case "metrics": {
        const metrics = this.#metrics(segment);
        return { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
      }
    }
  }

  #spans(segment: PlannedSegment): unknown {
    const { traceId, events, hasRoot, hasError, receivedAtMs, session, service } = segment;
    this.#nearby = [segment, ...this.#nearby]
      .filter((other) => receivedAtMs - other.receivedAtMs <= NEARBY_MS)
      .slice(0, NEARBY_TRACES);
    const random = this.#random;
    return Array.from({ length: events }, (_none, index) => {
      const durationMs = 1 + random.below(random.chance(SLOW_SHARE) ? SLOW_MS : USUAL_MS);
      const startMs = receivedAtMs - 100 - durationMs - random.below(900);
      const isOwn = index < OWN_SPANS;
      const isRoot = hasRoot && index === 0;
      const ofTrace = isOwn ? traceId : random.pick(this.#nearby).traceId;
      const error = hasError && index === 0 ? random.pick(ERRORS) : undefined;
      return {
        traceId: ofTrace,
        spanId: isRoot ? rootIdOf(traceId) : hex(random, 16),
        ...(!isRoot && { parentSpanId: rootIdOf(ofTrace) }),
        name: random.pick(service.operations),
        kind: 1 + random.below(5),
        startTimeUnixNano: `${startMs}${NANOS}`,
        endTimeUnixNano: `${startMs + durationMs}${NANOS}`,
        attributes: [
          ...(isOwn ? [text("session.id", session.id)] : []),
          text("user.tier", random.pick(["free", "pro"])),
          integer("llm.tokens", random.below(4000)),
          text("http.route", "/v1/chat"),
          ...(error === undefined ? [] : [text("error.type", error.type)]),
        ],
        ...(error !== undefined && { status: { code: STATUS_ERROR, message: error.message } }),
      };
    });
  }

  #logRecords(segment: PlannedSegment): unknown {
    const { traceId, events, hasError, receivedAtMs, session, service } = segment;
    const random = this.#random;
    return Array.from({ length: events }, (_none, index) => {
      const error = hasError && index === 0 ? random.pick(ERRORS) : undefined;
      return {
        timeUnixNano: `${receivedAtMs - 50 - random.below(900)}${NANOS}`,
        severityNumber: error === undefined ? SEVERITY_INFO : SEVERITY_ERROR,
        severityText: error === undefined ? "INFO" : "ERROR",
        body: { stringValue: `${error?.message ?? random.pick(service.messages)} ${index}` },
        attributes: [
          text("session.id", session.id),
          ...(error === undefined ? [] : [text("exception.type", error.type)]),
        ],
        traceId,
        spanId: hex(random, 16),
      };
    });
  }

  #metrics({ events, receivedAtMs }: PlannedSegment): unknown {
    const random = this.#random;
    return Array.from({ length: events }, (_none, index) => {
      const metric = METRICS[index % METRICS.length];
      return {
        ...metric,
        gauge: {
          dataPoints: [
            {
              timeUnixNano: `${receivedAtMs - 20}${NANOS}`,
              asInt: String(random.below(100_000)),
              attributes: [integer("shard", index)],
            },
          ],
        },
      };
    });
  }
}

/** The root of a trace has an id that the other services know. */
function rootIdOf(traceId: string): string {
  return traceId.slice(-16);
}

function resourceAttributes({ service, session }: PlannedSegment): readonly Attribute[] {
  return [
    text("service.name", service.name),
    text("service.version", "1.4.0"),
    text("device.id", session.deviceId),
    text("os.type", "linux"),
  ];
}

function text(key: string, value: string): Attribute {
  return { key, value: { stringValue: value } };
}

function integer(key: string, value: number): Attribute {
  return { key, value: { intValue: String(value) } };
}
