/**
 * JSON text of native events ↔ values, digit for digit: numbers that a double cannot hold are kept
 * as they were written.
 */
import { type Result, err, ok } from "../core/result.ts";

/**
 * A number token that may not survive `JSON.parse` and `JSON.stringify`: long, with an exponent,
 * with a zero at the end of its fraction, or minus zero.
 */
const FRAGILE_NUMBER = /[\d.]{16}|\d[eE]|\.\d*0(?!\d)|-0(?![.\d])/;

/**
 * Parses a body.
 *
 * @returns the value, or a reason in words
 */
export function parseNativeJson(text: string): Result<unknown, string> {
  try {
    const value: unknown = FRAGILE_NUMBER.test(text)
      ? JSON.parse(text, keepNumber)
      : JSON.parse(text);
    return ok(value);
  } catch (error) {
    // A RangeError means nesting beyond the stack; both are the sender's to mend.
    return err(error instanceof Error ? error.message : "not JSON");
  }
}

/** The third argument is of the proposal "JSON.parse source text access", which V8 has. */
function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === "number" && source !== undefined && String(value) !== source
    ? rawJson(source)
    : value;
}

interface JsonWithRaw {
  rawJSON(text: string): unknown;
}

function hasRaw(json: object): json is JsonWithRaw {
  return "rawJSON" in json;
}

function rawJson(source: string): unknown {
  const json: object = JSON;
  return hasRaw(json) ? json.rawJSON(source) : Number(source);
}
