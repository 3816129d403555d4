/** The write path of OTLP: one step per line, each may end the request. */
import { freeBuffer } from "../core/free-buffer.ts";
import { type Result, err, ok } from "../core/result.ts";
import { parseNativeJson } from "../events/native-json.ts";
import { pryxEvents } from "../events/pryx-json.ts";
import { checkDeclaredLength, readBody } from "../http/body.ts";
import { contentCodingOf, inflateBody } from "../http/content-coding.ts";
import type { HttpError } from "../http/errors.ts";
import { type ExportReceipt, otlpError, otlpSuccess } from "../http/respond.ts";
import type { Codec } from "../otlp/codec.ts";
import { codecOf, fallbackCodec } from "../otlp/media-type.ts";
import { type Signal, signalShapes } from "../otlp/signal.ts";
import { BATCH_CODE_LENGTH, randomCode } from "../segment/code.ts";
import type { DecodeError } from "../transcoder/decode-error.ts";
import { batchCodeOf } from "./batch-code.ts";
import type { IngestContext } from "./context.ts";
import { storeEvents } from "./native.ts";
import { metricsHint, otherSignalHint, payloadHint } from "./payload-hint.ts";
import { isKnownRepeat } from "./repeats.ts";
import { storeBatch } from "./segments.ts";
import {
  type EventsTooLarge,
  type ExportInput,
  type TranscodedExport,
  transcodeExport,
} from "./transcode-export.ts";

/** Answers `POST …/v1/{signal}`. */
export async function handleExport(
  request: Request,
  signal: Signal,
  context: IngestContext,
): Promise<Response> {
  const codec = codecOf(request.headers.get("content-type"));
  const receipt = await receiveExport(request, signal, { ...context, codec });
  return receipt.ok
    ? otlpSuccess(codec ?? fallbackCodec, receipt.value)
    : otlpError(codec ?? fallbackCodec, receipt.error);
}

async function receiveExport(
  request: Request,
  signal: Signal,
  context: IngestContext & { readonly codec: Codec | undefined },
): Promise<Result<ExportReceipt, HttpError>> {
  const authenticated = await context.authenticate(request.headers);
  if (!authenticated.ok) {
    return authenticated;
  }
  const declared = checkDeclaredLength(request.headers, context.bodyLimitBytes);
  if (!declared.ok) {
    return declared;
  }
  if (context.codec === undefined) {
    return err({ kind: "media-type", contentType: request.headers.get("content-type") });
  }
  const coding = contentCodingOf(request.headers.get("content-encoding"));
  if (!coding.ok) {
    return coding;
  }
  const sent = await readBody(request, context.bodyLimitBytes);
  if (!sent.ok) {
    return sent;
  }
  const body = inflateBody(sent.value, coding.value, context.bodyLimitBytes);
  if (!body.ok) {
    return body;
  }
  if (body.value !== sent.value) {
    freeBuffer(sent.value);
  }
  const input: ExportInput = {
    shape: signalShapes[signal],
    encoding: context.codec.encoding,
    body: body.value,
    receivedAtMs: context.now(),
    transcoder: context.transcoder,
    requiresSpanIds: context.requiresSpanIds,
  };
  const receipt = await takeExport(input, context);
  freeBuffer(body.value);
  return receipt;
}

/** From the body to the answer: transcode, look at what came of it, store. */
async function takeExport(
  input: ExportInput,
  context: IngestContext,
): Promise<Result<ExportReceipt, HttpError>> {
  const transcoded = await transcodeWithId(input, context);
  if (!transcoded.ok) {
    if (transcoded.error.kind === "events-too-large") {
      return err(transcoded.error);
    }
    const { message } = transcoded.error;
    const hint = payloadHint(input);
    return malformed(input, hint === undefined ? message : `${message}: ${hint}`);
  }
  const { notes } = transcoded.value;
  const hint = metricsHint(input, transcoded.value);
  if (hint !== undefined) {
    return malformed(input, `All spans have invalid ids: ${hint}`);
  }
  if (notes.accepted === 0 && notes.rejected > 0) {
    // A 200 would hide that everything was lost.
    const { itemsField } = input.shape;
    const reasons = notes.reasons();
    const message = `All items rejected: ${reasons.join("; ")}`;
    return err({ kind: "malformed", message, field: itemsField, reasons });
  }
  if (notes.accepted === 0 && notes.message() !== undefined) {
    return (
      (await receiveOtherJson(input, context)) ?? storeExport(input, transcoded.value, context)
    );
  }
  return storeExport(input, transcoded.value, context);
}

function malformed(input: ExportInput, message: string): Result<never, HttpError> {
  return err({ kind: "malformed", message, field: input.shape.request.name });
}

/**
 * JSON that holds nothing of its signal but perhaps something else, which a 200 would lose.
 *
 * @returns undefined when there is nothing to lose
 */
async function receiveOtherJson(
  input: ExportInput,
  context: IngestContext,
): Promise<Result<ExportReceipt, HttpError> | undefined> {
  const parsed =
    input.encoding === "json" ? parseNativeJson(new TextDecoder().decode(input.body)) : undefined;
  if (parsed?.ok !== true) {
    return undefined;
  }
  const members = typeof parsed.value === "object" ? { ...parsed.value } : {};
  const hint = otherSignalHint(members, input.shape);
  if (hint !== undefined) {
    return malformed(input, `Cannot find ${input.shape.itemName}s in the body: ${hint}`);
  }
  const events = pryxEvents(parsed.value);
  if (events === undefined) {
    return undefined;
  }
  return storePryxEvents(events, input, context);
}

async function storePryxEvents(
  events: readonly unknown[],
  { shape }: ExportInput,
  context: IngestContext,
): Promise<Result<ExportReceipt, HttpError>> {
  if (events.length === 0) {
    return ok({ shape, batchId: undefined, partialSuccess: undefined });
  }
  const stored = await storeEvents(events, { isBatch: true, batchId: undefined }, context);
  if (!stored.ok) {
    return stored;
  }
  const { record, lines } = stored.value;
  const reasons = lines.flatMap((line) => (line.ok ? [] : [line.error]));
  const message = [...new Set(reasons)].join("; ");
  if (record.event_count === 0) {
    return err({ kind: "malformed", message: `All events rejected: ${message}` });
  }
  return ok({
    shape,
    batchId: record.batch_id,
    partialSuccess: reasons.length === 0 ? undefined : { rejected: reasons.length, message },
  });
}

/**
 * The id is the hash of the body; but a record without any time may be sent twice on purpose, in
 * the same bytes, so a batch that holds one gets a random id.
 */
async function transcodeWithId(
  input: ExportInput,
  { randomBytes }: IngestContext,
): Promise<Result<TranscodedExport, DecodeError | EventsTooLarge>> {
  const code = await batchCodeOf(input.shape.signal, input.body);
  const transcoded = transcodeExport(input, code);
  return transcoded.ok && transcoded.value.isTimeless
    ? transcodeExport(input, randomCode(BATCH_CODE_LENGTH, randomBytes))
    : transcoded;
}

async function storeExport(
  input: ExportInput,
  { batchId, segments, notes, isTimeless, lastMs }: TranscodedExport,
  context: IngestContext,
): Promise<Result<ExportReceipt, HttpError>> {
  const message = notes.message();
  const receipt: ExportReceipt = {
    shape: input.shape,
    batchId: notes.accepted === 0 ? undefined : batchId,
    partialSuccess: message === undefined ? undefined : { rejected: notes.rejected, message },
  };
  if (notes.accepted === 0) {
    return ok(receipt);
  }
  const age = { receivedAtMs: input.receivedAtMs, lastMs };
  if (!isTimeless && (await isKnownRepeat(batchId, age, context))) {
    return ok(receipt);
  }
  const stored = await storeBatch(
    {
      batchId,
      prefix: input.shape.signal,
      isRecorded: true,
      code: batchId,
      receivedAtMs: input.receivedAtMs,
      rejectedCount: notes.rejected,
      segments,
    },
    context,
  );
  return stored.ok
    ? ok(receipt)
    : err({ kind: "unavailable", message: "Cannot store the events right now: send them again" });
}
