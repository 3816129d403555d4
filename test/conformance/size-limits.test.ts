/** The one cap on bodies, on the wire and inflated. */
import {
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";

import { describe, expect, it } from "vitest";

import { BOMB_MB, bombOf } from "../support/bombs.ts";
import { WAYS, post, statusOf } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const LIMIT_BYTES = 20_000;
const small = useBuiltGateway({ MAX_BODY_BYTES: String(LIMIT_BYTES) });
const standard = useBuiltGateway();
const MIB = 1024 * 1024;

/** A valid request of exactly so many bytes: blanks in JSON, an unknown field in protobuf. */
function bodyOf(encoding: "protobuf" | "json", length: number): Uint8Array {
  if (encoding === "json") {
    return new TextEncoder().encode("{}".padEnd(length));
  }
  const body = new Uint8Array(length);
  const content = length - 4;
  body.set([0x7a, (content & 0x7f) | 0x80, ((content >> 7) & 0x7f) | 0x80, content >> 14]);
  return body;
}

describe.each(WAYS)("the cap, $signal $encoding", (way) => {
  const CODINGS = [
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["zstd", zstdCompressSync],
  ] as const;

  it.each([false, true])("[SIZE exact] as sent, chunked %s", async (isChunked) => {
    const answer = await post(small, way, bodyOf(way.encoding, LIMIT_BYTES), { isChunked });

    expect(answer.status).toBe(200);
  });

  it.each([false, true])("[SPEC:518] one byte more, chunked %s", async (isChunked) => {
    const answer = await post(small, way, bodyOf(way.encoding, LIMIT_BYTES + 1), { isChunked });
    const { message } = statusOf(answer, way.encoding);

    expect(answer.status).toBe(413);
    expect(message).toContain(`as sent: the limit is ${LIMIT_BYTES} bytes`);
    expect(answer.headers["retry-after"]).toBeUndefined();
  });

  it.each(CODINGS)("[SIZE exact] inflated from %s", async (coding, compress) => {
    const body = compress(bodyOf(way.encoding, LIMIT_BYTES));
    const answer = await post(small, way, body, { headers: [["content-encoding", coding]] });

    expect(answer.status).toBe(200);
  });

  it.each(CODINGS)("[SPEC:518] one byte more, inflated from %s", async (coding, compress) => {
    const body = compress(bodyOf(way.encoding, LIMIT_BYTES + 1));
    const answer = await post(small, way, body, { headers: [["content-encoding", coding]] });

    expect(answer.status).toBe(413);
    expect(statusOf(answer, way.encoding).message).toContain(
      `after decompression: the limit is ${LIMIT_BYTES} bytes`,
    );
  });
});

describe("bombs of 300 MB against the cap of 20 MiB", () => {
  it.each([
    ["gzip", createGzip],
    ["deflate", createDeflate],
    ["deflate", createDeflateRaw],
    ["zstd", createZstdCompress],
  ] as const)("[SIZE bomb] %s, case %#", async (coding, create) => {
    const bomb = await bombOf(create());
    const answer = await post(standard, { signal: "traces", encoding: "json" }, bomb, {
      headers: [["content-encoding", coding]],
    });

    expect(bomb.length).toBeLessThan(MIB);
    expect(answer.status).toBe(413);
    expect(statusOf(answer, "json").message).toContain("after decompression");
    expect((await standard.send({ method: "GET", path: "/health" })).status).toBe(200);
  });

  it("[SIZE bomb] zstd, of many frames", async () => {
    const frame = zstdCompressSync(new Uint8Array(MIB));
    const bomb = Uint8Array.from(Buffer.concat(Array.from({ length: BOMB_MB }, () => frame)));
    const answer = await post(standard, { signal: "traces", encoding: "json" }, bomb, {
      headers: [["content-encoding", "zstd"]],
    });

    expect(answer.status).toBe(413);
  });
});

describe("a client that is still sending", () => {
  it.each([false, true])(
    "[SPEC:518] sees the 413 of a body of 60 MB, chunked %s",
    async (isChunked) => {
      const body = new Uint8Array(60 * MIB);
      const answer = await post(standard, { signal: "logs", encoding: "json" }, body, {
        isChunked,
      });

      expect(answer.status).toBe(413);
    },
  );
});
