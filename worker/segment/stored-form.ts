/**
 * How a segment stands in KV: NDJSON as it is, or the same as zstd in base64, which bulk reads, who
 * only give text, hand back unharmed (docs/adr/007-compression-at-rest.md). The first characters
 * say which: an event starts with `{`, the magic number of zstd with `KLUv/` in base64.
 */
import { Buffer } from "node:buffer";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

import { type Result, err, ok } from "../core/result.ts";

/**
 * Shorter segments stay plain: inflating them, 15 µs at least, would take a reader longer than the
 * bytes that it saves.
 */
export const COMPRESS_MIN_BYTES = 8 * 1024;
/** Level 3 takes a third longer and does not get these texts smaller. */
const LEVEL = 1;
/** 28 B5 2F FD and the first bits of what follows. */
const COMPRESSED_START = "KLUv/";
const PLAIN_START = "{";
/** The most that node:zlib is told to inflate at once; what is longer comes in several pieces. */
const PIECE_LIMIT_BYTES = 4 * 1024 * 1024;
/** The least: what it takes by itself where the frame does not say how long its content is. */
const PIECE_MIN_BYTES = 16 * 1024;

/** A segment as it is put into KV. */
export interface StoredForm {
  readonly value: Uint8Array | string;
  /** size of the value in bytes */
  readonly storedBytes: number;
}

/** Why a value cannot be read back. */
export interface StoredFormError {
  readonly kind: "damaged" | "too-large";
  /** in words */
  readonly message: string;
}

/** Behind the magic number. */
const DESCRIPTOR_AT = 4;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const encoder = new TextEncoder();

/**
 * Makes the value of a segment.
 *
 * @param bytes NDJSON; may not change as long as the value is in use
 * @param events how many: a single one stays as it is, so that its value is that event's JSON
 */
export function encodeStored(bytes: Uint8Array, events: number): StoredForm {
  if (events > 1 && bytes.length >= COMPRESS_MIN_BYTES) {
    const compressed = zstdCompressSync(bytes, {
      params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    });
    const value = compressed.toString("base64");
    if (value.length < bytes.length) {
      return { value, storedBytes: value.length };
    }
  }
  return { value: bytes, storedBytes: bytes.length };
}

/** Whether a value is NDJSON as it is. */
export function isPlain(value: string): boolean {
  return value.startsWith(PLAIN_START);
}

/**
 * Reads a segment's value back.
 *
 * @param value as KV gave it
 * @param limitBytes the most that may come out
 * @returns NDJSON in UTF-8; or that the value is neither form, is damaged, or holds too much
 */
export function decodeStored(
  value: string,
  limitBytes: number,
): Result<Uint8Array, StoredFormError> {
  if (value.startsWith(COMPRESSED_START)) {
    return inflate(Buffer.from(value, "base64"), limitBytes);
  }
  if (!isPlain(value)) {
    return err({ kind: "damaged", message: "Cannot read a segment: it is neither JSON nor zstd" });
  }
  const bytes = encoder.encode(value);
  return bytes.length > limitBytes ? tooLarge(limitBytes) : ok(bytes);
}

function inflate(bytes: Uint8Array, limitBytes: number): Result<Uint8Array, StoredFormError> {
  try {
    const inflated = zstdDecompressSync(bytes, {
      maxOutputLength: Math.max(1, limitBytes),
      chunkSize: Math.min(Math.max(statedBytes(bytes), PIECE_MIN_BYTES), PIECE_LIMIT_BYTES),
    });
    return inflated.length > limitBytes ? tooLarge(limitBytes) : ok(inflated);
  } catch (error) {
    // node:zlib throws a RangeError at maxOutputLength, other errors for damaged bytes.
    return error instanceof RangeError
      ? tooLarge(limitBytes)
      : err({ kind: "damaged", message: "Cannot read a segment: its zstd frame is damaged" });
  }
}

/**
 * How much a frame says it holds (RFC 8878 §3.1.1.1), 0 where it does not. Only good for choosing a
 * buffer, which makes reading three times as fast: the limit holds whatever is said here.
 */
function statedBytes(frame: Uint8Array): number {
  const descriptor = frame[DESCRIPTOR_AT] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_BYTES[descriptor & 3] ?? 0;
  const at = DESCRIPTOR_AT + 1 + (isSingle ? 0 : 1) + dictionaryBytes;
  const [first = 0, second = 0, third = 0, fourth = 0] = frame.subarray(at, at + 4);
  switch (descriptor >>> 6) {
    case 1:
      return first + second * 0x100 + 0x100;
    case 2:
      return first + second * 0x100 + third * 0x1_0000 + fourth * 0x100_0000;
    default:
      return 0;
  }
}

function tooLarge(limitBytes: number): Result<never, StoredFormError> {
  return err({ kind: "too-large", message: `Cannot read a segment: above ${limitBytes} bytes` });
}
