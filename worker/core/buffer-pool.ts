/**
 * Keeps a few buffers for the next request. A fresh buffer costs the operating system a zeroed page
 * for every 4 KiB that is written, which is a fifth of the time of an export; one that was used
 * before costs nothing.
 */

/** Spare buffers kept: two requests of one isolate are rarely transcoded closer together. */
const SPARE_LIMIT = 2;
/** Larger buffers are not kept: an isolate has 128 MB in all. A full segment and its slack fit. */
const KEEP_LIMIT_BYTES = 5 * 1024 * 1024;
/** Smaller buffers are not worth keeping. */
const KEEP_MIN_BYTES = 64 * 1024;

/** Buffers to write into. What a buffer held before is still in it. */
export class BufferPool {
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** A buffer of at least this size. */
  take(minBytes: number): Uint8Array<ArrayBuffer> {
    const index = this.#spare.findIndex((buffer) => buffer.length >= minBytes);
    const [found] = index < 0 ? [] : this.#spare.splice(index, 1);
    return found ?? new Uint8Array(minBytes);
  }

  /**
   * Gives a buffer back. Nobody may read or write it any more.
   *
   * @param bytes the buffer, or a part of it
   */
  give(bytes: Uint8Array<ArrayBuffer>): void {
    const buffer = new Uint8Array(bytes.buffer);
    if (buffer.length < KEEP_MIN_BYTES || buffer.length > KEEP_LIMIT_BYTES) {
      freeBuffer(buffer);
      return;
    }
    this.#spare.push(buffer);
    if (this.#spare.length > SPARE_LIMIT) {
      // The larger ones serve all requests.
      this.#spare.sort((left, right) => right.length - left.length);
      const smallest = this.#spare.pop();
      if (smallest !== undefined) {
        freeBuffer(smallest);
      }
    }
  }
}

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
