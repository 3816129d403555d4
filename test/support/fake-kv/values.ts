/** What is stored ↔ what callers give and get. */
import type { Stored } from "./history.ts";
import { kvFailure } from "./operations.ts";

/** Forms of a value that a read can ask for. */
export type ValueType = "text" | "json" | "arrayBuffer" | "stream";

/** What KV takes. */
export type PutValue = string | ArrayBuffer | ArrayBufferView | ReadableStream;

/** Binary data is destroyed silently: what is no UTF-8 becomes U+FFFD. */
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Copies a value: callers may use their buffer again. */
export async function bytesOf(value: PutValue): Promise<Uint8Array> {
  if (typeof value === "string") {
    return encoder.encode(value);
  }
  if (value instanceof ArrayBuffer) {
    return new Uint8Array(value.slice(0));
  }
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  return new Response(value).bytes();
}

/** The text of a value. */
export function textOf({ bytes }: Stored): string {
  return decoder.decode(bytes);
}

/** The metadata of an entry as it was given. */
export function metadataOf(stored: Stored | undefined): unknown {
  return stored?.metadata === undefined ? null : JSON.parse(stored.metadata);
}

/** A value in the form that a single get asks for. @throws when it is asked for as JSON and is none */
export function valueOf(stored: Stored, type: ValueType): unknown {
  switch (type) {
    case "text":
      return textOf(stored);
    case "json":
      return JSON.parse(textOf(stored));
    case "arrayBuffer":
      return stored.bytes.slice().buffer;
    case "stream":
      return new Blob([stored.bytes.slice()]).stream();
  }
}

/** A value in the form of a bulk get. @throws 400, for all keys of the call, when one is no JSON */
export function bulkValueOf(stored: Stored, type: "text" | "json"): unknown {
  const text = textOf(stored);
  if (type === "text") {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw kvFailure(
      "getBulk",
      "400 At least one of the requested keys corresponds to a non-json value",
    );
  }
}
