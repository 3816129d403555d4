/** OTLP answers in protobuf. */
import {
  BAD_REQUEST_TYPE,
  type Codec,
  type FieldViolation,
  wireMessage,
  wireViolations,
} from "../codec.ts";
import { type FieldSchema, WireType, fieldNamed, messageSchema } from "../schema.ts";

const STATUS = messageSchema("rpc.Status");
const STATUS_CODE = fieldNamed(STATUS, "code");
const STATUS_MESSAGE = fieldNamed(STATUS, "message");
const STATUS_DETAILS = fieldNamed(STATUS, "details");
const ANY = messageSchema("protobuf.Any");
const TYPE_URL = fieldNamed(ANY, "type_url");
const VALUE = fieldNamed(ANY, "value");
const FIELD_VIOLATIONS = fieldNamed(messageSchema("rpc.BadRequest"), "field_violations");
const VIOLATION = messageSchema("rpc.BadRequest.FieldViolation");
const FIELD = fieldNamed(VIOLATION, "field");
const DESCRIPTION = fieldNamed(VIOLATION, "description");
const encoder = new TextEncoder();

/** Answers in `application/x-protobuf`. */
export const protobufCodec: Codec = {
  encoding: "protobuf",
  contentType: "application/x-protobuf",
  encodeSuccess(shape, partialSuccess) {
    if (partialSuccess === undefined) {
      return new Uint8Array(0);
    }
    const { partialSuccess: schema } = shape;
    const body = [
      ...varintField(fieldNamed(schema, shape.rejectedField), partialSuccess.rejected),
      ...textField(fieldNamed(schema, "error_message"), wireMessage(partialSuccess.message)),
    ];
    // partial_success is the only field of every Export*ServiceResponse, with this number.
    const response = fieldNamed(messageSchema("ExportTraceServiceResponse"), "partial_success");
    return Uint8Array.from(lengthField(response, body));
  },
  encodeStatus({ code, message, violations }) {
    return Uint8Array.from([
      ...varintField(STATUS_CODE, code),
      ...textField(STATUS_MESSAGE, wireMessage(message)),
      ...(violations.length === 0 ? [] : lengthField(STATUS_DETAILS, badRequest(violations))),
    ]);
  },
};

/** A google.rpc.BadRequest, as a google.protobuf.Any. */
function badRequest(violations: readonly FieldViolation[]): readonly number[] {
  const entries = wireViolations(violations).flatMap(({ field, description }) =>
    lengthField(FIELD_VIOLATIONS, [
      ...textField(FIELD, field),
      ...textField(DESCRIPTION, description),
    ]),
  );
  return [...textField(TYPE_URL, BAD_REQUEST_TYPE), ...lengthField(VALUE, entries)];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function varintField(field: FieldSchema, value: number): number[] {
  return value === 0 ? [] : [...varint(field.number * 8 + WireType.varint), ...varint(value)];
}

function lengthField(field: FieldSchema, content: readonly number[]): number[] {
  return [...varint(field.number * 8 + WireType.length), ...varint(content.length), ...content];
}

function textField(field: FieldSchema, text: string): number[] {
  return text === "" ? [] : lengthField(field, [...encoder.encode(text)]);
}
