/** Memory outside of the JavaScript heap. */

/** Smaller buffers are left to the garbage collector. */
const FREE_MIN_BYTES = 1024 * 1024;

/**
 * Frees a large buffer now. Memory outside of the heap does not hurry the garbage collector: an
 * isolate that takes one large export after the other would grow beyond its 128 MB. Nobody may read
 * or write it any more.
 *
 * @param bytes all of the buffer; a part of one is left alone
 */
export function freeBuffer(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (
    byteLength >= FREE_MIN_BYTES &&
    byteLength === buffer.byteLength &&
    buffer instanceof ArrayBuffer
  ) {
    buffer.transfer(0);
  }
}
