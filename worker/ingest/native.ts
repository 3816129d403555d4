/** The write path of native events: /api/telemetry/ingest and /api/telemetry/batch. */
import { type Result, err, ok } from "../core/result.ts";
import { parseNativeJson } from "../events/native-json.ts";
import { type NativeLine, nativeBlocks, nativeLine } from "../events/native.ts";
import { checkDeclaredLength, readBody } from "../http/body.ts";
import { contentCodingOf, inflateBody } from "../http/content-coding.ts";
import type { HttpError } from "../http/errors.ts";
import { apiError, json } from "../http/respond.ts";
import { type BatchRecord, isBatchId } from "../segment/batch-record.ts";
import { BATCH_CODE_LENGTH, NATIVE_CODE_LENGTH, randomCode } from "../segment/code.ts";
import { SEGMENT_LIMIT_BYTES } from "../segment/limits.ts";
import type { IngestContext } from "./context.ts";
import { encodeSegment, storeBatch } from "./segments.ts";

/** Events of one batch: KV has no part in this, it is the contract of the endpoint. */
export const BATCH_LIMIT_EVENTS = 1000;
/** Up to this many events `ingest` reports each one. */
export const RESULTS_LIMIT = 10;

/** Answers `POST /api/telemetry/ingest`: one event or a list. */
export async function handleIngest(request: Request, context: IngestContext): Promise<Response> {
  const body = await readJson(request, context);
  if (!body.ok) {
    return apiError(body.error);
  }
  const events: readonly unknown[] = Array.isArray(body.value) ? body.value : [body.value];
  if (events.length === 0) {
    return apiError({ kind: "malformed", message: "No events provided" });
  }
  const stored = await storeEvents(events, { isBatch: false, batchId: undefined }, context);
  if (!stored.ok) {
    return apiError(stored.error);
  }
  const { lines, record } = stored.value;
  // All events share a segment unless they are huge.
  const key = record.events.length === 1 ? record.events[0] : undefined;
  return json({
    accepted: record.event_count,
    total: events.length,
    timestamp: record.timestamp,
    ...(events.length <= RESULTS_LIMIT && {
      results: lines.map((line) =>
        line.ok
          ? { success: true, ...(key !== undefined && { key }) }
          : { success: false, error: line.error },
      ),
    }),
  });
}

/** Answers `POST /api/telemetry/batch`: `{batch_id?, events: [1…1000]}`. */
export async function handleBatch(request: Request, context: IngestContext): Promise<Response> {
  const body = await readJson(request, context);
  if (!body.ok) {
    return apiError(body.error);
  }
  const batch = parseBatch(body.value);
  if (!batch.ok) {
    return apiError(batch.error);
  }
  const { batchId, events } = batch.value;
  const stored = await storeEvents(events, { isBatch: true, batchId }, context);
  if (!stored.ok) {
    return apiError(stored.error);
  }
  const { record } = stored.value;
  return json({
    batch_id: record.batch_id,
    accepted: record.event_count,
    rejected: record.rejected_count,
    total: events.length,
    timestamp: record.timestamp,
    status: record.status,
  });
}

async function readJson(
  request: Request,
  context: IngestContext,
): Promise<Result<unknown, HttpError>> {
  const authenticated = await context.authenticate(request.headers);
  if (!authenticated.ok) {
    return authenticated;
  }
  const declared = checkDeclaredLength(request.headers, context.bodyLimitBytes);
  if (!declared.ok) {
    return declared;
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
  const parsed = parseNativeJson(new TextDecoder().decode(body.value));
  return parsed.ok ? parsed : err({ kind: "malformed", message: "Invalid JSON" });
}

interface ParsedBatch {
  /** undefined: to be generated */
  readonly batchId: string | undefined;
  readonly events: readonly unknown[];
}

function parseBatch(value: unknown): Result<ParsedBatch, HttpError> {
  const members: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null ? { ...value } : {};
  const events = members["events"];
  if (!Array.isArray(events) || events.length === 0) {
    return err({
      kind: "malformed",
      message: "Invalid batch: events must be a non-empty array",
    });
  }
  if (events.length > BATCH_LIMIT_EVENTS) {
    return err({
      kind: "malformed",
      message: `Batch too large: maximum ${BATCH_LIMIT_EVENTS} events per batch`,
    });
  }
  const batchId = members["batch_id"];
  if (batchId === undefined || batchId === null) {
    return ok({ batchId: undefined, events });
  }
  return typeof batchId === "string" && isBatchId(batchId)
    ? ok({ batchId, events })
    : err({
        kind: "malformed",
        message: "Invalid batch: batch_id must be 1 to 256 printable ASCII characters",
      });
}

/** What {@link storeEvents} did. */
export interface StoredEvents {
  readonly record: BatchRecord;
  /** what became of each event */
  readonly lines: readonly Result<NativeLine, string>[];
}

/** Validates native events and stores those that are good. */
export async function storeEvents(
  events: readonly unknown[],
  batch: { readonly isBatch: boolean; readonly batchId: string | undefined },
  context: IngestContext,
): Promise<Result<StoredEvents, HttpError>> {
  const receivedAtMs = context.now();
  const batchId = batch.batchId ?? randomCode(BATCH_CODE_LENGTH, context.randomBytes);
  const frame = { receivedAtMs, batchId: batch.isBatch ? batchId : undefined };
  const lines = events.map((event) => nativeLine(event, frame));
  const accepted = lines.flatMap((line) => (line.ok ? [line.value] : []));
  const stored = await storeBatch(
    {
      batchId,
      prefix: "telemetry",
      isRecorded: batch.isBatch,
      code: randomCode(NATIVE_CODE_LENGTH, context.randomBytes),
      receivedAtMs,
      rejectedCount: lines.length - accepted.length,
      segments: Array.from(
        nativeBlocks(accepted, receivedAtMs, SEGMENT_LIMIT_BYTES),
        encodeSegment,
      ),
    },
    context,
  );
  return stored.ok
    ? ok({ record: stored.value, lines })
    : err({ kind: "unavailable", message: "Cannot store the events right now: send them again" });
}

/** Answers `GET /api/telemetry/batch/:batchId`. */
export async function handleBatchStatus(
  request: Request,
  batchId: string,
  context: IngestContext,
): Promise<Response> {
  const authenticated = await context.authenticate(request.headers);
  if (!authenticated.ok) {
    return apiError(authenticated.error);
  }
  const record = isBatchId(batchId) ? await context.store.getBatch(batchId) : ok(undefined);
  if (!record.ok) {
    return apiError({ kind: "unavailable", message: "Cannot read the batch right now: ask again" });
  }
  return record.value === undefined ? apiError({ kind: "batch-not-found" }) : json(record.value);
}
