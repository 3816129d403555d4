/** What a segment's value in KV says, whatever form it is stored in: read without the gateway's code. */
import { zstdDecompressSync } from "node:zlib";

/** The NDJSON of a value. */
export function storedText(value: string): string {
  return value.startsWith("KLUv/")
    ? zstdDecompressSync(Buffer.from(value, "base64")).toString()
    : value;
}
