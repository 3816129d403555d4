/** Export requests of any size, grown from what the Go SDK sent (test/fixtures). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import type protobuf from "protobufjs";

import type { Signal } from "../../worker/otlp/signal.ts";
import { PROJECT_ROOT } from "../gateway/wrangler-command.ts";
import { loadProtoRoot } from "../proto-root.ts";
import { jsonTextOf } from "./json-text.ts";

/** A message as protobufjs hands it out: names of the .proto files, 64-bit integers as text. */
export type PlainMessage = Record<string, unknown>;

/** One request in every form a contender takes. */
export interface Payload {
  readonly name: string;
  readonly signal: Signal;
  /** spans, log records or data points */
  readonly itemCount: number;
  readonly protobuf: Uint8Array;
  readonly gzip: Uint8Array;
  readonly zstd: Uint8Array;
  /** the same request as OTLP/JSON */
  readonly jsonText: string;
  readonly jsonBytes: Uint8Array;
}

interface Levels {
  readonly request: string;
  readonly fixture: string;
  readonly resources: string;
  readonly scopes: string;
  readonly items: string;
}

const LEVELS: Readonly<Record<Signal, Levels>> = {
  traces: {
    request: "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
    fixture: "traces_go_512.bin",
    resources: "resource_spans",
    scopes: "scope_spans",
    items: "spans",
  },
  logs: {
    request: "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest",
    fixture: "logs_go_512.bin",
    resources: "resource_logs",
    scopes: "scope_logs",
    items: "log_records",
  },
  metrics: {
    request: "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest",
    fixture: "metrics_go_512.bin",
    resources: "resource_metrics",
    scopes: "scope_metrics",
    items: "metrics",
  },
};
const ID_FIELDS = ["trace_id", "span_id", "parent_span_id"];
const NANOS_PER_SECOND = 1_000_000_000n;
/** Spreads copies over the whole range of 32 bits: the golden ratio, as hash functions use it. */
const ID_STEP = 0x9e_37_79_b1;
const STACK_FRAME_COUNT = 30;
/** Replaces the letters a–z: two- and three-byte characters, and an emoji of four. */
const WIDE_LETTERS = Array.from("абвгдежзийклмноп日本語漢🚀字東京中文");

/** The vendored messages, with the names of the .proto files. */
export const protoRoot: protobuf.Root = loadProtoRoot();

/** The message of a signal's export request. */
export function requestType(signal: Signal): protobuf.Type {
  return protoRoot.lookupType(LEVELS[signal].request);
}

/** A captured request of 512 items, decoded. */
export function capturedRequest(signal: Signal): PlainMessage {
  const type = requestType(signal);
  const bytes = readFileSync(join(PROJECT_ROOT, "test/fixtures", LEVELS[signal].fixture));
  return type.toObject(type.decode(bytes), { longs: String });
}

/**
 * A request of `count` items. Items beyond those of the captured request are copies with ids of
 * their own, each copy one second later than the one before.
 */
export function scaleRequest(signal: Signal, request: PlainMessage, count: number): PlainMessage {
  const { resources, scopes, items } = LEVELS[signal];
  const captured = listIn(request, resources).flatMap((resource) =>
    listIn(resource, scopes).flatMap((scope) => listIn(scope, items)),
  );
  const wanted = new Map<PlainMessage, number>();
  for (let index = 0; index < count; index += 1) {
    const item = captured[index % captured.length];
    if (item !== undefined) {
      wanted.set(item, Math.floor(index / captured.length) + 1);
    }
  }
  const scaledResources = listIn(request, resources).map((resource) => ({
    ...resource,
    [scopes]: listIn(resource, scopes)
      .map((scope) => ({
        ...scope,
        [items]: listIn(scope, items).flatMap((item) =>
          Array.from({ length: wanted.get(item) ?? 0 }, (_, copy) => copyOf(item, copy)),
        ),
      }))
      .filter((scope) => listIn(scope, items).length > 0),
  }));
  return { [resources]: scaledResources.filter((resource) => listIn(resource, scopes).length > 0) };
}

/** The request with every Latin letter of names and string values in another script. */
export function widenText(request: PlainMessage): PlainMessage {
  return mapMembers(request, (name, value) =>
    (name === "name" || name === "string_value") && typeof value === "string"
      ? value.replaceAll(/[a-z]/gu, (letter) => WIDE_LETTERS[letter.charCodeAt(0) - 97] ?? letter)
      : value,
  );
}

/** The spans of a request, each with one more event: an exception with its stack trace. */
export function addExceptions(request: PlainMessage): PlainMessage {
  return mapMembers(request, (name, value) =>
    name === "spans" && Array.isArray(value)
      ? value.map((span: unknown) => (isMessage(span) ? withException(span) : span))
      : value,
  );
}

/** Encodes a request in every form. */
export function payloadOf(
  name: string,
  signal: Signal,
  content: { readonly request: PlainMessage; readonly itemCount: number },
): Payload {
  const type = requestType(signal);
  const bytes = Uint8Array.from(type.encode(type.fromObject(content.request)).finish());
  const jsonText = jsonTextOf(type, type.toObject(type.decode(bytes), { longs: String }));
  return {
    name,
    signal,
    itemCount: content.itemCount,
    protobuf: bytes,
    gzip: Uint8Array.from(gzipSync(bytes)),
    zstd: Uint8Array.from(zstdCompressSync(bytes)),
    jsonText,
    jsonBytes: new TextEncoder().encode(jsonText),
  };
}

/** What is measured. */
export function benchPayloads(): readonly Payload[] {
  const spans = capturedRequest("traces");
  function scaled(itemCount: number): { request: PlainMessage; itemCount: number } {
    return { request: scaleRequest("traces", spans, itemCount), itemCount };
  }
  return [
    payloadOf("1 span", "traces", scaled(1)),
    payloadOf("32 spans", "traces", scaled(32)),
    payloadOf("512 spans", "traces", scaled(512)),
    payloadOf("4,096 spans", "traces", scaled(4096)),
    payloadOf("512 spans, wide text", "traces", { request: widenText(spans), itemCount: 512 }),
    payloadOf("512 spans, stack traces", "traces", {
      request: addExceptions(spans),
      itemCount: 512,
    }),
    payloadOf("512 log records", "logs", { request: capturedRequest("logs"), itemCount: 512 }),
    payloadOf("512 data points", "metrics", {
      request: capturedRequest("metrics"),
      itemCount: 512,
    }),
  ];
}

function copyOf(item: PlainMessage, copy: number): PlainMessage {
  if (copy === 0) {
    return item;
  }
  return mapMembers(item, (name, value) => {
    if (ID_FIELDS.includes(name) && value instanceof Uint8Array && value.length >= 8) {
      return renamedId(value, copy);
    }
    return name.endsWith("time_unix_nano") && typeof value === "string" && value !== "0"
      ? String(BigInt(value) + BigInt(copy) * NANOS_PER_SECOND)
      : value;
  });
}

/** Parents stay parents: one id of one copy becomes the same id wherever it stands. */
function renamedId(id: Uint8Array, copy: number): Uint8Array {
  const renamed = Uint8Array.from(id);
  const view = new DataView(renamed.buffer);
  view.setUint32(0, (view.getUint32(0) ^ Math.imul(copy, ID_STEP)) >>> 0);
  return renamed;
}

function withException(span: PlainMessage): PlainMessage {
  const frames = Array.from(
    { length: STACK_FRAME_COUNT },
    (_, index) =>
      `    at Session.step${index} (/srv/pryx/runtime/src/agent/session.ts:${120 + index * 7}:${11 + (index % 9)})`,
  );
  const attributes = {
    "exception.type": "ToolError",
    "exception.message": 'Cannot run "shell": exit status 1',
    "exception.stacktrace": ['ToolError: Cannot run "shell": exit status 1', ...frames].join("\n"),
  };
  const event = {
    time_unix_nano: span["end_time_unix_nano"],
    name: "exception",
    attributes: Object.entries(attributes).map(([key, text]) => ({
      key,
      value: { string_value: text },
    })),
  };
  return { ...span, events: [...listIn(span, "events"), event] };
}

/** A deep copy; each member is what `replace` makes of it, and is gone into if that is the same. */
function mapMembers(
  message: PlainMessage,
  replace: (name: string, value: unknown) => unknown,
): PlainMessage {
  function deep(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((element: unknown) => deep(element));
    }
    return isMessage(value) ? mapMembers(value, replace) : value;
  }
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => {
      const replaced = replace(name, value);
      return [name, replaced === value ? deep(value) : replaced];
    }),
  );
}

function listIn(message: PlainMessage, name: string): readonly PlainMessage[] {
  const list = message[name];
  return Array.isArray(list) ? list.filter((element) => isMessage(element)) : [];
}

function isMessage(value: unknown): value is PlainMessage {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}
