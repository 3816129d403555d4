/**
 * Events as lines of NDJSON, gathered into blocks.
 *
 *     {"event_type":"span","data":{"resource":{…},"scope":{…} ← head   ,"name":…   },"received_at":…}⏎ ← tail
 *
 * The head is rendered once per scope (per metric for data points) and copied in front of each item;
 * the tail is the same for the whole request.
 */
import { beginFacts, countEvent, facts, noteService } from "./facts";
import { Rejection, Warning, rejectItem, takeBlock, warn } from "./host";
import { Buffer, Out, beginLine, lineIsTooLong, makeBuffer, useBuffer, writeBytes } from "./out";
import { BlockTokens, Pending, beginBlockTokens, keepTokens } from "./tokens";
import { Problem, Wire, fail } from "./wire";

const LINES_BYTES: u32 = 256 * 1024;
const HEAD_BYTES: u32 = 4 * 1024;

/** Where events are written, and where heads are. */
const lines: Buffer = makeBuffer(LINES_BYTES);
const head: Buffer = makeBuffer(HEAD_BYTES);

/** What all lines of a request share. */
export class Frame {
  /** the end of each line, with its line feed, at most 1,024 bytes */
  static readonly tail: usize = memory.data(1024, 16);
  static tailLength: u32 = 0;
  /** a block is cut before it grows beyond this; only a single longer event may exceed it */
  static blockLimit: u32 = 0;
  static requiresSpanIds: bool = false;
}

/** What one event adds to the facts of its block. Times are nanoseconds; 0 stands for no time. */
export class Item {
  static start: u64 = 0;
  static end: u64 = 0;
  static severity: u32 = 0;
  static isError: bool = false;
}

/** The service that events belong to, as the head's resource names it. */
export class Service {
  static isKnown: bool = false;
  /** where its JSON text without quotes stands in the head */
  static offset: u32 = 0;
  static length: u32 = 0;
}

/**
 * A head of megabytes is copied in front of each item, also where the line then is too long: the most
 * that one request may write in vain.
 */
const WASTE_LIMIT_BYTES: u64 = 1024 * 1024 * 1024;
let wastedBytes: u64 = 0;
let headIsTooLong = false;
/** how many of the pending tokens are the head's, and whether the block has them already */
let headTokens: u32 = 0;
let headIsKept = false;
/**
 * Counts of warnings about the head or item begun, one vector: it is cleared when that is rejected,
 * and put back when something in it is started over.
 */
export const newWarnings: usize = memory.data(16, 16);

/** What events take at most about, by the room of the request: 5 times for spans, 7 for data points. */
const EXPECTED_GROWTH: u32 = 8;
/** A block holds as much, and the line that no longer fits into it. */
const EXPECTED_LINE_BYTES: u32 = 128 * 1024;

/**
 * Makes room for the events of a request of so many bytes, at once: buffers that grow are copied,
 * and leave gaps in memory.
 */
export function expectLines(requestBytes: u32): void {
  useBuffer(lines);
  Out.at = Out.start;
  Out.lineStart = 0;
  const expected = <u64>requestBytes * EXPECTED_GROWTH;
  Out.reserve(<u32>min<u64>(expected, Frame.blockLimit + EXPECTED_LINE_BYTES));
}

/** Starts a request. */
export function beginLines(): void {
  Pending.count = 0;
  wastedBytes = 0;
  memory.fill(newWarnings, 0, Warning.count << 2);
  useBuffer(head);
  Out.at = Out.start;
  beginLine();
  useBuffer(lines);
  Out.at = Out.start;
  beginLine();
  beginBlock();
}

function beginBlock(): void {
  beginFacts();
  beginBlockTokens();
  headIsKept = false;
}

/** Starts a head over; it is the buffer in use until {@link useHead}. */
export function beginHead(): void {
  giveWarnings();
  useBuffer(head);
  Out.at = Out.start;
  beginLine();
  Pending.count = 0;
}

/** Goes on with the head as it was when it had this length, and with so many tokens. */
export function resumeHead(length: u32, tokenCount: u32): void {
  useBuffer(head);
  Out.at = Out.start + min(length, Out.length());
  Pending.count = tokenCount;
}

/** Takes the head as the start of the events to come. */
export function useHead(): void {
  headIsTooLong = lineIsTooLong();
  headTokens = Pending.count;
  headIsKept = false;
  giveWarnings();
  useBuffer(lines);
}

/** Starts an event; its members follow. */
export function beginItem(): void {
  Item.start = 0;
  Item.end = 0;
  Item.severity = 0;
  Item.isError = false;
  Pending.count = headTokens;
  beginLine();
  writeBytes(head.start, <u32>(head.at - head.start));
}

/** Warns about a value, as soon as the head or item that it is in is done. */
export function warnOf(warning: u32): void {
  const at = newWarnings + (warning << 2);
  store<u32>(at, load<u32>(at) + 1);
}

function giveWarnings(): void {
  for (let warning: u32 = 0; warning < Warning.count; warning += 1) {
    const at = newWarnings + (warning << 2);
    if (load<u32>(at) != 0) {
      warn(warning, load<u32>(at));
      store<u32>(at, 0);
    }
  }
}

/** Takes the event begun back. */
export function dropItem(): void {
  Out.at = Out.start + Out.lineStart;
  memory.fill(newWarnings, 0, Warning.count << 2);
}

/** Takes the event begun back, and counts it as rejected. */
export function reject(reason: u32, first: u32, second: u32, third: u32): void {
  dropItem();
  rejectItem(reason, first, second, third);
}

/** Ends the event begun. */
export function commitItem(): void {
  writeBytes(Frame.tail, Frame.tailLength);
  if (headIsTooLong || lineIsTooLong()) {
    wastedBytes += Out.length() - Out.lineStart;
    reject(Rejection.tooLong, 0, 0, 0);
    if (wastedBytes > WASTE_LIMIT_BYTES) {
      fail(Problem.blockRefused);
    }
    return;
  }
  giveWarnings();
  if (Out.length() > Frame.blockLimit && Out.lineStart > 0) {
    cut();
  }
  countEvent(Item.start, Item.end, Item.severity, Item.isError);
  if (!headIsKept) {
    keepTokens(0, headTokens);
    if (Service.isKnown) {
      noteService(head.start + Service.offset, Service.length);
    }
    headIsKept = true;
  }
  keepTokens(headTokens, Pending.count);
  if (Out.length() > Frame.blockLimit && Wire.problem == Problem.none) {
    // One long event. Were it kept until the next one is written behind it, both would need room.
    handOver(Out.at);
    Out.at = Out.start;
    beginLine();
    beginBlock();
  }
}

/** Closes the block before the current line and moves that line to the start of a new one. */
function cut(): void {
  const line = Out.start + Out.lineStart;
  handOver(line);
  const length = Out.at - line;
  memory.copy(Out.start, line, length);
  Out.at = Out.start + length;
  Out.lineStart = 0;
  beginBlock();
}

/** Hands over the events since the last cut. */
export function finishLines(): void {
  giveWarnings();
  useBuffer(lines);
  if (facts.events > 0) {
    handOver(Out.at);
  }
}

/** Hands over the events that end at `end` as a block. */
function handOver(end: usize): void {
  facts.tokens = BlockTokens.start;
  facts.tokenCount = BlockTokens.count;
  facts.unknownKinds = BlockTokens.unknownKinds;
  if (!takeBlock(Out.start, end, changetype<usize>(facts))) {
    fail(Problem.blockRefused);
  }
}
