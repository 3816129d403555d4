/** What a bomb makes a Worker hold: memory of the process, as the kernel counts it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createDeflate, createDeflateRaw, createGzip, createZstdCompress } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type KvBackend, startKvBackend } from "../../scripts/bench/request/kv-backend.ts";
import { readMemory, watchPeak } from "../../scripts/bench/request/process-accounting.ts";
import type { Side } from "../../scripts/bench/request/side.ts";
import { API_KEY, startWorker, writeWorkers } from "../../scripts/bench/request/workers.ts";
import { bombOf } from "../support/bombs.ts";

/**
 * Above idle. An isolate has 128 MB for all its requests, a body of 20 MiB needs 68 MiB; a Worker
 * that inflated all 300 MB would need more than twice this.
 */
const LIMIT_BYTES = 128 * 1024 * 1024;
const START_TIMEOUT_MS = 120_000;

let directory = "";
let kv: KvBackend;
let gateway: Side;
let idleBytes = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "pryx-bombs-"));
  kv = await startKvBackend();
  const modules = await writeWorkers(directory);
  gateway = await startWorker({ name: "gateway", modules, directory, kvAddress: kv.address });
  await post("", new Uint8Array(0));
  idleBytes = readMemory(gateway.pid).residentBytes;
}, START_TIMEOUT_MS);

afterAll(async () => {
  await gateway.stop();
  await kv.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function post(coding: string, body: Uint8Array): Promise<number> {
  const answer = await fetch(gateway.url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${API_KEY}`,
      "content-type": "application/x-protobuf",
      "content-encoding": coding,
    },
    body: Uint8Array.from(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}

// The accounting reads /proc.
describe.runIf(process.platform === "linux")("a bomb of 300 MB", () => {
  it.each([
    ["gzip", createGzip],
    ["deflate", createDeflate],
    ["deflate", createDeflateRaw],
    ["zstd", createZstdCompress],
  ] as const)("as %s, case %#, is refused within 128 MiB", async (coding, create) => {
    const bomb = await bombOf(create());
    const peak = watchPeak(gateway.pid);

    expect(await post(coding, bomb)).toBe(413);
    expect(peak.stop() - idleBytes).toBeLessThan(LIMIT_BYTES);
  });
});
