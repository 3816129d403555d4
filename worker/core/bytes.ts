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

/** Constant text: its view is padded with zeros to whole words of four bytes. */
export interface Literal {
  readonly view: DataView;
  /** bytes of the text, without the padding */
  readonly length: number;
}

const encoder = new TextEncoder();

/** Makes a literal. */
export function literal(text: string): Literal {
  const bytes = encoder.encode(text);
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return { view: new DataView(padded.buffer), length: bytes.length };
}
