/** The heart of the write path: an export request in either encoding → blocks of events. */
import { type Result, err, ok } from "../core/result.ts";
import type { Encoding } from "../otlp/codec.ts";
import { encodeRequest } from "../otlp/json/encode-request.ts";
import { parseOtlpJson } from "../otlp/json/parse.ts";
import { ProtobufWriter } from "../otlp/json/protobuf-writer.ts";
import { Notes } from "../otlp/notes.ts";
import type { SignalShape } from "../otlp/signal.ts";
import type { DecodeError } from "./decode-error.ts";
import type { TranscodeOptions, Transcoder } from "./transcoder.ts";

/** What to transcode, and how; {@link TranscodeOptions} says more. */
export interface TranscodeInput extends Omit<TranscodeOptions, "notes"> {
  readonly encoding: Encoding;
  /** decompressed */
  readonly body: Uint8Array;
}

/**
 * Transcodes a request.
 *
 * @returns what was kept, rejected and changed; or why the body does not decode
 */
export function transcode(
  input: TranscodeInput,
  transcoder: Transcoder,
): Result<Notes, DecodeError> {
  const notes = new Notes();
  const { encoding, body, shape } = input;
  const protobuf = encoding === "json" ? encodeJson(body, shape, notes) : ok(body);
  if (!protobuf.ok) {
    return protobuf;
  }
  const problem = transcoder.transcode(protobuf.value, { ...input, notes });
  return problem === undefined ? ok(notes) : err(problem);
}

/** The protobuf form takes half of the room of the JSON text, or less. */
const JSON_BYTES_PER_BYTE = 2;

/** OTLP/JSON goes through the protobuf form of the same request: there is one writer of events. */
function encodeJson(
  body: Uint8Array,
  shape: SignalShape,
  notes: Notes,
): Result<Uint8Array, DecodeError> {
  const parsed = parseOtlpJson(body);
  if (!parsed.ok) {
    return parsed;
  }
  const capacityBytes = Math.ceil(body.length / JSON_BYTES_PER_BYTE);
  return encodeRequest(parsed.value, shape, notes, new ProtobufWriter(capacityBytes));
}
