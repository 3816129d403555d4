/** OTLP answers in JSON. */
import { BAD_REQUEST_TYPE, type Codec, wireMessage, wireViolations } from "../codec.ts";

const encoder = new TextEncoder();

/** Answers in `application/json`; 64-bit counts are decimal strings (ProtoJSON). */
export const jsonCodec: Codec = {
  encoding: "json",
  contentType: "application/json",
  encodeSuccess(shape, partialSuccess) {
    if (partialSuccess === undefined) {
      return encoder.encode("{}");
    }
    const { rejected, message } = partialSuccess;
    const [rejectedField, messageField] = shape.partialSuccess.fields;
    const body = {
      ...(rejected > 0 && { [rejectedField?.jsonName ?? ""]: String(rejected) }),
      [messageField?.jsonName ?? ""]: wireMessage(message),
    };
    return encoder.encode(JSON.stringify({ partialSuccess: body }));
  },
  encodeStatus({ code, message, violations }) {
    const details = { "@type": BAD_REQUEST_TYPE, fieldViolations: wireViolations(violations) };
    return encoder.encode(
      JSON.stringify({
        code,
        message: wireMessage(message),
        ...(violations.length > 0 && { details: [details] }),
      }),
    );
  },
};
