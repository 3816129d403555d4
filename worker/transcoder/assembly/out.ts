/**
 * The growing buffers that JSON is written into. One of them is in use at a time: {@link Out}.
 *
 * Members and elements are written with a leading comma; closing an object or a list turns its first
 * comma into the opening bracket, so no step has to know whether it is the first:
 *
 *     mark = Out.length();  ,"a":1  ,"b":2  closeObject(mark)   →   {"a":1,"b":2}
 *
 * Marks are offsets, because growing moves the buffer.
 */

/** What whole vectors may touch beyond what they are about, behind every buffer. */
export const PADDING_BYTES: u32 = 64;
/** What a line may pass the limit by before it is cut off: more than any single step writes. */
const OVERFLOW_SLACK_BYTES: u32 = 128 * 1024;
const COMMA: u32 = 0x2c;

/** A buffer that is not in use. */
@unmanaged
export class Buffer {
  start: usize;
  at: usize;
  end: usize;
  lineStart: u32;
  overflowed: bool;
}

/** The buffer in use. */
export class Out {
  static start: usize = 0;
  /** the next byte */
  static at: usize = 0;
  /** where what is written must end; padding follows */
  static end: usize = 0;
  /** where the current line starts, an offset */
  static lineStart: u32 = 0;
  /** whether the line passed the limit: what it holds is meaningless then */
  static overflowed: bool = false;
  /** bytes of the longest line that can be stored */
  static lineLimit: u32 = 0;

  /** How much the buffer holds: a mark to come back to. */
  @inline
  static length(): u32 {
    return <u32>(Out.at - Out.start);
  }

  /** Makes room for so many bytes. */
  @inline
  static reserve(bytes: u32): void {
    if (Out.at + bytes > Out.end) {
      grow(bytes);
    }
  }

  /**
   * Copies prepared text that is padded to whole vectors to `at`. Room for it and padding is reserved.
   *
   * @returns where it ends
   */
  @inline
  static copyPadded(at: usize, from: usize, length: u32): usize {
    for (let done: u32 = 0; done < length; done += 16) {
      v128.store(at + done, v128.load(from + done));
    }
    return at + length;
  }
}

let used: Buffer = changetype<Buffer>(0);

/** Makes a buffer. */
export function makeBuffer(capacity: u32): Buffer {
  const buffer = changetype<Buffer>(heap.alloc(offsetof<Buffer>()));
  buffer.start = heap.alloc(capacity + PADDING_BYTES);
  buffer.at = buffer.start;
  buffer.end = buffer.start + capacity;
  buffer.lineStart = 0;
  buffer.overflowed = false;
  return buffer;
}

/** Makes another buffer the one in use. */
export function useBuffer(next: Buffer): void {
  if (changetype<usize>(used) != 0) {
    used.start = Out.start;
    used.at = Out.at;
    used.end = Out.end;
    used.lineStart = Out.lineStart;
    used.overflowed = Out.overflowed;
  }
  used = next;
  Out.start = next.start;
  Out.at = next.at;
  Out.end = next.end;
  Out.lineStart = next.lineStart;
  Out.overflowed = next.overflowed;
}

/** Takes back what was written since a mark. A line that was cut off meanwhile has less. */
export function setLength(mark: u32): void {
  Out.at = Out.start + min(mark, Out.length());
}

/** Starts a line: the limit counts from here. */
export function beginLine(): void {
  Out.lineStart = Out.length();
  Out.overflowed = false;
}

/** Whether the line is too long to be stored. */
export function lineIsTooLong(): bool {
  return Out.overflowed || Out.length() - Out.lineStart > Out.lineLimit;
}

function grow(bytes: u32): void {
  if (Out.length() + bytes - Out.lineStart > Out.lineLimit + OVERFLOW_SLACK_BYTES) {
    // Too long to be stored: keep overwriting the same line, so that memory stays bounded.
    Out.overflowed = true;
    Out.at = Out.start + Out.lineStart;
  }
  const length = Out.length();
  const capacity = <u32>(Out.end - Out.start);
  if (length + bytes > capacity) {
    const limit = Out.lineStart + Out.lineLimit + OVERFLOW_SLACK_BYTES;
    const grown = max(length + bytes + OVERFLOW_SLACK_BYTES, min(capacity * 2, limit));
    Out.start = heap.realloc(Out.start, grown + PADDING_BYTES);
    Out.at = Out.start + length;
    Out.end = Out.start + grown;
  }
}

/** Writes constant text: ASCII, as it stands in the literal. Room is reserved here. */
export function writeLiteral(text: string): void {
  const length = text.length;
  Out.reserve(length);
  const from = changetype<usize>(text);
  const to = Out.at;
  // Strings are UTF-16; a load may go beyond the literal, into what the compiler put behind it.
  for (let done = 0; done < length; done += 16) {
    const units = from + (done << 1);
    v128.store(to + done, v128.narrow<u16>(v128.load(units), v128.load(units, 16)));
  }
  Out.at = to + length;
}

/** Writes bytes as they are. */
export function writeBytes(from: usize, length: u32): void {
  Out.reserve(length);
  memory.copy(Out.at, from, length);
  Out.at += length;
}

/** Writes one byte. */
export function writeByte(byte: u32): void {
  Out.reserve(1);
  store<u8>(Out.at, byte);
  Out.at += 1;
}

/** Writes the comma that comes before an element of a list. */
export function writeComma(): void {
  writeByte(COMMA);
}

/** Turns what was written since `mark` into an object. */
export function closeObject(mark: u32): void {
  close(mark, 0x7b, 0x7d);
}

/** Turns what was written since `mark` into a list. */
export function closeList(mark: u32): void {
  close(mark, 0x5b, 0x5d);
}

function close(mark: u32, opening: u32, closing: u32): void {
  Out.reserve(2);
  if (Out.length() > mark) {
    store<u8>(Out.start + mark, opening);
  } else {
    // Nothing since; or the line was cut off, and nothing of it will be kept.
    store<u8>(Out.at, opening);
    Out.at += 1;
  }
  store<u8>(Out.at, closing);
  Out.at += 1;
}
