/**
 * OTLP messages for tests, through protobufjs reflection: nothing here comes from worker/.
 *
 * Strings are declared as bytes, so that a test can send text that is not valid UTF-8 and see the
 * bytes that arrive.
 */
import protobuf from "protobufjs";

import { loadProtoRoot } from "../../scripts/proto-root.ts";

/** The three signals, as the tests name them. */
export type SignalName = "traces" | "metrics" | "logs";

/** All three. */
export const SIGNALS: readonly SignalName[] = ["traces", "metrics", "logs"];

/** A field's value: 64-bit integers are bigints, strings and bytes are bytes, enums are numbers. */
export type ProtoValue =
  | boolean
  | number
  | bigint
  | Uint8Array
  | ProtoMessage
  | readonly ProtoValue[];

/** A message by the names in the .proto files. A field that is absent here is absent on the wire. */
export interface ProtoMessage {
  readonly [name: string]: ProtoValue;
}

const REQUESTS: Readonly<Record<SignalName, string>> = {
  traces: "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
  metrics: "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest",
  logs: "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest",
};
/** Enough for values nested 300 deep; protobufjs stops at 100 messages by default. */
const RECURSION_LIMIT = 1000;

protobuf.util.recursionLimit = RECURSION_LIMIT;
protobuf.Reader.recursionLimit = RECURSION_LIMIT;
const root = loadProtoRoot();
const stringFields = new Set<protobuf.Field>();

/** The message of a signal's export request. */
export function requestType(signal: SignalName): protobuf.Type {
  return root.lookupType(REQUESTS[signal]);
}

/** A message of the vendored files by its short name, such as `Span` or `Span.Event`. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(name);
}

/** Every message a request can hold, each once. */
export function reachableTypes(start: protobuf.Type): readonly protobuf.Type[] {
  const found = new Set([start]);
  for (const type of found) {
    for (const field of type.fieldsArray) {
      if (field.resolvedType instanceof protobuf.Type) {
        found.add(field.resolvedType);
      }
    }
  }
  return [...found];
}

for (const signal of SIGNALS) {
  for (const type of reachableTypes(requestType(signal))) {
    for (const field of type.fieldsArray) {
      if (field.type === "string") {
        stringFields.add(field);
        field.type = "bytes";
      }
    }
  }
}

/** Whether a field is a `string` in the .proto file. */
export function isString(field: protobuf.Field): boolean {
  return stringFields.has(field);
}

/** The message a field holds, if it holds one. */
export function messageOf(field: protobuf.Field): protobuf.Type | undefined {
  return field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
}

/** The enum a field holds, if it holds one. */
export function enumOf(field: protobuf.Field): protobuf.Enum | undefined {
  return field.resolvedType instanceof protobuf.Enum ? field.resolvedType : undefined;
}

/** Encodes a message with protobufjs. */
export function encodeMessage(type: protobuf.Type, message: ProtoMessage): Uint8Array {
  return Uint8Array.from(type.encode(withTextLongs(message)).finish());
}

/** Decodes a message with protobufjs; 64-bit integers are decimal text, strings are bytes. */
export function decodeMessage(
  type: protobuf.Type,
  bytes: Uint8Array,
): Readonly<Record<string, unknown>> {
  return type.toObject(type.decode(bytes), { longs: String });
}

/** UTF-8 bytes of a text, as string fields take them. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function withTextLongs(message: ProtoMessage): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [name, withTextLong(value)]),
  );
}

function withTextLong(value: ProtoValue): unknown {
  if (typeof value === "bigint") {
    return BigInt.asIntN(64, value).toString();
  }
  if (isList(value)) {
    return value.map((element) => withTextLong(element));
  }
  return typeof value === "object" && !(value instanceof Uint8Array) ? withTextLongs(value) : value;
}

/** Whether a value is a list. `Array.isArray` does not narrow readonly lists. */
export function isList(value: ProtoValue): value is readonly ProtoValue[] {
  return Array.isArray(value);
}
