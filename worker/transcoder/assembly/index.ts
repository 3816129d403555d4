/**
 * The transcoder: an OTLP export request in protobuf → events as NDJSON, straight from bytes to
 * bytes (ADR 011). What the host calls; it is ../transcoder.ts.
 *
 * Files, in the order of the flow: walk → items → message → values → numbers, text → out; wire reads,
 * schema says what is what, merge puts in order what no known sender sends; lines gathers events
 * into blocks, with facts and tokens about them; host is called back.
 *
 * Memory may have 96 MiB (asconfig.json), for an isolate has 128 MB. The allocator doubles it when it
 * grows; where that would be too much, it grows by what is needed.
 */
import { Frame, beginLines, expectLines, finishLines } from "./lines";
import { beginMerging } from "./merge";
import { Out, PADDING_BYTES } from "./out";
import { Message, Messages, Shape } from "./schema";
import { addTokenKey as addKeyOfTokens } from "./tokens";
import { walkRequest } from "./walk";
import { Problem, Wire } from "./wire";

/** Makes room that the host may write to, padding included. */
export function allocate(bytes: u32): usize {
  return heap.alloc(bytes + PADDING_BYTES);
}

/** Gives room back. */
export function release(at: usize): void {
  heap.free(at);
}

/** Tells where the messages stand that are not found through a field of another. */
export function useMessages(
  anyValue: Message,
  keyValue: Message,
  keyValueList: Message,
  arrayValue: Message,
): void {
  Messages.anyValue = anyValue;
  Messages.keyValue = keyValue;
  Messages.keyValueList = keyValueList;
  Messages.arrayValue = arrayValue;
}

/** Makes the values of an attribute key tokens of a kind. */
export function addTokenKey(from: usize, to: usize, kind: u32): void {
  addKeyOfTokens(from, to, kind);
}

/** Where the end of each line is written, at most 1,024 bytes. */
export function tailAt(): usize {
  return Frame.tail;
}

/** Sets what all lines of the next requests share; see `Frame` in lines.ts. */
export function useFrame(tailLength: u32, requiresSpanIds: bool): void {
  Frame.tailLength = tailLength;
  Frame.requiresSpanIds = requiresSpanIds;
}

/** Sets the most that a block and a single event may take; see `Frame` in lines.ts. */
export function useLimits(blockBytes: u32, eventBytes: u32): void {
  Frame.blockLimit = blockBytes;
  Out.lineLimit = eventBytes;
}

let requestStart: usize = 0;
let requestEnd: usize = 0;

/** Makes room for a request of so many bytes and for its events, after frame and limits are set. */
export function allocateRequest(bytes: u32): usize {
  expectLines(bytes);
  requestStart = allocate(bytes);
  requestEnd = requestStart + bytes;
  return requestStart;
}

/**
 * Transcodes the request that was written there. Blocks are handed to the host on the way, also of a
 * request that turns out not to decode.
 *
 * @returns one of `Problem`: 0 when it decodes
 */
export function transcode(shape: Shape): u32 {
  Wire.at = requestStart;
  Wire.limit = requestEnd;
  Wire.problem = Problem.none;
  Wire.originAt = 0;
  beginMerging(<u32>(requestEnd - requestStart));
  beginLines();
  walkRequest(shape);
  if (Wire.problem == Problem.none) {
    finishLines();
  }
  release(requestStart);
  return Wire.problem;
}

/** Where in the request the problem is, in bytes. */
export function problemOffset(): usize {
  return Wire.problemAt - requestStart;
}

/** The index of the message, and the number of the field in it, that the problem is about. */
export function problemMessage(): u32 {
  return Wire.problemMessage;
}

/** See {@link problemMessage}. */
export function problemNumber(): u32 {
  return Wire.problemNumber;
}

/** The wire type that the problem is about. */
export function problemWireType(): u32 {
  return Wire.problemWireType;
}
