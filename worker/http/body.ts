/** Request bodies: read and inflated under one cap. */
import { gunzipSync } from "node:zlib";

import { type Result, err, ok } from "../core/result.ts";
import type { HttpError } from "./errors.ts";

const EMPTY = new Uint8Array(0);

/**
 * Reads the whole body.
 *
 * A Content-Length over the cap is refused before anything is read; without one the bytes are
 * counted while they come.
 *
 * @param limitBytes cap on the bytes as sent
 */
export async function readBody(
  request: Request,
  limitBytes: number,
): Promise<Result<Uint8Array, HttpError>> {
  const tooLarge = err({ kind: "body-too-large", limitBytes, side: "as sent" } as const);
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    return Number(declared) > limitBytes ? tooLarge : ok(await request.bytes());
  }
  return request.body === null ? ok(EMPTY) : readStream(request.body, limitBytes, tooLarge);
}

async function readStream(
  stream: ReadableStream<unknown>,
  limitBytes: number,
  tooLarge: Result<Uint8Array, HttpError>,
): Promise<Result<Uint8Array, HttpError>> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    if (!(value instanceof Uint8Array)) {
      throw new TypeError("Cannot read the body: the platform sent something else than bytes");
    }
    length += value.length;
    if (length > limitBytes) {
      await reader.cancel("body too large");
      return tooLarge;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return ok(whole);
}

/** Takes at most `limitBytes` out of compressed bytes; throws when they are damaged or hold more. */
type Inflate = (bytes: Uint8Array, limitBytes: number) => Uint8Array;

/**
 * Content codings by name in lower case. The platform hands bodies over as they were sent.
 * node:zlib reads multi-member gzip, which DecompressionStream refuses.
 */
const INFLATERS: Readonly<Record<string, Inflate | undefined>> = {
  "": (bytes) => bytes,
  identity: (bytes) => bytes,
  gzip: gunzip,
  "x-gzip": gunzip,
};

/** The largest maxOutputLength that node:zlib takes. */
const ZLIB_LIMIT_BYTES = 128 * 1024 * 1024;

function gunzip(bytes: Uint8Array, limitBytes: number): Uint8Array {
  return gunzipSync(bytes, { maxOutputLength: Math.min(limitBytes, ZLIB_LIMIT_BYTES) });
}

/**
 * Whether a body in this coding can be read: asked before the body is.
 *
 * @param contentEncoding the header's value, any case; null and empty mean none
 */
export function inflaterOf(contentEncoding: string | null): Result<Inflate, HttpError> {
  const coding = (contentEncoding ?? "").trim().toLowerCase();
  const inflate = INFLATERS[coding];
  return inflate === undefined ? err({ kind: "content-coding", coding }) : ok(inflate);
}

/**
 * Undoes the content coding.
 *
 * @param limitBytes cap on the inflated bytes: a bomb is cut there
 */
export function inflateBody(
  bytes: Uint8Array,
  inflate: Inflate,
  limitBytes: number,
): Result<Uint8Array, HttpError> {
  try {
    const inflated = inflate(bytes, limitBytes);
    return inflated.length > limitBytes
      ? err({ kind: "body-too-large", limitBytes, side: "after decompression" })
      : ok(inflated);
  } catch (error) {
    // node:zlib throws a RangeError at maxOutputLength, other errors for damaged bytes.
    return error instanceof RangeError
      ? err({ kind: "body-too-large", limitBytes, side: "after decompression" })
      : err({ kind: "malformed", message: "Cannot decompress the body: damaged or not gzip" });
  }
}
