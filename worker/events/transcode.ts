/** The heart of the write path: an export request in either encoding → blocks of events. */
import type { Encoding } from "../otlp/codec.ts";
import type { SignalShape } from "../otlp/signal.ts";
import type { DecodeError } from "./decode-error.ts";
import type { EventBlock, EventLines } from "./event-lines.ts";
import { transcodeJson } from "./json/transcode.ts";
import { transcodeProtobuf } from "./protobuf/transcode.ts";

/**
 * Writes a request's events into `lines`. A request that does not decode may have yielded blocks
 * before that showed: store nothing until the generator has ended, or dry-run first.
 *
 * @returns blocks as they fill up; at the end undefined, or why the body does not decode. What is
 *   left in `lines` afterwards is the last block.
 */
export type Transcode = (
  body: Uint8Array,
  shape: SignalShape,
  lines: EventLines,
) => Generator<EventBlock, DecodeError | undefined>;

/** The transcoder of each encoding. */
export const transcoders: Readonly<Record<Encoding, Transcode>> = {
  protobuf: transcodeProtobuf,
  json: transcodeJson,
};
