/** Runs the write path's pure part and reads back what it would store. */
import type { SegmentFacts } from "../../worker/events/segment-facts.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { SEGMENT_LIMIT_BYTES } from "../../worker/segment/limits.ts";
import { transcode as transcodeRequest } from "../../worker/transcoder/transcode.ts";
import type { Frame } from "./oracle.ts";
import type { SignalName } from "./proto.ts";
import { makeTranscoder } from "./transcoder.ts";

/** What all events of the tests carry. */
export const FRAME: Frame = { receivedAtMs: 1_764_000_000_000, batchId: "Abcdefgh01234567" };

/** Some events, and what is known of them. */
export interface TranscodedBlock {
  readonly bytes: Uint8Array;
  readonly facts: SegmentFacts;
}

/** What came of a request that decodes. */
export interface Transcoded {
  readonly lines: readonly string[];
  readonly events: readonly unknown[];
  readonly accepted: number;
  readonly rejected: number;
  readonly message: string | undefined;
  readonly blocks: readonly TranscodedBlock[];
}

/** A request in either encoding. */
export interface Input {
  readonly signal: SignalName;
  readonly encoding: "protobuf" | "json";
  readonly body: Uint8Array;
  /** a segment is cut before it grows beyond this; absent: as in production */
  readonly segmentLimitBytes?: number;
}

/** One for all tests of a file: what a request leaves behind must not matter to the next one. */
const transcoder = makeTranscoder();

/** Transcodes; undefined with the reason when the body does not decode. */
export function tryTranscode({
  signal,
  segmentLimitBytes = SEGMENT_LIMIT_BYTES,
  ...input
}: Input): { readonly value: Transcoded } | { readonly reason: string } {
  const blocks: TranscodedBlock[] = [];
  const notes = transcodeRequest(
    {
      ...input,
      ...FRAME,
      shape: signalShapes[signal],
      segmentLimitBytes,
      requiresSpanIds: false,
      takeBlock: ({ bytes, facts }) => {
        blocks.push({ bytes: bytes.slice(), facts });
        return true;
      },
    },
    transcoder,
  );
  if (!notes.ok) {
    return { reason: notes.error.message };
  }
  const lines = blocks.flatMap(({ bytes }) => linesOf(bytes));
  const { accepted, rejected } = notes.value;
  const message = notes.value.message();
  const events = lines.map((line): unknown => JSON.parse(line));
  return { value: { lines, events, accepted, rejected, message, blocks } };
}

/** Transcodes a request that must decode. */
export function transcode(input: Input): Transcoded {
  const result = tryTranscode(input);
  if ("reason" in result) {
    throw new Error(result.reason);
  }
  return result.value;
}

/** Why a request does not decode. */
export function reasonOf(input: Input): string {
  const result = tryTranscode(input);
  if ("value" in result) {
    throw new Error(`decodes: ${result.value.lines.join("\n")}`);
  }
  return result.reason;
}

function linesOf(bytes: Uint8Array): readonly string[] {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  if (!text.endsWith("\n")) {
    throw new Error("a block does not end with a line feed");
  }
  return text.slice(0, -1).split("\n");
}
