import { BufferPool } from "../../worker/core/buffer-pool.ts";
/** Runs the write path's pure part and reads back what it would store. */
import type { SegmentFacts } from "../../worker/events/segment-facts.ts";
import { transcodeExport } from "../../worker/ingest/transcode-export.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import type { Frame } from "./oracle.ts";
import type { SignalName } from "./proto.ts";

/** What all events of the tests carry. */
export const FRAME: Frame = { receivedAtMs: 1_764_000_000_000, batchId: "Abcdefgh01234567" };

/** What came of a request that decodes. */
export interface Transcoded {
  readonly lines: readonly string[];
  readonly events: readonly unknown[];
  readonly accepted: number;
  readonly rejected: number;
  readonly message: string | undefined;
  readonly blocks: readonly { readonly bytes: Uint8Array; readonly facts: SegmentFacts }[];
}

/** A request in either encoding. */
export interface Input {
  readonly signal: SignalName;
  readonly encoding: "protobuf" | "json";
  readonly body: Uint8Array;
}

/** Transcodes; undefined with the reason when the body does not decode. */
export function tryTranscode({
  signal,
  encoding,
  body,
}: Input): { readonly value: Transcoded } | { readonly reason: string } {
  const result = transcodeExport(
    {
      shape: signalShapes[signal],
      encoding,
      body,
      receivedAtMs: FRAME.receivedAtMs,
      buffers: new BufferPool(),
    },
    FRAME.batchId,
  );
  if (!result.ok) {
    return { reason: result.error.message };
  }
  const blocks = [...result.value.blocks];
  const lines = blocks.flatMap(({ bytes }) => linesOf(bytes));
  const { accepted, rejected } = result.value.notes;
  const message = result.value.notes.message();
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
