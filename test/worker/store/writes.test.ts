import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

import { namesOf, queryAll, queryPage, readJson } from "../../support/api-client.ts";
import { readRefusal } from "../../support/otlp-answers.ts";
import {
  ENCODINGS,
  type Item,
  SIGNALS,
  exportRequest,
  plainRequest,
} from "../../support/otlp-requests.ts";
import { RETENTION_SECONDS, START_MS, createTestGateway } from "../../support/test-gateway.ts";

const TOO_MANY = "KV PUT failed: 429 Too Many Requests";
const BROKEN = "KV PUT failed: 500 Internal Server Error";

function itemsOf(count: number, item: Omit<Item, "name"> = {}): readonly Item[] {
  return Array.from({ length: count }, (_none, index) => ({
    name: `item-${index}`,
    timeMs: START_MS,
    ...item,
  }));
}

function tracesOf(count: number): Request {
  return exportRequest("traces", { encoding: "protobuf", items: itemsOf(count) });
}

function statusOf(response: Response): Request {
  return plainRequest(`/api/telemetry/batch/${response.headers.get("batch-id") ?? ""}`);
}

describe.each(SIGNALS)("what an export of %s leaves in KV", (signal) => {
  it.each([1, 512])("takes 2 writes and no other operation for %d items", async (count) => {
    const { send, kv } = createTestGateway();
    for (const encoding of ENCODINGS) {
      kv.resetCounts();
      await send(exportRequest(signal, { encoding, items: itemsOf(count) }));

      expect(kv.counts).toEqual({ put: 2, get: 0, getBulk: 0, list: 0, keysRead: 0 });
    }
  });

  it("is a segment named by signal, time of receipt and batch, and a batch record", async () => {
    const { send, kv } = createTestGateway();
    const response = await send(exportRequest(signal, { encoding: "json", items: itemsOf(2) }));
    const batchId = response.headers.get("batch-id") ?? "";

    expect(kv.entries.map(({ key }) => key)).toEqual(
      [`batch:${batchId}`, `${signal}:${START_MS}:${batchId}`].toSorted(),
    );
  });

  it("is one event per line, in the order they were sent", async () => {
    const { send, kv } = createTestGateway();
    await send(exportRequest(signal, { encoding: "json", items: itemsOf(2) }));
    const text = kv.entries.find(({ key }) => key.startsWith(signal))?.text ?? "";
    const events = await queryAll(send);

    expect(text).toBe(
      `${events
        .map((event) => JSON.stringify(event))
        .toReversed()
        .join("\n")}\n`,
    );
  });

  it("has a summary of version 2 in at most 1,024 bytes as metadata", async () => {
    const { send, kv } = createTestGateway();
    await send(exportRequest(signal, { encoding: "json", items: itemsOf(2, { service: "api" }) }));
    const entry = kv.entries.find(({ key }) => key.startsWith(signal));

    expect(entry?.metadata).toMatch(
      /^2\|2\|([0-9a-z]+\|){4}0\|0\|api\|abcdefgh\.[0-9a-z]+\.0\.[0-9a-z]+\.[A-Za-z0-9+/]+$/,
    );
  });

  it("is a record that lists the segment", async () => {
    const { send } = createTestGateway();
    const response = await send(exportRequest(signal, { encoding: "json", items: itemsOf(3) }));
    const batchId = response.headers.get("batch-id") ?? "";

    expect(await readJson(await send(statusOf(response)))).toEqual({
      batch_id: batchId,
      signal,
      event_count: 3,
      rejected_count: 0,
      timestamp: START_MS,
      status: "completed",
      events: [`${signal}:${START_MS}:${batchId}`],
    });
  });
});

describe("expiry", () => {
  it("is set on everything that is written, to the retention time", async () => {
    const { send, kv } = createTestGateway();
    await send(tracesOf(1));
    const expiration = START_MS / 1000 + RETENTION_SECONDS;

    expect(kv.entries.map((entry) => entry.expiration)).toEqual([expiration, expiration]);
  });

  it("shows in the list of the real KV", async () => {
    const before = Math.floor(Date.now() / 1000);
    await exports.default.fetch(tracesOf(1));
    const retention = Number(env.RETENTION_SECONDS);
    const { keys } = await env.TELEMETRY.list();
    const after = Math.ceil(Date.now() / 1000);

    expect(keys).toHaveLength(2);
    for (const { expiration } of keys) {
      expect(expiration).toBeGreaterThanOrEqual(before + retention);
      expect(expiration).toBeLessThanOrEqual(after + retention);
    }
  });

  it("takes events out of queries without a trace", async () => {
    const { send, clock } = createTestGateway();
    await send(tracesOf(1));
    clock.nowMs += RETENTION_SECONDS * 1000;

    expect(await queryPage(send, { start: "0" })).toMatchObject({ count: 0, complete: true });
  });
});

describe("retries of a put", () => {
  it.each([TOO_MANY, BROKEN, "KV PUT failed: 503 Service Unavailable", "Network connection lost."])(
    'come after 100, 200 and 400 ms when KV says "%s"',
    async (message) => {
      const { send, kv, sleeps } = createTestGateway();
      kv.failCalls("put", [1, 2, 3], message);

      expect((await send(tracesOf(1))).status).toBe(200);
      expect(sleeps).toEqual([100, 200, 400]);
      expect(kv.counts.put).toBe(5);
    },
  );

  it.each([
    { count: 0, firstDelayMs: 100, waits: [] },
    { count: 1, firstDelayMs: 7, waits: [7] },
    { count: 5, firstDelayMs: 10, waits: [10, 20, 40, 80, 160] },
  ])(
    "follow the configuration: $count after $firstDelayMs ms",
    async ({ count, firstDelayMs, waits }) => {
      const { send, kv, sleeps } = createTestGateway({ retry: { count, firstDelayMs } });
      kv.failKeys("put", "traces:", BROKEN);
      await send(tracesOf(1));

      expect(sleeps).toEqual(waits);
      expect(kv.counts.put).toBe(waits.length + 1 + 1);
    },
  );

  it("leave one structured line in the log for each attempt that failed", async () => {
    const { send, kv, logs } = createTestGateway();
    kv.failKeys("put", "traces:", BROKEN);
    const response = await send(tracesOf(1));
    const key = `traces:${START_MS}:`;

    expect(response.status).toBe(503);
    expect(logs.map(({ level, event }) => `${level} ${event}`)).toEqual([
      "warn kv_attempt_failed",
      "warn kv_attempt_failed",
      "warn kv_attempt_failed",
      "error kv_attempt_failed",
    ]);
    expect(logs.map(({ fields }) => fields["attempt"])).toEqual([1, 2, 3, 4]);
    expect(logs.map(({ fields }) => fields["retries_left"])).toEqual([3, 2, 1, 0]);
    expect(logs.every(({ fields }) => String(fields["key"]).startsWith(key))).toBe(true);
    expect(logs.every(({ fields }) => fields["operation"] === "put")).toBe(true);
    expect(logs.every(({ fields }) => fields["reason"] === BROKEN)).toBe(true);
  });

  it.each(["KV PUT failed: 400 Bad Request", "KV PUT failed: 413 Payload Too Large"])(
    'do not happen when KV says "%s"',
    async (message) => {
      const { send, kv, sleeps } = createTestGateway();
      kv.failCalls("put", [1], message);
      const response = await send(tracesOf(1));
      await response.bytes();

      expect(sleeps).toEqual([]);
      expect(response.status).toBe(503);
    },
  );

  it.each([
    "KV put() limit exceeded for the day.",
    "Too many API requests by single Worker invocation.",
  ])('do not happen when a quota is used up: "%s"', async (message) => {
    const { send, kv, sleeps } = createTestGateway();
    kv.failKeys("put", "", message);
    const response = await send(tracesOf(1));
    await response.bytes();

    expect(sleeps).toEqual([]);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^[1-3]$/);
  });
});

describe("a segment that cannot be written", () => {
  it.each(SIGNALS.flatMap((signal) => ENCODINGS.map((encoding) => ({ signal, encoding }))))(
    "is answered 503 with Retry-After and acknowledges nothing, $signal $encoding",
    async ({ signal, encoding }) => {
      const { send, kv } = createTestGateway();
      kv.failKeys("put", `${signal}:`, BROKEN);
      const response = await send(exportRequest(signal, { encoding, items: itemsOf(1) }));
      const refusal = await readRefusal(response, encoding);

      expect(refusal).toMatchObject({ httpStatus: 503, code: 14 });
      expect(refusal.headers.get("retry-after")).toMatch(/^[1-3]$/);
      expect(refusal.headers.has("batch-id")).toBe(false);
      expect(await queryAll(send)).toEqual([]);
    },
  );

  it("leaves a batch record that says failed, and why", async () => {
    const { send, kv } = createTestGateway();
    kv.failKeys("put", "traces:", BROKEN);
    await send(tracesOf(1));
    const key = kv.entries[0]?.key ?? "";

    expect(
      await readJson(await send(plainRequest(`/api/telemetry/batch/${key.slice(6)}`))),
    ).toEqual({
      batch_id: key.slice(6),
      signal: "traces",
      event_count: 0,
      rejected_count: 0,
      timestamp: START_MS,
      status: "failed",
      events: [],
      error: BROKEN,
    });
  });

  it("is made good by the client's retry: the events are there once and the batch completed", async () => {
    const { send, kv, clock } = createTestGateway();
    kv.failKeys("put", "traces:", BROKEN);
    await send(tracesOf(2));
    kv.heal();
    clock.nowMs += 5000;
    const response = await send(tracesOf(2));

    expect(response.status).toBe(200);
    expect(namesOf(await queryAll(send))).toEqual(["item-1", "item-0"]);
    expect(await readJson(await send(statusOf(response)))).toMatchObject({ status: "completed" });
  });

  it("is answered the same when the record cannot be written either", async () => {
    const { send, kv } = createTestGateway();
    kv.failKeys("put", "", BROKEN);
    const refusal = await readRefusal(await send(tracesOf(1)), "protobuf");

    expect(refusal.httpStatus).toBe(503);
    expect(kv.entries).toEqual([]);
  });
});

describe("a batch record that cannot be written", () => {
  it("turns no stored event into an error", async () => {
    const { send, kv, logs } = createTestGateway();
    kv.failKeys("put", "batch:", TOO_MANY);
    const response = await send(tracesOf(2));

    expect(response.status).toBe(200);
    expect(namesOf(await queryAll(send))).toEqual(["item-1", "item-0"]);
    expect(logs.at(-1)).toMatchObject({ level: "error", event: "batch_record_lost" });
  });

  it("hides no event from a query for its batch", async () => {
    const { send, kv } = createTestGateway();
    kv.failKeys("put", "batch:", TOO_MANY);
    const response = await send(tracesOf(2));
    const batchId = response.headers.get("batch-id") ?? "";

    expect(namesOf(await queryAll(send, { batch_id: batchId }))).toEqual(["item-1", "item-0"]);
  });
});

// Tens of MiB are encoded, stored and read again.
describe("an export too large for one segment", { timeout: 30_000 }, () => {
  /** 20 spans of about 1 MiB each. */
  const items = itemsOf(20, { padding: "x".repeat(1024 * 1024) });
  const large = { encoding: "protobuf", items } as const;
  const bodyLimitBytes = 30 * 1024 * 1024;

  it("is split into segments that are numbered, each below the cap, all in the record", async () => {
    const { send, kv } = createTestGateway({ bodyLimitBytes });
    const response = await send(exportRequest("traces", large));
    const batchId = response.headers.get("batch-id") ?? "";
    const segments = kv.entries.filter(({ key }) => key.startsWith("traces:"));
    const suffixes = segments.map(({ key }) => key.replace(`traces:${START_MS}:${batchId}`, ""));

    expect(response.status).toBe(200);
    expect(suffixes).toEqual(["", "001", "002", "003", "004", "005", "006"]);
    expect(segments.every(({ text }) => text.length <= 4 * 1024 * 1024)).toBe(true);
    expect(await readJson(await send(statusOf(response)))).toMatchObject({
      event_count: 20,
      events: segments.map(({ key }) => key),
    });
  });

  it("comes back whole from a query, however it is asked", async () => {
    const { send } = createTestGateway({ bodyLimitBytes });
    const response = await send(exportRequest("traces", large));
    const names = items.map((item) => item.name).toReversed();
    const batchId = response.headers.get("batch-id") ?? "";

    expect(namesOf(await queryAll(send, { limit: "3" }))).toEqual(names);
    expect(namesOf(await queryAll(send, { limit: "7", batch_id: batchId }))).toEqual(names);
  });

  it("acknowledges nothing when a later segment fails, and shows each event once after the retry", async () => {
    const { send, kv, clock } = createTestGateway({ bodyLimitBytes });
    kv.failCalls("put", [4, 5, 6, 7], BROKEN);
    const first = await send(exportRequest("traces", large));
    await first.bytes();
    clock.nowMs += 2000;
    const second = await send(exportRequest("traces", large));

    expect([first.status, second.status]).toEqual([503, 200]);
    expect(namesOf(await queryAll(send, { limit: "6" })).toSorted()).toEqual(
      items.map((item) => item.name).toSorted(),
    );
  });

  it("comes back whole for its batch although only the failed first try has a record", async () => {
    const { send, kv, clock } = createTestGateway({ bodyLimitBytes });
    kv.failCalls("put", [2, 3, 4, 5], BROKEN);
    const first = await send(exportRequest("traces", large));
    await first.bytes();
    kv.failKeys("put", "batch:", TOO_MANY);
    clock.nowMs += 500;
    const second = await send(exportRequest("traces", large));
    const batchId = second.headers.get("batch-id") ?? "";
    const events = await queryAll(send, { batch_id: batchId });

    expect([first.status, second.status]).toEqual([503, 200]);
    expect(namesOf(events).toSorted()).toEqual(items.map((item) => item.name).toSorted());
  });
});
