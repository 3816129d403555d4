/** Requests that nobody would send: recorded ones damaged, random bytes, in every coding. */
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import { readFixtures } from "./fixtures.ts";
import { ENCODINGS, MEDIA_TYPES, SIGNALS } from "./otlp-requests.ts";
import { requestType } from "./proto.ts";
import { type Draw, scramble } from "./scramble.ts";

/** One request. */
export interface FuzzCase {
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly isChunked: boolean;
}

/** Larger recordings make a run slow and find nothing that smaller ones do not. */
const BASE_LIMIT_BYTES = 16_000;
const BASES = readFixtures().filter(({ body }) => body.length <= BASE_LIMIT_BYTES);
const CODINGS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  "x-gzip": (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  Deflate: (bytes) => deflateRawSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
  br: (bytes) => bytes,
};
const CODING_NAMES = Object.keys(CODINGS);
const MEDIA = [...Object.values(MEDIA_TYPES), "application/protobuf", "text/plain", ""];
/** JSON tokens that readers trip over. */
const TOKENS = [
  "null",
  "{}",
  "[]",
  '""',
  "1e999",
  "-0",
  "18446744073709551616",
  '"\\ud800"',
  "[[[[[[[[]]]]]]]]",
  '{"":{}}',
  "true",
  '"NaN"',
  '{"__proto__":{"a":1}}',
];

/** Draws one request; the same draws give the same request. */
export function drawFuzzCase(draw: Draw): FuzzCase {
  const base = BASES[draw(BASES.length)];
  if (base === undefined) {
    throw new Error("Cannot draw a request: there is no fixture");
  }
  const isAlien = draw(8) === 0;
  const signal = isAlien ? (SIGNALS[draw(3)] ?? "logs") : base.signal;
  const encoding = isAlien ? (ENCODINGS[draw(2)] ?? "json") : base.encoding;
  const contentType = draw(40) === 0 ? (MEDIA[draw(MEDIA.length)] ?? "") : MEDIA_TYPES[encoding];
  const coding = CODING_NAMES[draw(2) === 0 ? 0 : draw(CODING_NAMES.length)] ?? "identity";
  const content = contentOf(base, draw);
  const coded = CODINGS[coding]?.(content) ?? content;
  return {
    path: `/v1/${signal}`,
    headers: [
      ...(contentType === "" ? [] : [["content-type", contentType] as const]),
      ["content-encoding", coding],
    ],
    body: draw(6) === 0 ? damaged(coded, draw) : coded,
    isChunked: draw(4) === 0,
  };
}

function contentOf(base: (typeof BASES)[number], draw: Draw): Uint8Array {
  switch (draw(6)) {
    case 0:
      return Uint8Array.from({ length: draw(300) }, () => draw(256));
    case 1:
      return base.body;
    case 2:
      return base.encoding === "protobuf"
        ? scramble(requestType(base.signal), base.body, draw)
        : withToken(base.body, draw);
    default:
      return damaged(base.encoding === "json" ? withToken(base.body, draw) : base.body, draw);
  }
}

/** Replaces one JSON value by another. */
function withToken(body: Uint8Array, draw: Draw): Uint8Array {
  const text = new TextDecoder().decode(body);
  const starts = [...text.matchAll(/:(?="|-?\d|\{|\[)/g)].map(({ index }) => index + 1);
  const at = starts[draw(Math.max(1, starts.length))] ?? 0;
  const [, old = ""] = /^("(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|[{[])/.exec(text.slice(at)) ?? [];
  const token = TOKENS[draw(TOKENS.length)] ?? "null";
  return new TextEncoder().encode(text.slice(0, at) + token + text.slice(at + old.length));
}

/** Flips, drops, repeats, inserts or cuts, up to four times. */
function damaged(body: Uint8Array, draw: Draw): Uint8Array {
  let bytes = Buffer.from(body);
  for (let round = draw(4); round >= 0; round -= 1) {
    const at = draw(bytes.length + 1);
    const end = Math.min(bytes.length, at + draw(40));
    const before = bytes.subarray(0, at);
    const middle = bytes.subarray(at, end);
    const after = bytes.subarray(end);
    switch (draw(5)) {
      case 0:
        bytes = Buffer.from(
          bytes.map((byte, index) => (index === at ? byte ^ (1 << draw(8)) : byte)),
        );
        break;
      case 1:
        bytes = Buffer.concat([before, after]);
        break;
      case 2:
        bytes = Buffer.concat([before, middle, middle, after]);
        break;
      case 3:
        bytes = Buffer.concat([before, Uint8Array.of(draw(256), 255), middle, after]);
        break;
      default:
        bytes = before;
    }
  }
  return Uint8Array.from(bytes);
}
