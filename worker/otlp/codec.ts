/**
 * The encoding of a request. It is chosen once, from Content-Type, and also writes the answer,
 * errors included: so an answer is in the encoding of its request by construction.
 */
import type { SignalShape } from "./signal.ts";

/** The two encodings of OTLP/HTTP. */
export type Encoding = "protobuf" | "json";

/** Items that were not stored, or a warning with a count of 0 (OTLP spec, "Partial Success"). */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** One entry of `google.rpc.BadRequest`: a part of the request, and what is wrong with it. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** `google.rpc.Status`, as far as OTLP uses it. */
export interface Status {
  /** a gRPC code; OTLP/HTTP clients ignore it */
  readonly code: number;
  /** for the developer, English, short ASCII: some clients print the bytes of the body */
  readonly message: string;
  /** not empty: the details hold a BadRequest with these */
  readonly violations: readonly FieldViolation[];
}

/** Writes answers in one encoding. */
export interface Codec {
  readonly encoding: Encoding;
  /** exactly this, without parameters: clients compare with `==` */
  readonly contentType: "application/x-protobuf" | "application/json";
  /** Export*ServiceResponse; with no partial success, 0 bytes or `{}` */
  encodeSuccess(shape: SignalShape, partialSuccess: PartialSuccess | undefined): Uint8Array;
  /** google.rpc.Status */
  encodeStatus(status: Status): Uint8Array;
}

/** `error_message` is cut at this length: exporters read at most 64 KiB of an answer. */
const MESSAGE_LIMIT = 1024;

/** Violations in one answer, and characters of each: an answer stays below 4 KiB. */
const VIOLATION_LIMIT = 4;
const DESCRIPTION_LIMIT = 200;

/** The type of the details of a 400 (OTLP spec, "Bad Data"). */
export const BAD_REQUEST_TYPE = "type.googleapis.com/google.rpc.BadRequest";

/** Cuts a list of violations for the wire. */
export function wireViolations(violations: readonly FieldViolation[]): readonly FieldViolation[] {
  return violations.slice(0, VIOLATION_LIMIT).map(({ field, description }) => ({
    field: wireMessage(field).slice(0, DESCRIPTION_LIMIT / 4),
    description: wireMessage(description).slice(0, DESCRIPTION_LIMIT),
  }));
}

/** Cuts a message for the wire and keeps it ASCII, so that it reads well in a hex-ish log too. */
export function wireMessage(message: string): string {
  return message.replace(/[^\x20-\x7e]/g, "?").slice(0, MESSAGE_LIMIT);
}
