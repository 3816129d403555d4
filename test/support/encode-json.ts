/** Encodes OTLP/JSON as protobuf and reads it back with protobufjs. */
import { encodeRequest } from "../../worker/otlp/json/encode-request.ts";
import { parseOtlpJson } from "../../worker/otlp/json/parse.ts";
import { Notes } from "../../worker/otlp/notes.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { type SignalName, decodeMessage, requestType } from "./proto.ts";

/** What came of a request in OTLP/JSON. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** the bytes as protobufjs decodes them */
  readonly message: Readonly<Record<string, unknown>>;
  readonly notes: Notes;
}

/** Encodes; the reason when the frame cannot be read. */
export function tryEncode(signal: SignalName, body: Uint8Array): Encoded | string {
  const notes = new Notes();
  const parsed = parseOtlpJson(body);
  if (!parsed.ok) {
    return parsed.error.message;
  }
  const result = encodeRequest(parsed.value, signalShapes[signal], notes);
  if (!result.ok) {
    return result.error.message;
  }
  const bytes = result.value;
  return { bytes, message: decodeMessage(requestType(signal), bytes), notes };
}

/** Encodes a request whose frame can be read. */
export function encode(signal: SignalName, body: Uint8Array): Encoded {
  const encoded = tryEncode(signal, body);
  if (typeof encoded === "string") {
    throw new Error(encoded);
  }
  return encoded;
}
