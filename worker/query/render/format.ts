/** The formats an answer can have: one table, from which parameter, headers and documents come. */
import { type Result, err, ok } from "../../core/result.ts";

/** The values of the parameter `format`. */
export type Format = "json" | "ndjson" | "csv" | "otlp" | "otlp-proto";

/** What an answer in a format says about itself. */
export interface FormatFacts {
  /** the header Content-Type, complete */
  readonly contentType: string;
  /** the end of the name of the file it is saved as; undefined: a browser shows it */
  readonly fileSuffix: string | undefined;
}

/** Every format. */
export const FORMATS: Readonly<Record<Format, FormatFacts>> = {
  json: { contentType: "application/json", fileSuffix: undefined },
  ndjson: { contentType: "application/x-ndjson", fileSuffix: "ndjson" },
  // RFC 4180 §3 defines both parameters.
  csv: { contentType: "text/csv; charset=utf-8; header=present", fileSuffix: "csv" },
  // Without parameters, as OTLP requests have it: the body can be sent on as it is.
  otlp: { contentType: "application/json", fileSuffix: "otlp.json" },
  "otlp-proto": { contentType: "application/x-protobuf", fileSuffix: "otlp.pb" },
};

/** What a file name is made of; everything else becomes `_`, so that the header needs no escapes. */
const UNSAFE_IN_FILE_NAME = /[^A-Za-z0-9._-]/g;
const STEM_LIMIT = 100;

/**
 * Reads the parameter `format`.
 *
 * @returns why the text is no format, to follow 'Cannot read parameter "format": '
 */
export function parseFormat(text: string): Result<Format, string> {
  return isFormat(text)
    ? ok(text)
    : err(`"${text}" is not one of ${Object.keys(FORMATS).join(", ")}`);
}

/**
 * The header Content-Disposition (RFC 6266).
 *
 * @param stem what the file is called, without its ending: `traces`, a trace id …
 * @returns undefined for a format that a browser shows
 */
export function contentDisposition(format: Format, stem: string): string | undefined {
  const { fileSuffix } = FORMATS[format];
  const name = stem.replaceAll(UNSAFE_IN_FILE_NAME, "_").slice(0, STEM_LIMIT);
  return fileSuffix === undefined ? undefined : `attachment; filename="${name}.${fileSuffix}"`;
}

function isFormat(text: string): text is Format {
  return Object.hasOwn(FORMATS, text);
}
