/** Events as an answer, in the format that was asked for. */
import { type Result, err, ok } from "../core/result.ts";
import type { HttpError } from "../http/errors.ts";
import { bodyAnswer } from "../http/respond.ts";
import type { SegmentPrefix } from "../segment/key.ts";
import { bad } from "./params.ts";
import type { AnswerMeta } from "./question.ts";
import { renderCsv } from "./render/csv.ts";
import { FORMATS, type Format, contentDisposition, parseFormat } from "./render/format.ts";
import { renderNdjson } from "./render/ndjson.ts";
import { renderOtlpJson } from "./render/otlp-json.ts";
import { renderOtlpProtobuf } from "./render/otlp-protobuf.ts";
import type { Rendered } from "./render/rendered.ts";

/** The signals that OTLP has a request for. */
type OtlpSignal = Exclude<SegmentPrefix, "telemetry">;

/** A format and what it needs to know. */
export interface Rendering {
  readonly format: Format;
  /** the signal of an export request; undefined for the formats that hold any */
  readonly signal: OtlpSignal | undefined;
  /** columns of a CSV; none: the usual ones */
  readonly fields: readonly string[];
  /** what a saved answer is called, without ending */
  readonly stem: string;
}

/** Events to be answered. */
export interface EventsAnswer {
  /** as stored */
  readonly lines: readonly string[];
  readonly meta: AnswerMeta;
  /** the body of `format=json` */
  readonly json: () => string;
}

/**
 * Reads `format` and `fields`.
 *
 * @param signals of the events: an export request holds one OTLP signal
 */
export function renderingOf(
  params: URLSearchParams,
  signals: readonly SegmentPrefix[],
  stem: string,
): Result<Rendering, HttpError> {
  const format = parseFormat(params.get("format") ?? "json");
  if (!format.ok) {
    return bad("format", `Cannot read parameter "format": ${format.error}`);
  }
  const fields = (params.get("fields") ?? "").split(",").filter((field) => field !== "");
  if (fields.length > 0 && format.value !== "csv") {
    return bad("fields", 'Cannot use parameter "fields": only format=csv has columns');
  }
  const isExport = format.value === "otlp" || format.value === "otlp-proto";
  const [signal] = signals;
  if (isExport && (signals.length !== 1 || signal === undefined || signal === "telemetry")) {
    return bad(
      "format",
      `Cannot use format ${format.value} for several signals or native events: an OTLP export request holds one signal, add signal=traces, metrics or logs`,
    );
  }
  return ok({
    format: format.value,
    signal: isExport && signal !== "telemetry" ? signal : undefined,
    fields,
    stem,
  });
}

/** One page of events. Formats without an envelope tell in headers where the next page is. */
export function eventsAnswer(
  { format, signal, fields, stem }: Rendering,
  { lines, meta, json }: EventsAnswer,
  url: string,
): Response {
  const { body, skipped } = bodyOf({ format, signal, fields }, { lines, json });
  return bodyAnswer(body, {
    ...headersOf(format, stem),
    "pryx-complete": String(meta.complete),
    ...(meta.next_cursor !== null && { link: nextLink(url, meta.next_cursor) }),
    ...(skipped > 0 && { "pryx-skipped": String(skipped) }),
  });
}

function bodyOf(
  { format, signal, fields }: Pick<Rendering, "format" | "signal" | "fields">,
  { lines, json }: Pick<EventsAnswer, "lines" | "json">,
): Rendered<string | Uint8Array<ArrayBuffer>> {
  switch (format) {
    case "csv":
      return renderCsv(lines, fields);
    case "otlp":
      return renderOtlpJson(lines, signal ?? "traces");
    case "otlp-proto":
      return renderOtlpProtobuf(lines, signal ?? "traces");
    case "json":
    case "ndjson":
      return { body: json(), skipped: 0 };
  }
}

/**
 * Events as they are found, one per line.
 *
 * @param pages lists of the events' JSON texts; what they return is the last line's content
 */
export function ndjsonAnswer(
  { format, stem }: Pick<Rendering, "format" | "stem">,
  pages: AsyncGenerator<readonly string[], object>,
): Response {
  const chunks = renderNdjson(pages);
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await chunks.next();
      if (chunk.done === true) {
        controller.close();
      } else {
        controller.enqueue(encoder.encode(chunk.value));
      }
    },
    async cancel() {
      await chunks.return();
    },
  });
  return bodyAnswer(stream, headersOf(format, stem));
}

function headersOf(format: Format, stem: string): Record<string, string> {
  const disposition = contentDisposition(format, stem);
  return {
    "content-type": FORMATS[format].contentType,
    ...(disposition !== undefined && { "content-disposition": disposition }),
  };
}

/** Where the next page is (RFC 8288). */
function nextLink(url: string, cursor: string): string {
  const next = new URL(url);
  next.searchParams.set("cursor", cursor);
  return `<${next.pathname}${next.search}>; rel="next"`;
}

/** The failure of a read, whatever KV said: the log has that. */
export function failedRead(): Result<never, HttpError> {
  return err({ kind: "unavailable", message: "Cannot read the events right now: ask again" });
}
