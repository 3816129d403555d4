/** Streams of bytes, read under a cap. */
/**
 * Reads a stream to its end, and cancels it where it exceeds the cap.
 *
 * @param drainBytes so much beyond the cap is read and dropped before it is cancelled
 * @returns undefined when there are more than `limitBytes`
 * @throws what the stream fails with
 */
export async function readStream(
  stream: ReadableStream<unknown>,
  limitBytes: number,
  drainBytes: number,
): Promise<Uint8Array | undefined> {
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
      chunks.length = 0;
      if (length > limitBytes + drainBytes) {
        await reader.cancel("body too large");
        return undefined;
      }
    } else {
      chunks.push(value);
    }
  }
  if (length > limitBytes) {
    return undefined;
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : joinChunks(chunks, length);
}

/** Copies pieces into one array of `length` bytes. */
export function joinChunks(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
