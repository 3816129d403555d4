/**
 * What each request costs in KV operations. KV bills them one by one, a write ($5.00 per million)
 * like ten reads. One write more per export, and it costs half as much again, and the 1,000 writes
 * a day of the free plan last for 333 exports instead of 500.
 */
import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { ok } from "../../worker/core/result.ts";
import { queryPage } from "../support/api-client.ts";
import type { KvCounts } from "../support/fake-kv.ts";
import { readFixture } from "../support/fixtures.ts";
import { API_KEY, SIGNALS, type Signal, plainRequest } from "../support/otlp-requests.ts";
import { storedText } from "../support/stored-text.ts";
import { START_MS, type TestGateway, createTestGateway } from "../support/test-gateway.ts";
import { transcode } from "../support/transcode.ts";

const NONE: KvCounts = { put: 0, get: 0, getBulk: 0, list: 0, keysRead: 0 };
const ONE_DAY_MS = 24 * 60 * 60 * 1000;
const BODY_LIMIT_BYTES = 20 * 1024 * 1024;

/** A gateway at a time, epoch ms. The key is checked with a function that only workerd has. */
function createGateway(nowMs = START_MS): TestGateway {
  const gateway = createTestGateway({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    authenticate: async () => ok(undefined),
  });
  gateway.clock.nowMs = nowMs;
  return gateway;
}

/** When the recorded telemetry ended, epoch ms. */
function endOf(signal: Signal): number {
  const { blocks } = transcode(readFixture(`${signal}_go_512.bin`));
  return Math.max(...blocks.map(({ facts }) => facts.lastMs));
}

/** Counts what one request takes. */
async function costOf({ send, kv }: TestGateway, request: Request): Promise<KvCounts> {
  kv.resetCounts();
  const response = await send(request);
  await response.bytes();

  expect(response.status).toBe(200);
  return kv.counts;
}

function recordedExport(signal: Signal, copies = 1): Request {
  const { body } = readFixture(`${signal}_go_512.bin`);
  // Requests one after the other are one request with all their resources.
  const whole = Buffer.concat(Array.from({ length: copies }, () => body));
  return new Request(`https://gateway.test/v1/${signal}`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${API_KEY}`,
      "Content-Type": "application/x-protobuf",
      "Content-Encoding": "gzip",
    },
    body: gzipSync(whole),
  });
}

function nativeRequest(path: string, count: number): Request {
  const events = Array.from({ length: count }, (_none, index) => ({
    event_type: "tool_call",
    data: { index },
  }));
  return new Request(`https://gateway.test/api/telemetry/${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify(path === "batch" ? { events } : events),
  });
}

describe("an export", () => {
  it.each(SIGNALS)(
    "of 512 recorded items of %s takes 2 writes and nothing else",
    async (signal) => {
      expect(await costOf(createGateway(endOf(signal)), recordedExport(signal))).toEqual({
        ...NONE,
        put: 2,
      });
    },
  );

  it("that is late takes one read more", async () => {
    const gateway = createGateway(endOf("traces") + ONE_DAY_MS);
    const cost = await costOf(gateway, recordedExport("traces"));

    expect(cost).toEqual({ ...NONE, put: 2, get: 1, keysRead: 1 });
  });

  it("of 100,000 spans takes a write per 4 MiB of events and one more", async () => {
    const gateway = createGateway(endOf("traces"));
    const cost = await costOf(gateway, recordedExport("traces", 196));
    const segments = gateway.kv.entries.filter(({ key }) => key.startsWith("traces:"));
    const bytes = segments.reduce((sum, { text }) => sum + Buffer.byteLength(storedText(text)), 0);

    expect(cost).toEqual({ ...NONE, put: segments.length + 1 });
    expect(segments.length).toBeLessThanOrEqual(Math.ceil(bytes / (3.9 * 1024 * 1024)));
  });
});

describe("1,000 native events", () => {
  it("take 2 writes as a batch", async () => {
    const cost = await costOf(createGateway(), nativeRequest("batch", 1000));

    expect(cost).toEqual({ ...NONE, put: 2 });
  });

  it("take 1 write without one", async () => {
    const cost = await costOf(createGateway(), nativeRequest("ingest", 1000));

    expect(cost).toEqual({ ...NONE, put: 1 });
  });
});

describe("reading", () => {
  it("a batch record takes 1 read", async () => {
    const gateway = createGateway();
    const response = await gateway.send(recordedExport("logs"));
    const path = `/api/telemetry/batch/${response.headers.get("batch-id") ?? ""}`;

    expect(await costOf(gateway, plainRequest(path))).toEqual({ ...NONE, get: 1, keysRead: 1 });
  });

  it("the newest 100 events of three signals takes 4 lists and 1 bulk read", async () => {
    const gateway = createGateway();
    for (const signal of SIGNALS) {
      gateway.clock.nowMs += 1000;
      await gateway.send(recordedExport(signal));
    }
    gateway.kv.resetCounts();
    const page = await queryPage(gateway.send);

    expect(page.events).toHaveLength(100);
    expect(gateway.kv.counts).toEqual({ ...NONE, list: 4, getBulk: 1, keysRead: 1 });
  });

  it("/health takes nothing", async () => {
    expect(await costOf(createGateway(), plainRequest("/health"))).toEqual(NONE);
  });
});
