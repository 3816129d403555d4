/**
 * JSON text → values, without losing a digit of a 64-bit integer.
 *
 * `JSON.parse` reads every number as a double. OTLP/JSON writes 64-bit integers as strings, but
 * senders may write numbers (OTLP spec, "JSON Protobuf Encoding"). Numbers of 16 digits or more
 * are therefore put in quotes before parsing: every OTLP number field takes a string as well. The
 * usual text has none outside of quotes, which one search tells.
 */
import { type Result, err, ok } from "../../core/result.ts";

/** What text is not JSON, in words for the sender. */
export interface JsonError {
  readonly kind: "malformed";
  readonly message: string;
}

/** An object of parsed JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Numbers follow a colon, a bracket or a comma; those that a double may not hold have 16 digits
 * before the point, or as many and an exponent that moves it. In a string this may match in vain.
 */
const LONG_NUMBER_IN_TEXT = /[:[,]\s*-?(?:\d{16}|\d+\.\d{15,}[eE]\+?\d)/;
const LONG_NUMBER = /\d{15}/;
/** A string, which is left alone, or a number token. The unrolled loop needs no stack. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const decoder = new TextDecoder();

/**
 * Parses a body. A byte order mark is dropped, invalid UTF-8 becomes U+FFFD.
 *
 * @param body UTF-8 bytes of the JSON text
 */
export function parseOtlpJson(body: Uint8Array): Result<JsonObject, JsonError> {
  const text = decoder.decode(body);
  if (text === "") {
    return err({ kind: "malformed", message: "Cannot parse the body as JSON: empty body" });
  }
  let value: unknown;
  try {
    value = JSON.parse(LONG_NUMBER_IN_TEXT.test(text) ? quoteLongNumbers(text) : text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "not JSON";
    return err({ kind: "malformed", message: `Cannot parse the body as JSON: ${reason}` });
  }
  if (!isJsonObject(value)) {
    return err({
      kind: "malformed",
      message: "Cannot read the body as OTLP/JSON: the root must be an object",
    });
  }
  return ok(value);
}

function quoteLongNumbers(text: string): string {
  return text.replace(STRING_OR_NUMBER, (token) =>
    LONG_NUMBER.test(token) && JSON_NUMBER.test(token) ? `"${token}"` : token,
  );
}

/** Whether a value is a JSON object: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
