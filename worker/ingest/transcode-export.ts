/** Body → events, held in memory while they are few, made twice when they are many. */
import type { BufferPool } from "../core/buffer-pool.ts";
import { type Result, err, ok } from "../core/result.ts";
import type { DecodeError } from "../events/decode-error.ts";
import { type EventBlock, EventLines } from "../events/event-lines.ts";
import type { Notes } from "../events/notes.ts";
import { transcoders } from "../events/transcode.ts";
import type { Encoding } from "../otlp/codec.ts";
import type { SignalShape } from "../otlp/signal.ts";
import { SEGMENT_LIMIT_BYTES } from "../segment/limits.ts";

/** An export request, decompressed. */
export interface ExportInput {
  readonly shape: SignalShape;
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  readonly receivedAtMs: number;
  readonly buffers: BufferPool;
  /** whether spans without a valid trace or span id are rejected; absent: no */
  readonly requiresSpanIds?: boolean;
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
/**
 * Events take at most about this many times the room of the request: 5 for spans and log records,
 * 7 for data points. Memory that is reserved and not written to costs nothing; growing costs a copy.
 */
const EXPECTED_GROWTH = 8;

/**
 * The lines of the last request of each kind, with what wrote them: never read, only kept alive.
 * V8 compiles the transcoder for the shapes of its objects; when a full garbage collection finds
 * none of them between two requests, it drops that code, and the next exports take ten times as
 * long (docs/benchmarks.md).
 */
const keptLines = new Map<string, EventLines>();

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
    held.push(step.value);
    if (heldBytes > HELD_LIMIT_BYTES) {
      for (const block of held.splice(0)) {
        input.buffers.give(block.bytes);
      }
    }
  }
}

function* blocksOf(input: ExportInput, batchId: string): Generator<EventBlock, void> {
  yield* walkBlocks(input, batchId);
}

/** All blocks, the last one included. */
function* walkBlocks(
  { shape, encoding, body, receivedAtMs, buffers, requiresSpanIds = false }: ExportInput,
  batchId: string,
): Generator<EventBlock, Result<Notes, DecodeError>> {
  const lines = new EventLines({
    receivedAtMs,
    batchId,
    segmentLimitBytes: SEGMENT_LIMIT_BYTES,
    expectedBytes: body.length * EXPECTED_GROWTH,
    buffers,
    requiresSpanIds,
  });
  const problem = yield* transcoders[encoding](body, shape, lines);
  const last = problem === undefined ? lines.finish() : undefined;
  lines.release();
  keptLines.set(`${encoding} ${shape.signal}`, lines);
  if (problem !== undefined) {
    return err(problem);
  }
  if (last !== undefined) {
    yield last;
  }
  return ok(lines.notes);
}
