/** Request bodies: read under the cap, before and while they come. */
import { type Result, err, ok } from "../core/result.ts";
import type { HttpError } from "./errors.ts";
import { readStream } from "./read-stream.ts";

/**
 * A body that is too large is read on and dropped, up to this many caps more: answered before its
 * end, the platform resets the connection, and a client that is still sending sees an error of the
 * network, which it retries, instead of the 413. With the default cap that is all the platform
 * takes (100 MB).
 */
const DRAIN_FACTOR = 4;
const EMPTY = new Uint8Array(0);

/**
 * Refuses a body whose Content-Length is over the cap, before anything of it is read.
 *
 * @param limitBytes cap on the bytes as sent
 */
export function checkDeclaredLength(headers: Headers, limitBytes: number): Result<void, HttpError> {
  const declaredBytes = Number(headers.get("content-length") ?? 0);
  return declaredBytes > limitBytes
    ? err({ kind: "body-too-large", limitBytes, side: "as sent", receivedBytes: declaredBytes })
    : ok(undefined);
}

/**
 * Reads the whole body. Without a Content-Length the bytes are counted while they come; with one
 * the platform ends the body there, and {@link checkDeclaredLength} has seen it.
 *
 * @param limitBytes cap on the bytes as sent
 */
export async function readBody(
  request: Request,
  limitBytes: number,
): Promise<Result<Uint8Array, HttpError>> {
  if (request.headers.has("content-length")) {
    return ok(await request.bytes());
  }
  if (request.body === null) {
    return ok(EMPTY);
  }
  const read = await readStream(request.body, limitBytes, limitBytes * DRAIN_FACTOR);
  return read === undefined
    ? err({ kind: "body-too-large", limitBytes, side: "as sent" })
    : ok(read);
}
