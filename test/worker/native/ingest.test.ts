import { describe, expect, it } from "vitest";

import { type JsonObject, queryAll, readJson } from "../../support/api-client.ts";
import { bodyRequest, plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";

const PATH = "/api/telemetry/ingest";
const KEY = /^telemetry:\d{13}:[A-Za-z0-9]{8}$/;

function ingest({ send }: TestGateway, events: unknown): Promise<Response> {
  return ingestText(send, JSON.stringify(events));
}

function ingestText(send: TestGateway["send"], text: string, isGzip = false): Promise<Response> {
  return send(bodyRequest(PATH, text, { isGzip, headers: { "content-type": "application/json" } }));
}

function eventsNamed(count: number): readonly JsonObject[] {
  return Array.from({ length: count }, (_none, index) => ({
    event_type: "tool.call",
    data: { index },
  }));
}

describe("POST /api/telemetry/ingest", () => {
  it("stores one event", async () => {
    const gateway = createTestGateway();
    const response = await ingest(gateway, { event_type: "tool.call", data: { tool: "shell" } });
    const key = gateway.kv.entries[0]?.key;

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({
      accepted: 1,
      total: 1,
      timestamp: START_MS,
      results: [{ success: true, key }],
    });
    expect(key).toMatch(KEY);
  });

  it("keeps event_type, data and every other member as sent, and adds received_at", async () => {
    const gateway = createTestGateway();
    const event = {
      event_type: "tool.call",
      data: { tool: "shell", args: ["ls", null, 1.5, { "": true }], text: "grüße 🚀" },
      session_id: "s1",
      level: "warn",
      received_at: "mine",
      batch_id: "mine",
    };
    await ingest(gateway, event);
    const { batch_id: _batch, ...kept } = event;

    expect(await queryAll(gateway.send)).toEqual([{ ...kept, received_at: START_MS }]);
  });

  it("stores exactly the event's JSON for one event", async () => {
    const gateway = createTestGateway();
    await ingest(gateway, { event_type: "a", data: 1 });

    expect(gateway.kv.entries.map(({ text }) => text)).toEqual([
      `{"event_type":"a","data":1,"received_at":${START_MS}}\n`,
    ]);
  });

  it("stores a list in one write and reports on each event up to 10", async () => {
    const gateway = createTestGateway();
    const response = await readJson(await ingest(gateway, eventsNamed(10)));

    expect(response).toMatchObject({ accepted: 10, total: 10 });
    expect(response["results"]).toHaveLength(10);
    expect(gateway.kv.counts).toMatchObject({ put: 1, get: 0, list: 0 });
  });

  it.each([11, 100])("reports on no single event of %d", async (count) => {
    const gateway = createTestGateway();
    const response = await ingest(gateway, eventsNamed(count));

    expect(await response.json()).toEqual({ accepted: count, total: count, timestamp: START_MS });
    expect(await queryAll(gateway.send)).toHaveLength(count);
  });

  it("rejects a bad element alone", async () => {
    const gateway = createTestGateway();
    const response = await ingest(gateway, [null, { data: 1 }, "text", [], { event_type: 5 }]);
    const notAnObject = { success: false, error: "Invalid event: it must be a JSON object" };

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      accepted: 1,
      total: 5,
      timestamp: START_MS,
      results: [
        notAnObject,
        { success: true, key: gateway.kv.entries[0]?.key },
        notAnObject,
        notAnObject,
        {
          success: false,
          error: 'Invalid event: "event_type" must be a non-empty string',
        },
      ],
    });
  });

  it("writes nothing when every element is bad", async () => {
    const gateway = createTestGateway();
    const response = await ingest(gateway, [null]);

    expect(await readJson(response)).toMatchObject({ accepted: 0, total: 1 });
    expect(gateway.kv.counts.put).toBe(0);
  });

  it("refuses an empty list with 400", async () => {
    const response = await ingest(createTestGateway(), []);

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: "No events provided" });
  });

  it.each(["", "{", "{'a':1}", "not json", "{}{}", "[1,]", "\u0000"])(
    "refuses %j with 400 Invalid JSON",
    async (text) => {
      const response = await ingestText(createTestGateway().send, text);

      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: "Invalid JSON" });
    },
  );

  it.each(["12345678901234567890", "1.10", "1e400", "-0", "0.1e-7", "123456789012345678.90"])(
    "keeps the digits of %s",
    async (digits) => {
      const { send } = createTestGateway();
      await ingestText(send, `{"event_type":"n","data":{"value":${digits}}}`);
      const answer = await send(plainRequest("/api/telemetry/query"));

      expect(await answer.text()).toContain(
        `{"event_type":"n","data":{"value":${digits}},"received_at":${START_MS}}`,
      );
    },
  );

  it("reads a compressed body", async () => {
    const { send } = createTestGateway();
    const response = await ingestText(send, '{"event_type":"a"}', true);

    expect(response.status).toBe(200);
    expect(await queryAll(send)).toEqual([{ event_type: "a", received_at: START_MS }]);
  });

  it("keeps a member named __proto__", async () => {
    const { send } = createTestGateway();
    await ingestText(send, '{"event_type":"a","data":{"__proto__":{"x":1}}}');
    const answer = await send(plainRequest("/api/telemetry/query"));

    expect(await answer.text()).toContain('"data":{"__proto__":{"x":1}}');
  });

  it("answers 503 with Retry-After, and stores nothing, when KV fails", async () => {
    const gateway = createTestGateway();
    gateway.kv.failKeys("put", "telemetry:", "KV PUT failed: 500 Internal Server Error");
    const response = await ingest(gateway, { event_type: "a" });

    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^[1-3]$/);
    expect(await readJson(response)).toEqual({
      error: "Cannot store the events right now: send them again",
    });
  });

  it("keeps 100 concurrent requests apart", async () => {
    const gateway = createTestGateway();
    const responses = await Promise.all(eventsNamed(100).map((event) => ingest(gateway, event)));
    const indexes = (await queryAll(gateway.send)).map((event) => JSON.stringify(event["data"]));

    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(gateway.kv.entries.map(({ key }) => key)).size).toBe(100);
    expect(new Set(indexes).size).toBe(100);
  });

  it("stores the same event as often as it is sent: each request stands for itself", async () => {
    const gateway = createTestGateway();
    await ingest(gateway, { event_type: "a" });
    await ingest(gateway, { event_type: "a" });

    expect(await queryAll(gateway.send)).toHaveLength(2);
  });
});

describe("access to the API", () => {
  const routes = [
    { method: "POST", path: "/api/telemetry/ingest" },
    { method: "POST", path: "/api/telemetry/batch" },
    { method: "GET", path: "/api/telemetry/batch/some" },
    { method: "GET", path: "/api/telemetry/query" },
  ];

  it.each(routes)("is refused without the token: $method $path", async ({ method, path }) => {
    const { send, kv } = createTestGateway();
    for (const authorization of [null, "Bearer", "Bearer wrong"]) {
      const response = await send(plainRequest(path, { method, headers: { authorization } }));

      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer /);
      expect(await readJson(response)).toMatchObject({
        error: expect.stringMatching(/^Cannot authenticate/) as unknown,
      });
    }
    expect(kv.counts).toMatchObject({ put: 0, get: 0, list: 0 });
  });

  it.each(routes)("is refused with another method: $path", async ({ method, path }) => {
    const { send } = createTestGateway();
    const response = await send(plainRequest(path, { method: "DELETE" }));

    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(method);
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  it("is not needed for /health, under any prefix, and /install", async () => {
    const { send } = createTestGateway();
    for (const path of ["/health", "/api/health", "/v1/otlp/health"]) {
      const response = await send(plainRequest(path, { headers: { authorization: null } }));

      expect(response.status).toBe(200);
      expect(await readJson(response)).toMatchObject({ status: "ok" });
    }
    const install = await send(plainRequest("/install", { headers: { authorization: null } }));

    expect(install.status).toBe(302);
    expect(install.headers.get("location")).toBe("https://example.test/install.sh");
  });

  it("ends at unknown paths with a JSON 404", async () => {
    const { send } = createTestGateway();
    const response = await send(plainRequest("/api/telemetry/unknown"));

    expect(response.status).toBe(404);
    expect(Object.keys(await readJson(response))).toEqual(["error"]);
  });
});
