/**
 * Bytes that can be copied four at a time: on V8 that is three times as fast as a loop over bytes,
 * and for short texts faster than `TypedArray.set`, which costs a call.
 */

/** Bytes, and a view of the same bytes. */
export interface ByteSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Makes a source of bytes that have no view yet. */
export function byteSource(bytes: Uint8Array): ByteSource {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/**
 * Constant ASCII text in chunks of eight bytes, the last one padded with zeros. The chunks are
 * doubles only because that is how JavaScript moves eight bytes at once: bytes below 0x80 never
 * look like a NaN, so every bit survives.
 */
export interface Literal {
  readonly chunks: Float64Array;
  /** bytes of the text, without the padding */
  readonly length: number;
}

/** Bytes in a chunk of a {@link Literal}; a writer needs room for one more than the text takes. */
export const CHUNK_BYTES = 8;

const encoder = new TextEncoder();

/** Makes a literal. */
export function literal(text: string): Literal {
  const bytes = encoder.encode(text);
  const padded = new Uint8Array(Math.ceil(bytes.length / CHUNK_BYTES) * CHUNK_BYTES);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const chunks = Float64Array.from({ length: padded.length / CHUNK_BYTES }, (_none, index) =>
    view.getFloat64(index * CHUNK_BYTES, true),
  );
  return { chunks, length: bytes.length };
}
