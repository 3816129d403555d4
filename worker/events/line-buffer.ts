/** The lines of a segment in one growing buffer. Hot path: see json-writer.ts, which writes into it. */
import { BufferPool } from "../core/buffer-pool.ts";
import type { ByteSource } from "../core/bytes.ts";

/**
 * The longest event in bytes. KV takes values up to 25 MiB; raising this beyond makes the put of a
 * segment with that one event fail for good (https://developers.cloudflare.com/kv/platform/limits/).
 */
export const EVENT_LIMIT_BYTES = 24 * 1024 * 1024;

/** What a line may pass the limit by before it is cut off: more than any single step writes. */
const OVERFLOW_SLACK_BYTES = 128 * 1024;

const NOTHING = new Uint8Array(0);

/** A growing buffer; `length` may be set back to an earlier mark to take text back. */
export class LineBuffer implements ByteSource {
  #bytes: Uint8Array<ArrayBuffer>;
  /** the whole buffer; another one after growing */
  view: DataView;
  length = 0;
  /** Set when a line passed {@link EVENT_LIMIT_BYTES}; what the line holds then is meaningless. */
  overflowed = false;
  #lineStart = 0;
  /** bytes in the buffer, where {@link reserve} finds it with one look */
  #capacity: number;
  readonly #buffers: BufferPool;

  /**
   * @param capacityBytes room to start with
   * @param buffers where buffers come from
   */
  constructor(capacityBytes: number, buffers: BufferPool = new BufferPool()) {
    this.#buffers = buffers;
    this.#bytes = buffers.take(capacityBytes);
    this.view = new DataView(this.#bytes.buffer);
    this.#capacity = this.#bytes.length;
  }

  /** The buffer; only the first {@link length} bytes mean anything. It is another one after growing. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Leaves the buffer to its reader and goes on in a new one that holds the current line. */
  moveLine(): void {
    const line = this.#bytes.subarray(this.#lineStart, this.length);
    this.#use(this.#buffers.take(Math.max(this.#bytes.length, line.length)));
    this.#bytes.set(line);
    this.length = line.length;
    this.#lineStart = 0;
  }

  /** Lets go of the buffer, which readers may go on using. Nothing can be written any more. */
  release(): void {
    this.length = 0;
    this.#lineStart = 0;
    this.#use(NOTHING);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.#capacity = bytes.length;
  }

  /** Starts an event: the limit counts from here. */
  beginLine(): void {
    this.#lineStart = this.length;
    this.overflowed = false;
  }

  /** Where the current event starts. */
  get lineStart(): number {
    return this.#lineStart;
  }

  /** Whether the event written since {@link beginLine} is too long to be stored. */
  lineIsTooLong(): boolean {
    return this.overflowed || this.length - this.#lineStart > EVENT_LIMIT_BYTES;
  }

  /** Makes room for `extra` more bytes. */
  reserve(extra: number): void {
    if (this.length + extra > this.#capacity) {
      this.#grow(extra);
    }
  }

  #grow(extra: number): void {
    if (this.length + extra - this.#lineStart > EVENT_LIMIT_BYTES + OVERFLOW_SLACK_BYTES) {
      // Too long to be stored: keep overwriting the same line, so that memory stays bounded.
      this.overflowed = true;
      this.length = this.#lineStart;
    }
    const needed = this.length + extra;
    if (needed > this.#bytes.length) {
      const outgrown = this.#bytes;
      const grown = this.#buffers.take(Math.max(needed, outgrown.length * 2));
      grown.set(outgrown.subarray(0, this.length));
      this.#use(grown);
      this.#buffers.give(outgrown);
    }
  }
}
