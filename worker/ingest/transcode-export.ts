/** Body → events, held in memory while they are few, made twice when they are many. */
import { type Result, err, ok } from "../core/result.ts";
import type { DecodeError } from "../events/decode-error.ts";
import { type EventBlock, EventLines } from "../events/event-lines.ts";
import type { Notes } from "../events/notes.ts";
import { transcoders } from "../events/transcode.ts";
import type { Encoding } from "../otlp/codec.ts";
import type { SignalShape } from "../otlp/signal.ts";
import { SEGMENT_LIMIT_BYTES } from "./segments.ts";

/** An export request, decompressed. */
export interface ExportInput {
  readonly shape: SignalShape;
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  readonly receivedAtMs: number;
}

/** The events of a request that decodes as a whole. */
export interface TranscodedExport {
  readonly batchId: string;
  /** to be walked once; each block is made when it is asked for, if there are many */
  readonly blocks: Iterable<EventBlock>;
  readonly notes: Notes;
  /** whether some event carries no time */
  readonly isTimeless: boolean;
  /** latest time in any event, epoch ms; 0 when there is none */
  readonly lastMs: number;
}

/**
 * Blocks are held up to this many bytes together. Beyond, the first walk only proves that the body
 * decodes, and a second one makes the blocks one by one while they are stored: an isolate has
 * 128 MB for all its requests, and a body of 20 MiB may give 100 MiB of events.
 */
const HELD_LIMIT_BYTES = 16 * 1024 * 1024;
/** Events of protobuf spans take about this much more room than the request (measured, ADR 001). */
const EXPECTED_GROWTH = 6;

/**
 * Transcodes a whole request.
 *
 * @param batchId the id that each event carries
 */
export function transcodeExport(
  input: ExportInput,
  batchId: string,
): Result<TranscodedExport, DecodeError> {
  const held: EventBlock[] = [];
  let heldBytes = 0;
  let isTimeless = false;
  let lastMs = 0;
  const walk = walkBlocks(input, batchId);
  for (;;) {
    const step = walk.next();
    if (step.done === true) {
      return step.value.ok
        ? ok({
            batchId,
            blocks: heldBytes > HELD_LIMIT_BYTES ? blocksOf(input, batchId) : held,
            notes: step.value.value,
            isTimeless,
            lastMs,
          })
        : step.value;
    }
    const { bytes, facts } = step.value;
    isTimeless ||= facts.timeless > 0;
    lastMs = Math.max(lastMs, facts.lastMs);
    heldBytes += bytes.length;
    if (heldBytes > HELD_LIMIT_BYTES) {
      held.length = 0;
    } else {
      held.push(step.value);
    }
  }
}

function* blocksOf(input: ExportInput, batchId: string): Generator<EventBlock, void> {
  yield* walkBlocks(input, batchId);
}

/** All blocks, the last one included. */
function* walkBlocks(
  { shape, encoding, body, receivedAtMs }: ExportInput,
  batchId: string,
): Generator<EventBlock, Result<Notes, DecodeError>> {
  const lines = new EventLines({
    receivedAtMs,
    batchId,
    segmentLimitBytes: SEGMENT_LIMIT_BYTES,
    expectedBytes: body.length * EXPECTED_GROWTH,
  });
  const problem = yield* transcoders[encoding](body, shape, lines);
  if (problem !== undefined) {
    return err(problem);
  }
  const last = lines.finish();
  if (last !== undefined) {
    yield last;
  }
  return ok(lines.notes);
}
