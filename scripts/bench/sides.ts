/** What is measured: each side is one way to deal with one payload. */
import { gunzipSync, zstdDecompressSync } from "node:zlib";

import type { EventBlock } from "../../worker/events/segment-facts.ts";
import type { Encoding } from "../../worker/otlp/codec.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { SEGMENT_LIMIT_BYTES } from "../../worker/segment/limits.ts";
import { encodeSummary } from "../../worker/segment/summary.ts";
import { transcode } from "../../worker/transcoder/transcode.ts";
import { Transcoder } from "../../worker/transcoder/transcoder.ts";
import { loadTranscoderModule } from "../transcoder-module.ts";
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
const transcoder = new Transcoder(loadTranscoderModule());

/** All sides of a payload. */
export function sidesOf(payload: Payload, decoders: readonly Decoder[]): readonly Side[] {
  const lines = gatewayLines(payload, "protobuf");
  const target = new Uint8Array(lines.length);
  return [
    { name: "gateway", run: () => sizeOfSegments(payload, "protobuf", payload.protobuf) },
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
    { name: "gateway, JSON", run: () => sizeOfSegments(payload, "json", payload.jsonBytes) },
    {
      name: "gateway, gzip",
      run: () => sizeOfSegments(payload, "protobuf", gunzipSync(payload.gzip)),
    },
    {
      name: "gateway, zstd",
      run: () => sizeOfSegments(payload, "protobuf", zstdDecompressSync(payload.zstd)),
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
  const parts: Uint8Array[] = [];
  takeBlocks(payload, { encoding, body }, ({ bytes }) => {
    parts.push(bytes.slice());
  });
  return Uint8Array.from(Buffer.concat(parts));
}

/** The production path up to what would be compressed for KV: bytes and summary of each segment. */
function sizeOfSegments(payload: Payload, encoding: Encoding, body: Uint8Array): number {
  let size = 0;
  takeBlocks(payload, { encoding, body }, (block) => {
    size += encodeSummary(block, block.bytes.length).length + block.bytes.length;
  });
  return size;
}

/** A request as it is sent, decompressed. */
interface Body {
  readonly encoding: Encoding;
  readonly body: Uint8Array;
}

function takeBlocks({ signal }: Payload, sent: Body, take: (block: EventBlock) => void): void {
  const input = {
    ...sent,
    ...FRAME,
    shape: signalShapes[signal],
    segmentLimitBytes: SEGMENT_LIMIT_BYTES,
    requiresSpanIds: false,
    takeBlock: (block: EventBlock): boolean => {
      take(block);
      return true;
    },
  };
  const notes = transcode(input, transcoder);
  if (!notes.ok) {
    throw new Error(`Cannot transcode ${signal}: ${notes.error.message}`);
  }
}

function memberCount(value: unknown): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
