/**
 * The transcoder: an OTLP export request in protobuf → events as NDJSON, straight from bytes to
 * bytes (ADR 011). What the host calls; it is ../transcoder.ts.
 *
 * Files, in the order of the flow: walk → items → message → values → numbers, text → out; wire reads,
 * schema says what is what, merge puts in order what no known sender sends; lines gathers events
 * into blocks, with facts and tokens about them; host is called back.
 */
import { Frame, beginLines, expectLines, finishLines } from "./lines";
import { beginMerging } from "./merge";
import { Out, PADDING_BYTES } from "./out";
import { Message, Messages, Shape } from "./schema";
import { addTokenKey as addKeyOfTokens } from "./tokens";
import { beginValues } from "./values";
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

/** Makes room for a request of so many bytes and for its events; {@link useFrame} comes before. */
export function allocateRequest(bytes: u32): usize {
  expectLines(bytes);
  return allocate(bytes);
}

/** Sets what all lines of the next request share; see `Frame` in lines.ts. */
export function useFrame(
  tail: usize,
  tailLength: u32,
  blockLimitBytes: u32,
  eventLimitBytes: u32,
  requiresSpanIds: bool,
): void {
  Frame.tail = tail;
  Frame.tailLength = tailLength;
  Frame.blockLimit = blockLimitBytes;
  Frame.requiresSpanIds = requiresSpanIds;
  Out.lineLimit = eventLimitBytes;
}

/**
 * Transcodes the request between `from` and `to`. Blocks are handed to the host on the way, also of
 * a request that turns out not to decode.
 *
 * @param kind of its items, see `ItemKind`
 * @returns one of `Problem`: 0 when it decodes
 */
export function transcode(shape: Shape, kind: u32, from: usize, to: usize): u32 {
  Wire.at = from;
  Wire.limit = to;
  Wire.problem = Problem.none;
  Wire.originAt = 0;
  beginMerging(<u32>(to - from));
  beginValues();
  beginLines();
  walkRequest(shape, kind);
  if (Wire.problem == Problem.none) {
    finishLines();
  }
  return Wire.problem;
}

/** Where the problem is. */
export function problemAt(): usize {
  return Wire.problemAt;
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
