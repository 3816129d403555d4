/** What is measured: each side is one way to deal with one payload. */
import { gunzipSync, zstdDecompressSync } from "node:zlib";

import { BufferPool } from "../../worker/core/buffer-pool.ts";
import { transcodeExport } from "../../worker/ingest/transcode-export.ts";
import { type Encoding } from "../../worker/otlp/codec.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { encodeSummary } from "../../worker/segment/summary.ts";
import type { Decoder, Frame } from "./decoders.ts";
import type { Payload } from "./payloads.ts";

/** The names of the sides. */
export type SideName =
  | "gateway"
  | "gateway, JSON"
  | "gateway, gzip"
  | "gateway, zstd"
  | Decoder["name"]
  | "JSON.parse"
  | "JSON.parse + stringify"
  | "copy"
  | "gunzip"
  | "unzstd";

/** A way to deal with a payload. */
export interface Side {
  readonly name: SideName;
  /** does the work once; the result depends on all of it */
  readonly run: () => number;
}

/** What every event of the benchmark carries. */
export const FRAME: Frame = { receivedAtMs: 1_790_000_000_000, batchId: "Abcdefgh01234567" };

const encoder = new TextEncoder();
const buffers = new BufferPool();

/** All sides of a payload. */
export function sidesOf(payload: Payload, decoders: readonly Decoder[]): readonly Side[] {
  const lines = gatewayLines(payload, "protobuf");
  const target = new Uint8Array(lines.length);
  return [
    { name: "gateway", run: () => transcode(payload, "protobuf", payload.protobuf) },
    ...decoders.map(({ name, readers }): Side => {
      const read = readers[payload.signal];
      return {
        name,
        run: () => {
          let text = "";
          read(payload.protobuf, FRAME, (event) => {
            text += `${JSON.stringify(event)}\n`;
          });
          return encoder.encode(text).length;
        },
      };
    }),
    { name: "JSON.parse", run: () => memberCount(JSON.parse(payload.jsonText)) },
    {
      name: "JSON.parse + stringify",
      run: () => JSON.stringify(JSON.parse(payload.jsonText)).length,
    },
    { name: "gateway, JSON", run: () => transcode(payload, "json", payload.jsonBytes) },
    {
      name: "gateway, gzip",
      run: () => transcode(payload, "protobuf", gunzipSync(payload.gzip)),
    },
    {
      name: "gateway, zstd",
      run: () => transcode(payload, "protobuf", zstdDecompressSync(payload.zstd)),
    },
    { name: "gunzip", run: () => gunzipSync(payload.gzip).length },
    { name: "unzstd", run: () => zstdDecompressSync(payload.zstd).length },
    {
      name: "copy",
      run: () => {
        target.set(lines);
        return target.length;
      },
    },
  ];
}

/** What the gateway stores: the bytes of all blocks, one event a line. */
export function gatewayLines(payload: Payload, encoding: Encoding): Uint8Array {
  const body = encoding === "json" ? payload.jsonBytes : payload.protobuf;
  const parts = [...blocksOf(payload, encoding, body)].map(({ bytes }) => Buffer.from(bytes));
  return Uint8Array.from(Buffer.concat(parts));
}

function blocksOf(
  { signal }: Payload,
  encoding: Encoding,
  body: Uint8Array,
): Iterable<Parameters<typeof encodeSummary>[0]> {
  const shape = signalShapes[signal];
  const input = { shape, encoding, body, receivedAtMs: FRAME.receivedAtMs, buffers };
  const transcoded = transcodeExport(input, FRAME.batchId);
  if (!transcoded.ok) {
    throw new Error(`Cannot transcode ${signal}: ${transcoded.error.message}`);
  }
  return transcoded.value.blocks;
}

/** The production path up to what would be put into KV: bytes and summary of each segment. */
function transcode(payload: Payload, encoding: Encoding, body: Uint8Array): number {
  let size = 0;
  for (const block of blocksOf(payload, encoding, body)) {
    size += encodeSummary(block, block.bytes.length).length + block.bytes.length;
    buffers.give(block.bytes);
  }
  return size;
}

function memberCount(value: unknown): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
