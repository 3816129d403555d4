/** Reads the answers of OTLP routes with other people's decoders. */
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import protobuf from "protobufjs/minimal.js";

import { type Encoding, MEDIA_TYPES, type Signal } from "./otlp-requests.ts";

/** The reader that the exporters of the JavaScript SDK use for success bodies. */
const SERIALIZERS = {
  protobuf: {
    traces: ProtobufTraceSerializer,
    metrics: ProtobufMetricsSerializer,
    logs: ProtobufLogsSerializer,
  },
  json: {
    traces: JsonTraceSerializer,
    metrics: JsonMetricsSerializer,
    logs: JsonLogsSerializer,
  },
} as const;

/** Decodes the body of a success as the JavaScript SDK does. */
export function decodeSuccess(signal: Signal, encoding: Encoding, body: Uint8Array): unknown {
  return SERIALIZERS[encoding][signal].deserializeResponse(body);
}

/** google.rpc.Status, with the google.rpc.BadRequest that a 400 holds. */
export interface StatusMessage {
  readonly code: number;
  readonly message: string;
  readonly violations: readonly Violation[];
}

/** google.rpc.BadRequest.FieldViolation. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";

/** Decodes a google.rpc.Status; throws when a field is not one of Status. */
export function decodeStatus(encoding: Encoding, body: Uint8Array): StatusMessage {
  if (encoding === "json") {
    return readStatus(JSON.parse(new TextDecoder().decode(body)));
  }
  const reader = protobuf.Reader.create(body);
  let code = 0;
  let message = "";
  let violations: readonly Violation[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) {
      code = reader.int32();
    } else if (tag === 18) {
      message = reader.string();
    } else if (tag === 26) {
      violations = decodeBadRequest(reader.bytes());
    } else {
      throw new Error(`Cannot decode the Status: unexpected tag ${tag}`);
    }
  }
  return { code, message, violations };
}

/** The fields of a message that has nothing but strings, bytes and messages, by number. */
function lengthFields(bytes: Uint8Array): readonly (readonly [number, Uint8Array])[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: (readonly [number, Uint8Array])[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag % 8 !== 2) {
      throw new Error(`Cannot decode the details: unexpected tag ${tag}`);
    }
    fields.push([Math.floor(tag / 8), Uint8Array.from(reader.bytes())]);
  }
  return fields;
}

function textOf(fields: readonly (readonly [number, Uint8Array])[], number: number): string {
  const [, bytes] = fields.find(([candidate]) => candidate === number) ?? [];
  return new TextDecoder().decode(bytes);
}

/** google.protobuf.Any: type_url 1, value 2. BadRequest: field_violations 1 of field 1, description 2. */
function decodeBadRequest(bytes: Uint8Array): readonly Violation[] {
  const any = lengthFields(bytes);
  if (textOf(any, 1) !== BAD_REQUEST) {
    throw new Error(`Cannot decode the details: unexpected type "${textOf(any, 1)}"`);
  }
  const [, value = new Uint8Array(0)] = any.find(([number]) => number === 2) ?? [];
  return lengthFields(value).map(([, violation]) => {
    const fields = lengthFields(violation);
    return { field: textOf(fields, 1), description: textOf(fields, 2) };
  });
}

function readStatus(value: unknown): StatusMessage {
  const { code, message, details = [], ...others } = membersOf(value);
  if (
    typeof code !== "number" ||
    typeof message !== "string" ||
    !Array.isArray(details) ||
    Object.keys(others).length > 0
  ) {
    throw new TypeError(`Cannot decode the Status: ${JSON.stringify(value)}`);
  }
  return { code, message, violations: details.flatMap(readBadRequest) };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function readBadRequest(value: unknown): readonly Violation[] {
  const { "@type": type, fieldViolations: violations } = membersOf(value);
  if (type !== BAD_REQUEST || !Array.isArray(violations)) {
    throw new TypeError(`Cannot decode the details: ${JSON.stringify(value)}`);
  }
  return violations.map((violation) => {
    const { field, description } = membersOf(violation);
    if (typeof field !== "string" || typeof description !== "string") {
      throw new TypeError(`Cannot decode the violation: ${JSON.stringify(violation)}`);
    }
    return { field, description };
  });
}

/** What an exporter sees of a refusal. */
export interface Refusal extends StatusMessage {
  readonly httpStatus: number;
  readonly headers: Headers;
}

/** Reads a refusal; throws unless it is in this encoding, named exactly, and short. */
export async function readRefusal(response: Response, encoding: Encoding): Promise<Refusal> {
  const contentType = response.headers.get("content-type");
  const body = await response.bytes();
  if (contentType !== MEDIA_TYPES[encoding]) {
    const text = new TextDecoder().decode(body);
    throw new Error(
      `Cannot read ${response.status} "${contentType ?? ""}" as ${encoding}: ${text}`,
    );
  }
  const status = decodeStatus(encoding, body);
  if (!/^[\x20-\x7e]{1,1024}$/.test(status.message)) {
    throw new Error(`Cannot print the message of ${response.status}: "${status.message}"`);
  }
  return { ...status, httpStatus: response.status, headers: response.headers };
}
