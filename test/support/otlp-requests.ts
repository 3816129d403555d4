/**
 * Small export requests for the three signals in both encodings, written with protobufjs and by
 * hand: never with the gateway's own code.
 */
import { gzipSync } from "node:zlib";

import protobuf from "protobufjs/minimal.js";

/** The signals, as they stand in paths. */
export const SIGNALS = ["traces", "metrics", "logs"] as const;
export type Signal = (typeof SIGNALS)[number];

/** The encodings and their media types. */
export const ENCODINGS = ["protobuf", "json"] as const;
export type Encoding = (typeof ENCODINGS)[number];
export const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** One span, gauge point or log record. */
export interface Item {
  /** name of the span or metric, event name of the log record */
  readonly name: string;
  /** epoch ms; undefined: the item carries no time */
  readonly timeMs?: number;
  /** hex; of spans and log records */
  readonly traceId?: string;
  /** OTLP severity number, of log records only */
  readonly severity?: number;
  /** name of the service in the resource; all items of one call with the same share a resource */
  readonly service?: string;
  /** body of a log record, unit of a metric, trace state of a span: makes an item large */
  readonly padding?: string;
}

/** The trace id of spans that name none. */
export const TRACE_ID = "5b8efff798038103d269b633813fc60c";
const SPAN_ID = "eee19b7ec3c1b174";
const GAUGE_VALUE = 7;

/** The body of an export request. */
export function exportBody(signal: Signal, encoding: Encoding, items: readonly Item[]): Uint8Array {
  return encoding === "json"
    ? new TextEncoder().encode(JSON.stringify(jsonRequest(signal, items)))
    : protobufRequest(signal, items);
}

/** How a body is sent. */
export interface SendOptions {
  readonly path?: string;
  readonly isGzip?: boolean;
  /** replace or add headers; null takes one away */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** The bearer key of the gateways under test. */
export const API_KEY = "test-key";
const ORIGIN = "https://gateway.test";

/** An export request as an SDK sends it. */
export function exportRequest(
  signal: Signal,
  { encoding, items }: { readonly encoding: Encoding; readonly items: readonly Item[] },
  options: SendOptions = {},
): Request {
  const body = exportBody(signal, encoding, items);
  return bodyRequest(options.path ?? `/v1/${signal}`, body, {
    ...options,
    headers: { "content-type": MEDIA_TYPES[encoding], ...options.headers },
  });
}

/** A POST of any bytes, with the key. */
export function bodyRequest(
  path: string,
  body: Uint8Array | string,
  { isGzip = false, headers = {} }: Omit<SendOptions, "path"> = {},
): Request {
  return new Request(`${ORIGIN}${path}`, {
    method: "POST",
    headers: mergeHeaders(isGzip ? { "content-encoding": "gzip", ...headers } : headers),
    body: isGzip ? gzipSync(body) : body,
    redirect: "manual",
  });
}

/** A request without a body, with the key. */
export function plainRequest(
  path: string,
  { method = "GET", headers = {} }: { method?: string; headers?: SendOptions["headers"] } = {},
): Request {
  return new Request(`${ORIGIN}${path}`, {
    method,
    headers: mergeHeaders(headers),
    redirect: "manual",
  });
}

function mergeHeaders(headers: Readonly<Record<string, string | null>>): Headers {
  const merged = new Headers();
  for (const [name, value] of Object.entries({ authorization: `Bearer ${API_KEY}`, ...headers })) {
    if (value !== null) {
      merged.set(name, value);
    }
  }
  return merged;
}

/** Items by the service they belong to, in order of appearance. */
function byService(items: readonly Item[]): readonly (readonly [string | undefined, Item[]])[] {
  const groups = new Map<string | undefined, Item[]>();
  for (const item of items) {
    const group = groups.get(item.service) ?? [];
    group.push(item);
    groups.set(item.service, group);
  }
  return [...groups];
}

const JSON_NAMES = {
  traces: { resources: "resourceSpans", scopes: "scopeSpans", items: "spans" },
  metrics: { resources: "resourceMetrics", scopes: "scopeMetrics", items: "metrics" },
  logs: { resources: "resourceLogs", scopes: "scopeLogs", items: "logRecords" },
} as const;

function jsonRequest(signal: Signal, items: readonly Item[]): unknown {
  const names = JSON_NAMES[signal];
  return {
    [names.resources]: byService(items).map(([service, group]) => ({
      resource: {
        attributes:
          service === undefined ? [] : [{ key: "service.name", value: { stringValue: service } }],
      },
      [names.scopes]: [{ [names.items]: group.map((item) => jsonItem(signal, item)) }],
    })),
  };
}

function jsonItem(signal: Signal, item: Item): unknown {
  const nanos = item.timeMs === undefined ? undefined : `${item.timeMs}000000`;
  switch (signal) {
    case "traces":
      return {
        traceId: item.traceId ?? TRACE_ID,
        spanId: SPAN_ID,
        name: item.name,
        traceState: item.padding,
        startTimeUnixNano: nanos,
        endTimeUnixNano: nanos,
      };
    case "metrics":
      return {
        name: item.name,
        unit: item.padding,
        gauge: { dataPoints: [{ asInt: String(GAUGE_VALUE), timeUnixNano: nanos }] },
      };
    case "logs":
      return {
        timeUnixNano: nanos,
        severityNumber: item.severity,
        body: { stringValue: item.padding ?? item.name },
        eventName: item.name,
        traceId: item.traceId,
      };
  }
}

type Writer = protobuf.Writer;

/** Writes a length-delimited field: a message when `write` is given a writer. */
function field(writer: Writer, number: number, write: (inner: Writer) => void): void {
  writer.uint32(number * 8 + 2).fork();
  write(writer);
  writer.ldelim();
}

function text(writer: Writer, number: number, value: string | undefined): void {
  if (value !== undefined) {
    writer.uint32(number * 8 + 2).string(value);
  }
}

function hex(writer: Writer, number: number, value: string | undefined): void {
  if (value !== undefined) {
    const bytes = value.match(/../g) ?? [];
    writer
      .uint32(number * 8 + 2)
      .bytes(Uint8Array.from(bytes, (pair) => Number.parseInt(pair, 16)));
  }
}

function nanosOf(writer: Writer, number: number, timeMs: number | undefined): void {
  if (timeMs !== undefined) {
    const nanos = BigInt(timeMs) * 1_000_000n;
    // fixed64, little endian: two words, so that no Long library is needed.
    writer.uint32(number * 8 + 1);
    writer.fixed64({
      low: Number(BigInt.asIntN(32, nanos)),
      high: Number(BigInt.asIntN(32, nanos >> 32n)),
      unsigned: true,
    });
  }
}

/** Field numbers below: opentelemetry/proto/{trace,metrics,logs,common,resource}/v1/*.proto. */
function protobufRequest(signal: Signal, items: readonly Item[]): Uint8Array {
  // Not Writer.create(): its writer for Buffer fails on long strings in workerd.
  const writer = new protobuf.Writer();
  for (const [service, group] of byService(items)) {
    field(writer, 1, (container) => {
      field(container, 1, (resource) => {
        if (service !== undefined) {
          field(resource, 1, (attribute) => {
            text(attribute, 1, "service.name");
            field(attribute, 2, (value) => {
              text(value, 1, service);
            });
          });
        }
      });
      field(container, 2, (scope) => {
        for (const item of group) {
          field(scope, 2, (inner) => {
            writeItem(inner, signal, item);
          });
        }
      });
    });
  }
  return writer.finish();
}

function writeItem(writer: Writer, signal: Signal, item: Item): void {
  switch (signal) {
    case "traces":
      hex(writer, 1, item.traceId ?? TRACE_ID);
      hex(writer, 2, SPAN_ID);
      text(writer, 3, item.padding);
      text(writer, 5, item.name);
      nanosOf(writer, 7, item.timeMs);
      nanosOf(writer, 8, item.timeMs);
      return;
    case "metrics":
      text(writer, 1, item.name);
      text(writer, 3, item.padding);
      field(writer, 5, (gauge) => {
        field(gauge, 1, (point) => {
          nanosOf(point, 3, item.timeMs);
          point.uint32(6 * 8 + 1).sfixed64({ low: GAUGE_VALUE, high: 0, unsigned: false });
        });
      });
      return;
    case "logs":
      nanosOf(writer, 1, item.timeMs);
      if (item.severity !== undefined) {
        writer.uint32(2 * 8).int32(item.severity);
      }
      field(writer, 5, (body) => {
        text(body, 1, item.padding ?? item.name);
      });
      hex(writer, 9, item.traceId);
      text(writer, 12, item.name);
  }
}
