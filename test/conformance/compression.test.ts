/** Content codings of requests. */
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { ENCODINGS, exportBody } from "../support/otlp-requests.ts";
import { concat } from "../support/wire.ts";
import { WAYS, post, statusOf, uniqueName } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();

function inParts(bytes: Uint8Array, compress: (part: Uint8Array) => Uint8Array): Uint8Array {
  const at = bytes.length >> 1;
  return concat(compress(bytes.subarray(0, at)), compress(bytes.subarray(at)));
}

function gzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes);
}

function zstd(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes);
}

/** RFC 8878 §3.1.2: magic, size, any bytes. */
const SKIPPABLE = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

describe.each(WAYS)("$signal $encoding", (way) => {
  it.each([
    { id: "CODING identity", coding: undefined, compress: (bytes: Uint8Array) => bytes },
    { id: "CODING identity", coding: "identity", compress: (bytes: Uint8Array) => bytes },
    { id: "CODING identity", coding: "Identity", compress: (bytes: Uint8Array) => bytes },
    { id: "CODING identity", coding: "", compress: (bytes: Uint8Array) => bytes },
    { id: "CODING gzip", coding: "gzip", compress: gzip },
    { id: "CODING gzip", coding: "GZIP", compress: gzip },
    { id: "CODING gzip", coding: "x-gzip", compress: gzip },
    { id: "CODING gzip", coding: " gzip ", compress: gzip },
    { id: "CODING gzip", coding: "gzip", compress: (bytes: Uint8Array) => inParts(bytes, gzip) },
    {
      id: "CODING deflate",
      coding: "deflate",
      compress: (bytes: Uint8Array) => deflateSync(bytes),
    },
    {
      id: "CODING deflate",
      coding: "Deflate",
      compress: (bytes: Uint8Array) => deflateRawSync(bytes),
    },
    {
      id: "CODING deflate",
      coding: "deflate",
      compress: (bytes: Uint8Array) => deflateSync(bytes, { level: 0 }),
    },
    {
      id: "CODING deflate",
      coding: "deflate",
      compress: (bytes: Uint8Array) => deflateRawSync(bytes, { level: 0 }),
    },
    { id: "CODING zstd", coding: "zstd", compress: zstd },
    { id: "CODING zstd", coding: "ZSTD", compress: (bytes: Uint8Array) => inParts(bytes, zstd) },
    {
      id: "CODING zstd",
      coding: "zstd",
      compress: (bytes: Uint8Array) => concat(SKIPPABLE, inParts(bytes, zstd), SKIPPABLE),
    },
  ])("[$id] $coding, case %#", async ({ coding, compress }) => {
    const service = uniqueName();
    const items = ["first", "second"].map((name) => ({ name, timeMs: 1_790_000_000_000, service }));
    const body = compress(exportBody(way.signal, way.encoding, items));
    const headers = coding === undefined ? [] : [["content-encoding", coding] as const];
    for (const isChunked of [false, true]) {
      const answer = await post(gateway, way, body, { headers, isChunked });

      expect([answer.status, answer.text]).toEqual([200, way.encoding === "json" ? "{}" : ""]);
    }
    expect(await gateway.events({ service })).toHaveLength(2);
  });
});

describe.each(ENCODINGS)("refused, %s", (encoding) => {
  const way = { signal: "logs", encoding } as const;
  const good = exportBody("logs", encoding, [{ name: "item", timeMs: 1 }]);

  it.each([
    "br",
    "zlib",
    "lz4",
    "snappy",
    "x-snappy-framed",
    "gzip, gzip",
    "gzip,zstd",
    "gzip;q=1",
  ])("[CODING other] %s", async (coding) => {
    const answer = await post(gateway, way, good, { headers: [["content-encoding", coding]] });

    expect(answer.status).toBe(415);
    expect(answer.headers["accept-encoding"]).toBe("gzip, deflate, zstd");
    expect(statusOf(answer, encoding).message).toContain("gzip, deflate, zstd");
  });

  const whole = { gzip: gzip(good), deflate: Uint8Array.from(deflateSync(good)), zstd: zstd(good) };
  const raw = Uint8Array.from(deflateRawSync(good));
  const cases = Object.entries(whole).flatMap(([coding, bytes]) => [
    { coding, title: "0 bytes", body: new Uint8Array(0) },
    { coding, title: "plain bytes", body: good },
    { coding, title: "cut by one", body: bytes.slice(0, -1) },
    { coding, title: "cut in half", body: bytes.slice(0, bytes.length >> 1) },
    {
      coding,
      title: "garbage behind",
      body: concat(bytes, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)),
    },
    {
      coding,
      title: "half of a second one",
      body: concat(bytes, bytes.slice(0, bytes.length >> 1)),
    },
    { coding, title: "header only", body: bytes.slice(0, 6) },
  ]);

  it.each([
    ...cases,
    { coding: "deflate", title: "raw, garbage behind", body: concat(raw, Uint8Array.of(1)) },
    { coding: "deflate", title: "two zlib streams", body: concat(whole.deflate, whole.deflate) },
    {
      coding: "zstd",
      title: "a thousand and one frames",
      body: concat(...Array.from({ length: 1001 }, () => zstd(new Uint8Array(0)))),
    },
    {
      coding: "zstd",
      title: "a damaged second frame",
      body: concat(
        whole.zstd,
        whole.zstd.map((byte, at) => (at === 0 ? 0 : byte)),
      ),
    },
  ])("[CODING damaged] $coding, $title", async ({ coding, body }) => {
    const answer = await post(gateway, way, body, { headers: [["content-encoding", coding]] });

    expect(answer.status).toBe(400);
    expect(statusOf(answer, encoding).message).toContain(`Cannot decompress the body as ${coding}`);
  });
});
