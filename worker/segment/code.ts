/** Short codes of letters and digits: batch ids and the last part of segment keys. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE = 62n;
const WORD_BYTES = 8;
const WORD_BITS = 64n;
/** Bytes below this are spread evenly over the alphabet; the others are drawn again. */
const FAIR_BYTES = 248;

/** Characters of a batch id, and of the code of an OTLP segment: 95 bits. */
export const BATCH_CODE_LENGTH = 16;
/** Characters of the code of a native segment: unique within one millisecond is all it must be. */
export const NATIVE_CODE_LENGTH = 8;

/** Fills an array with random bytes, as `crypto.getRandomValues` does. */
export type RandomBytes = (into: Uint8Array<ArrayBuffer>) => Uint8Array;

/** A random code. */
export function randomCode(length: number, randomBytes: RandomBytes): string {
  let code = "";
  while (code.length < length) {
    for (const byte of randomBytes(new Uint8Array(length * 2))) {
      if (byte < FAIR_BYTES && code.length < length) {
        code += ALPHABET[byte % ALPHABET.length] ?? "";
      }
    }
  }
  return code;
}

/**
 * The code that stands for a hash: the same bytes always give the same code.
 *
 * @param digest 32 bytes
 */
export function codeOfDigest(digest: Uint8Array): string {
  const view = new DataView(digest.buffer, digest.byteOffset);
  let value = 0n;
  for (let at = 0; at < digest.length; at += WORD_BYTES) {
    value = (value << WORD_BITS) | view.getBigUint64(at);
  }
  let code = "";
  while (code.length < BATCH_CODE_LENGTH) {
    code += ALPHABET[Number(value % BASE)] ?? "";
    value /= BASE;
  }
  return code;
}
