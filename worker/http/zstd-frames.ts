/**
 * Where the frames of a Zstandard body begin and end, read from the headers alone (RFC 8878 §3.1).
 *
 * node:zlib inflates the first frame of several and says nothing about the rest. So the frames are
 * found here, without decompressing, and inflated one by one: all of them, or an error.
 */
import { type Result, err, ok } from "../core/result.ts";

/** A frame that holds data; skippable frames are stepped over. */
export interface ZstdFrame {
  /** the bytes of the frame, header and checksum included */
  readonly start: number;
  readonly end: number;
  /** size of the content as the header declares it; undefined when it does not */
  readonly contentBytes: number | undefined;
}

const MAGIC = 0xfd2fb528;
/** The sixteen magic numbers of skippable frames differ in their lowest four bits (§3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const MAGIC_BYTES = 4;
const SIZE_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
/** A frame content size of two bytes is stored less this much (§3.1.1.1.4). */
const TWO_BYTE_OFFSET = 256;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/**
 * Frames that hold data, at most. Each costs a decoder of its own, so a body of tiny frames would
 * cost minutes; encoders write one frame, parallel ones a frame for some 100 KiB.
 */
const FRAME_LIMIT = 1000;

/** Finds the frames; the reason why there are none is for the sender. */
export function findZstdFrames(bytes: Uint8Array): Result<readonly ZstdFrame[], string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: ZstdFrame[] = [];
  let at = 0;
  if (bytes.length === 0) {
    return err("no frame");
  }
  while (at < bytes.length) {
    if (bytes.length - at < MAGIC_BYTES + SIZE_BYTES) {
      return err("bytes after the last frame");
    }
    const magic = view.getUint32(at, true);
    if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) {
      at += MAGIC_BYTES + SIZE_BYTES + view.getUint32(at + MAGIC_BYTES, true);
    } else if (magic === MAGIC) {
      const frame = readFrame(view, at);
      if (frame === undefined) {
        return err("incomplete or damaged");
      }
      frames.push(frame);
      at = frame.end;
    } else {
      return err("no frame where one should begin");
    }
    if (at > bytes.length) {
      return err("incomplete");
    }
    if (frames.length > FRAME_LIMIT) {
      return err(`more than ${FRAME_LIMIT} frames`);
    }
  }
  return ok(frames);
}

function readFrame(view: DataView, start: number): ZstdFrame | undefined {
  const descriptor = view.getUint8(start + MAGIC_BYTES);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6] ?? 0;
  const contentSizeBytes = sizeBytes === 0 && isSingleSegment ? 1 : sizeBytes;
  const sizeAt =
    start +
    MAGIC_BYTES +
    1 +
    (isSingleSegment ? 0 : 1) +
    (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0);
  const blocksAt = sizeAt + contentSizeBytes;
  const end = blocksAt > view.byteLength ? undefined : skipBlocks(view, blocksAt);
  if (end === undefined) {
    return undefined;
  }
  return {
    start,
    end: end + ((descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES),
    contentBytes: readContentSize(view, sizeAt, contentSizeBytes),
  };
}

/** @returns where the last block ends; undefined when the bytes do before */
function skipBlocks(view: DataView, start: number): number | undefined {
  let at = start;
  for (;;) {
    if (at + BLOCK_HEADER_BYTES > view.byteLength) {
      return undefined;
    }
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) {
      return undefined;
    }
    // An RLE block stands for many bytes and holds one.
    at += BLOCK_HEADER_BYTES + (type === RLE_BLOCK ? 1 : header >> 3);
    if ((header & 1) === 1) {
      return at;
    }
  }
}

function readContentSize(view: DataView, at: number, sizeBytes: number): number | undefined {
  switch (sizeBytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at, true) + TWO_BYTE_OFFSET;
    case 4:
      return view.getUint32(at, true);
    case 8:
      return Number(view.getBigUint64(at, true));
    default:
      return undefined;
  }
}
