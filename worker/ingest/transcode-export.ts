/** Body → segments, ready to be stored. */
import { type Result, err, ok } from "../core/result.ts";
import type { Encoding } from "../otlp/codec.ts";
import type { Notes } from "../otlp/notes.ts";
import type { SignalShape } from "../otlp/signal.ts";
import { SEGMENT_LIMIT_BYTES } from "../segment/limits.ts";
import type { DecodeError } from "../transcoder/decode-error.ts";
import { transcode } from "../transcoder/transcode.ts";
import type { Transcoder } from "../transcoder/transcoder.ts";
import { type EncodedSegment, encodeSegment } from "./segments.ts";

/** An export request, decompressed. */
export interface ExportInput {
  readonly shape: SignalShape;
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  readonly receivedAtMs: number;
  readonly transcoder: Transcoder;
  /** whether spans without a valid trace or span id are rejected; absent: no */
  readonly requiresSpanIds?: boolean;
}

/** The events of a request that decodes as a whole. */
export interface TranscodedExport {
  readonly batchId: string;
  readonly segments: readonly EncodedSegment[];
  readonly notes: Notes;
  /** whether some event carries no time */
  readonly isTimeless: boolean;
  /** latest time in any event, epoch ms; 0 when there is none */
  readonly lastMs: number;
}

/** The body decodes, but its events take too much room. */
export interface EventsTooLarge {
  readonly kind: "events-too-large";
  readonly limitBytes: number;
}

/**
 * Nothing is stored of a request that does not decode, so all its segments are held until the end,
 * in their stored form, which is a fifteenth of the events for most. A body of 20 MiB that hardly
 * compresses takes 35 MiB; with more than these, an isolate would come near its 128 MB.
 */
const HELD_LIMIT_BYTES = 48 * 1024 * 1024;
/** KV allows 1,000 operations per request; retries and the batch record must have some of them. */
const SEGMENTS_LIMIT = 500;

/**
 * Transcodes a whole request.
 *
 * @param batchId the id that each event carries
 */
export function transcodeExport(
  { transcoder, requiresSpanIds = false, ...input }: ExportInput,
  batchId: string,
): Result<TranscodedExport, DecodeError | EventsTooLarge> {
  const segments: EncodedSegment[] = [];
  let heldBytes = 0;
  let isTimeless = false;
  let lastMs = 0;
  let isTooLarge = false;
  const notes = transcode(
    {
      ...input,
      batchId,
      requiresSpanIds,
      segmentLimitBytes: SEGMENT_LIMIT_BYTES,
      takeBlock: (block) => {
        const segment = encodeSegment(block);
        heldBytes += segment.storedBytes;
        isTooLarge = heldBytes > HELD_LIMIT_BYTES || segments.length === SEGMENTS_LIMIT;
        if (isTooLarge) {
          return false;
        }
        segments.push(segment);
        isTimeless ||= block.facts.timeless > 0;
        lastMs = Math.max(lastMs, block.facts.lastMs);
        return true;
      },
    },
    transcoder,
  );
  if (isTooLarge) {
    return err({ kind: "events-too-large", limitBytes: HELD_LIMIT_BYTES });
  }
  return notes.ok ? ok({ batchId, segments, notes: notes.value, isTimeless, lastMs }) : notes;
}
