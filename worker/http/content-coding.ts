/**
 * Content codings of request bodies. The platform hands bodies over as they were sent, so they are
 * inflated here, each under the one cap (docs/adr/006-what-a-receiver-answers.md).
 */
import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";

import { type Result, err, ok } from "../core/result.ts";
import type { HttpError } from "./errors.ts";
import { joinChunks } from "./read-stream.ts";
import { findZstdFrames } from "./zstd-frames.ts";

/** The largest maxOutputLength that node:zlib takes in workerd, and what an isolate has in all. */
export const INFLATE_LIMIT_BYTES = 128 * 1024 * 1024;

/** Why bytes cannot be inflated: more than the cap, or damaged. */
type InflateError =
  | { readonly kind: "too-large" }
  | { readonly kind: "damaged"; readonly reason: string };
type Inflated = Result<Uint8Array, InflateError>;

/** Undoes one coding, and stops where more than `limitBytes` come out. */
type Inflate = (bytes: Uint8Array, limitBytes: number) => Inflated;

/** A coding that a body can be read in. */
export interface ContentCoding {
  readonly name: string;
  readonly inflate: Inflate;
}

const TOO_LARGE: Inflated = err({ kind: "too-large" });

const IDENTITY: ContentCoding = { name: "identity", inflate: (bytes) => ok(bytes) };
/** node:zlib reads all members of a multi-member body, which DecompressionStream refuses to. */
const GZIP: ContentCoding = {
  name: "gzip",
  inflate: (bytes, limitBytes) =>
    inflateWithin(limitBytes, (maxOutputLength) => gunzipSync(bytes, { maxOutputLength })),
};
const DEFLATE: ContentCoding = { name: "deflate", inflate: inflateDeflate };
const ZSTD: ContentCoding = { name: "zstd", inflate: inflateZstd };

/** By name in lower case; RFC 9110 §8.4.1.3 makes x-gzip another name of gzip. */
const CODINGS: Readonly<Record<string, ContentCoding | undefined>> = {
  "": IDENTITY,
  identity: IDENTITY,
  gzip: GZIP,
  "x-gzip": GZIP,
  deflate: DEFLATE,
  zstd: ZSTD,
};

/**
 * Whether a body in this coding can be read: asked before the body is.
 *
 * @param contentEncoding the header's value, any case; null and empty mean none. A list of codings
 *   is none that can be read: nobody sends it, and each more is a chance for a bomb.
 */
export function contentCodingOf(contentEncoding: string | null): Result<ContentCoding, HttpError> {
  const name = (contentEncoding ?? "").trim().toLowerCase();
  const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  return coding === undefined ? err({ kind: "content-coding", coding: name }) : ok(coding);
}

/**
 * Undoes the content coding.
 *
 * @param limitBytes cap on the inflated bytes: a bomb is cut there
 */
export function inflateBody(
  bytes: Uint8Array,
  coding: ContentCoding,
  limitBytes: number,
): Result<Uint8Array, HttpError> {
  const inflated = coding.inflate(bytes, limitBytes);
  if (inflated.ok) {
    return inflated;
  }
  return inflated.error.kind === "too-large"
    ? err({ kind: "body-too-large", limitBytes, side: "after decompression" })
    : err({
        kind: "malformed",
        field: "body",
        message: `Cannot decompress the body as ${coding.name}: ${inflated.error.reason}`,
      });
}

function inflateWithin(limitBytes: number, run: (maxOutputLength: number) => Uint8Array): Inflated {
  try {
    const inflated = run(Math.max(1, Math.min(limitBytes, INFLATE_LIMIT_BYTES)));
    return inflated.length > limitBytes ? TOO_LARGE : ok(inflated);
  } catch (error) {
    // node:zlib throws a RangeError at maxOutputLength, other errors for damaged bytes.
    return error instanceof RangeError ? TOO_LARGE : damaged("damaged or incomplete");
  }
}

function damaged(reason: string): Inflated {
  return err({ kind: "damaged", reason });
}

/** RFC 1950 §2.2: compression method 8, and a checksum over the two bytes. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [method = 0, flags = 0] = bytes;
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}

/**
 * `deflate` means zlib (RFC 9110 §8.4.1.2), but raw deflate is sent under that name too. What looks
 * like a zlib header is one: raw data would have to begin with a stored block that is not the last,
 * with padding that no encoder writes.
 *
 * Not the platform's DecompressionStream: it inflates all that it was given, however much that is,
 * before anyone can count it.
 */
function inflateDeflate(bytes: Uint8Array, limitBytes: number): Inflated {
  const inflate = hasZlibHeader(bytes) ? inflateSync : inflateRawSync;
  let consumedBytes = 0;
  const inflated = inflateWithin(limitBytes, (maxOutputLength) => {
    const result: unknown = inflate(bytes, { maxOutputLength, info: true });
    if (!isInflateInfo(result)) {
      throw new Error("Cannot inflate: node:zlib gave no information");
    }
    consumedBytes = result.engine.bytesWritten;
    return result.buffer;
  });
  return inflated.ok && consumedBytes < bytes.length ? damaged("bytes after the end") : inflated;
}

/** What node:zlib returns for `info: true`: without it, bytes after the end go unnoticed. */
interface InflateInfo {
  readonly buffer: Uint8Array;
  /** `bytesWritten`: how much of the input was consumed */
  readonly engine: { readonly bytesWritten: number };
}

function isInflateInfo(value: unknown): value is InflateInfo {
  return (
    typeof value === "object" &&
    value !== null &&
    "engine" in value &&
    typeof value.engine === "object" &&
    value.engine !== null &&
    "bytesWritten" in value.engine &&
    typeof value.engine.bytesWritten === "number"
  );
}

function inflateZstd(bytes: Uint8Array, limitBytes: number): Inflated {
  const frames = findZstdFrames(bytes);
  if (!frames.ok) {
    return damaged(frames.error);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const { start, end, contentBytes } of frames.value) {
    const restBytes = limitBytes - length;
    if ((contentBytes ?? 0) > restBytes) {
      return TOO_LARGE;
    }
    const part = inflateWithin(restBytes, (maxOutputLength) =>
      zstdDecompressSync(bytes.subarray(start, end), { maxOutputLength }),
    );
    if (!part.ok) {
      return part;
    }
    parts.push(part.value);
    length += part.value.length;
  }
  const [only] = parts;
  return ok(parts.length === 1 && only !== undefined ? only : joinChunks(parts, length));
}
