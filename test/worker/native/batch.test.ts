import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

import { queryAll, queryPages, readJson } from "../../support/api-client.ts";
import { bodyRequest, exportRequest, plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";

function sendBatch({ send }: Pick<TestGateway, "send">, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return send(bodyRequest("/api/telemetry/batch", JSON.stringify(body), { headers }));
}

function sendToWorkerd(request: Request): Promise<Response> {
  return exports.default.fetch(request);
}

function readBatch({ send }: TestGateway, batchId: string): Promise<Response> {
  return send(plainRequest(`/api/telemetry/batch/${encodeURIComponent(batchId)}`));
}

function eventsOf(count: number): readonly unknown[] {
  return Array.from({ length: count }, (_none, index) => ({ event_type: "n", data: { index } }));
}

describe("POST /api/telemetry/batch", () => {
  it("stores the events under a generated id of 16 letters and digits", async () => {
    const gateway = createTestGateway();
    const response = await sendBatch(gateway, { events: eventsOf(2) });
    const answer = await readJson(response);
    const batchId = String(answer["batch_id"]);

    expect(response.status).toBe(200);
    expect(answer).toEqual({
      batch_id: batchId,
      accepted: 2,
      rejected: 0,
      total: 2,
      timestamp: START_MS,
      status: "completed",
    });
    expect(batchId).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(await queryAll(gateway.send)).toEqual([
      { event_type: "n", data: { index: 1 }, received_at: START_MS, batch_id: batchId },
      { event_type: "n", data: { index: 0 }, received_at: START_MS, batch_id: batchId },
    ]);
  });

  it.each(["nightly-2026-11-24", "a", "x".repeat(256), "b/2:3?#%", "~!"])(
    "takes the id %s that it is given",
    async (batchId) => {
      const gateway = createTestGateway();
      const response = await sendBatch(gateway, { batch_id: batchId, events: eventsOf(1) });
      const status = await readBatch(gateway, batchId);

      expect(await readJson(response)).toMatchObject({ batch_id: batchId, status: "completed" });
      expect(await readJson(status)).toMatchObject({ batch_id: batchId, event_count: 1 });
    },
  );

  it.each(["", "x".repeat(257), "two words", "ümlaut", 5, {}])(
    "refuses %j as an id",
    async (batchId) => {
      const gateway = createTestGateway();
      const response = await sendBatch(gateway, { batch_id: batchId, events: eventsOf(1) });

      expect(response.status).toBe(400);
      expect(await readJson(response)).toEqual({
        error: "Invalid batch: batch_id must be 1 to 256 printable ASCII characters",
      });
      expect(gateway.kv.counts.put).toBe(0);
    },
  );

  it.each([1, 2, 1000])("takes %d events in 2 writes", async (count) => {
    const gateway = createTestGateway();
    const response = await sendBatch(gateway, { events: eventsOf(count) });

    expect(await readJson(response)).toMatchObject({ accepted: count, total: count });
    expect(gateway.kv.counts).toEqual({ put: 2, get: 0, getBulk: 0, list: 0, keysRead: 0 });
  });

  it("refuses more than 1,000 events with 400", async () => {
    const gateway = createTestGateway();
    const response = await sendBatch(gateway, { events: eventsOf(1001) });

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: "Batch too large: maximum 1000 events per batch",
    });
    expect(gateway.kv.counts.put).toBe(0);
  });

  it.each([{}, { events: [] }, { events: {} }, { events: null }, [], null, 5, "text"])(
    "refuses %j with 400, which is no list of events",
    async (body) => {
      const response = await sendBatch(createTestGateway(), body);

      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: "Invalid batch: events must be a non-empty array",
      });
    },
  );

  it("refuses what is not JSON with 400 Invalid JSON", async () => {
    const { send } = createTestGateway();
    const response = await send(bodyRequest("/api/telemetry/batch", "{"));

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: "Invalid JSON" });
  });

  it("rejects bad events alone and counts them", async () => {
    const gateway = createTestGateway();
    const response = await sendBatch(gateway, { batch_id: "b", events: [null, { data: 1 }, 5] });

    expect(await readJson(response)).toMatchObject({ accepted: 1, rejected: 2, total: 3 });
    expect(await readJson(await readBatch(gateway, "b"))).toMatchObject({
      event_count: 1,
      rejected_count: 2,
    });
  });

  it("answers 503 and leaves a record that says failed when KV takes no events", async () => {
    const gateway = createTestGateway();
    gateway.kv.failKeys("put", "telemetry:", "KV PUT failed: 500 Internal Server Error");
    const response = await sendBatch(gateway, { batch_id: "b", events: eventsOf(2) });

    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^[1-3]$/);
    expect(await readJson(await readBatch(gateway, "b"))).toMatchObject({
      status: "failed",
      event_count: 0,
      events: [],
    });
  });

  it("keeps concurrent batches apart", async () => {
    const gateway = createTestGateway();
    const ids = Array.from({ length: 20 }, (_none, index) => `batch-${index}`);
    await Promise.all(ids.map((id) => sendBatch(gateway, { batch_id: id, events: eventsOf(5) })));

    for (const id of ids) {
      const events = await queryAll(gateway.send, { batch_id: id });
      expect(events.map((event) => event["batch_id"])).toEqual([id, id, id, id, id]);
    }
  });

  it("gives 1,000 events back in pages, each once, on the real KV", async () => {
    await sendBatch({ send: sendToWorkerd }, { batch_id: "thousand", events: eventsOf(1000) });
    const pages = await queryPages(sendToWorkerd, { limit: "150" });
    const indexes = pages.flatMap(({ events }) => events.map((event) => event["data"]));

    expect(pages.map(({ count }) => count)).toEqual([150, 150, 150, 150, 150, 150, 100]);
    expect(indexes).toEqual(
      Array.from({ length: 1000 }, (_none, index) => ({ index: 999 - index })),
    );
  });
});

describe("GET /api/telemetry/batch/:batchId", () => {
  it("shows a native batch", async () => {
    const gateway = createTestGateway();
    await sendBatch(gateway, { batch_id: "b", events: eventsOf(3) });
    const response = await readBatch(gateway, "b");
    const [segment] = gateway.kv.entries.filter(({ key }) => key.startsWith("telemetry:"));

    expect(response.status).toBe(200);
    expect(await readJson(response)).toEqual({
      batch_id: "b",
      signal: "telemetry",
      event_count: 3,
      rejected_count: 0,
      timestamp: START_MS,
      status: "completed",
      events: [segment?.key],
    });
  });

  it("shows an OTLP batch by the id in the header of its answer", async () => {
    const gateway = createTestGateway();
    const items = [{ name: "item", timeMs: START_MS }];
    const exported = await gateway.send(exportRequest("metrics", { encoding: "json", items }));
    const batchId = exported.headers.get("batch-id") ?? "";

    expect(await readJson(await readBatch(gateway, batchId))).toMatchObject({
      batch_id: batchId,
      signal: "metrics",
      event_count: 1,
      status: "completed",
    });
  });

  it.each(["unknown", "two words", "ümlaut", "x".repeat(600)])(
    "answers 404 for the batch %s",
    async (batchId) => {
      const response = await readBatch(createTestGateway(), batchId);

      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ error: "Batch not found" });
    },
  );

  it("answers 404 when the id is not encoded properly", async () => {
    const { send } = createTestGateway();
    const response = await send(plainRequest("/api/telemetry/batch/%E0%A4%A"));

    expect(response.status).toBe(404);
  });

  it("answers 503 when KV cannot be read: that is not the same as unknown", async () => {
    const gateway = createTestGateway();
    gateway.kv.failKeys("get", "batch:", "KV GET failed: 500 Internal Server Error");
    const response = await readBatch(gateway, "b");

    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^[1-3]$/);
  });
});
