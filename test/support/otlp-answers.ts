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

/** google.rpc.Status. */
export interface StatusMessage {
  readonly code: number;
  readonly message: string;
}

/** Decodes a google.rpc.Status; throws when a field is not one of Status. */
export function decodeStatus(encoding: Encoding, body: Uint8Array): StatusMessage {
  if (encoding === "json") {
    return readStatus(JSON.parse(new TextDecoder().decode(body)));
  }
  const reader = protobuf.Reader.create(body);
  let code = 0;
  let message = "";
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) {
      code = reader.int32();
    } else if (tag === 18) {
      message = reader.string();
    } else {
      throw new Error(`Cannot decode the Status: unexpected tag ${tag}`);
    }
  }
  return { code, message };
}

function readStatus(value: unknown): StatusMessage {
  const { code, message, ...others }: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null ? { ...value } : {};
  if (typeof code !== "number" || typeof message !== "string" || Object.keys(others).length > 0) {
    throw new TypeError(`Cannot decode the Status: ${JSON.stringify(value)}`);
  }
  return { code, message };
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
