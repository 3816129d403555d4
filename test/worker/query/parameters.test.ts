import { describe, expect, it } from "vitest";

import { type Params, queryPage, readJson } from "../../support/api-client.ts";
import { exportRequest, plainRequest } from "../../support/otlp-requests.ts";
import {
  RETENTION_SECONDS,
  START_MS,
  type TestGateway,
  createTestGateway,
} from "../../support/test-gateway.ts";

function ask({ send }: TestGateway, params: Params): Promise<Response> {
  return send(plainRequest(`/api/telemetry/query?${new URLSearchParams(params).toString()}`));
}

async function gatewayWithSpans(count: number): Promise<TestGateway> {
  const gateway = createTestGateway();
  const items = Array.from({ length: count }, (_none, index) => ({
    name: `span-${index}`,
    timeMs: START_MS,
  }));
  await gateway.send(exportRequest("traces", { encoding: "protobuf", items }));
  return gateway;
}

describe("GET /api/telemetry/query", () => {
  it("answers an empty page that is complete, and what that took, when there is nothing", async () => {
    const response = await ask(createTestGateway(), {});

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      count: 0,
      limit: 100,
      retention_seconds: RETENTION_SECONDS,
      events: [],
      next_cursor: null,
      complete: true,
      stopped_by: null,
      scanned: { lists: 4, reads: 0, segments: 0, pruned: 0, bytes: 0, events: 0 },
    });
  });

  it("gives 100 events unless told otherwise", async () => {
    const gateway = await gatewayWithSpans(120);

    expect(await queryPage(gateway.send)).toMatchObject({ count: 100, complete: false });
  });

  it.each([1, 119, 120, 1000])("gives at most limit=%d events", async (limit) => {
    const gateway = await gatewayWithSpans(120);
    const { count } = await queryPage(gateway.send, { limit: String(limit) });

    expect(count).toBe(Math.min(limit, 120));
  });
});

describe("a parameter given twice", () => {
  it("is refused where one would be ignored, and any will do where both count", async () => {
    const gateway = createTestGateway();
    const refused = await gateway.send(plainRequest("/api/telemetry/query?limit=1&limit=2"));
    const taken = await gateway.send(plainRequest("/api/telemetry/query?name=a&name=b"));

    expect(refused.status).toBe(400);
    expect(await readJson(refused)).toEqual({
      error: 'Cannot read parameter "limit": it is given more than once',
      param: "limit",
    });
    expect(taken.status).toBe(200);
  });
});

/** That many batches, as parameters. */
function batches(count: number): string {
  return Array.from({ length: count }, (_none, index) => `batch_id=${index}`).join("&");
}

describe("batch_id", () => {
  it.each([
    ["empty", "batch_id="],
    ["longer than a key", `batch_id=${"a".repeat(600)}`],
    ["longer than a batch id", `batch_id=${"a".repeat(257)}`],
    ["with a space", "batch_id=a%20b"],
    ["one of them not ASCII", "batch_id=a&batch_id=%C3%A9"],
  ])("is refused when it cannot be one: %s", async (_why, search) => {
    const response = await createTestGateway().send(plainRequest(`/api/telemetry/query?${search}`));

    expect(response.status).toBe(400);
    expect(await readJson(response)).toEqual({
      error: 'Cannot read parameter "batch_id": a batch id is 1 to 256 printable ASCII characters',
      param: "batch_id",
    });
  });

  it("may be given 50 times, each one once", async () => {
    const { send } = createTestGateway();
    const taken = await send(plainRequest(`/api/telemetry/query?${batches(50)}&batch_id=49`));
    const refused = await send(plainRequest(`/api/telemetry/query?${batches(51)}`));

    expect(taken.status).toBe(200);
    expect(refused.status).toBe(400);
    expect(await readJson(refused)).toEqual({
      error:
        'Cannot read parameter "batch_id": 51 batches are more than 50; ask for some of them at a time',
      param: "batch_id",
    });
  });
});

describe("methods", () => {
  it.each(["/api/telemetry/query", "/api/telemetry/services", "/health", "/install"])(
    "answer HEAD %s as GET without a body, and refuse others with what is allowed",
    async (path) => {
      const { send } = createTestGateway();
      const { headers, url } = plainRequest(path);
      const [get, head, wrong] = await Promise.all(
        ["GET", "HEAD", "DELETE"].map((method) => send(new Request(url, { method, headers }))),
      );

      expect(head?.status).toBe(get?.status);
      expect(head?.headers.get("content-type")).toBe(get?.headers.get("content-type"));
      expect(await head?.text()).toBe("");
      expect(wrong?.status).toBe(405);
      expect(wrong?.headers.get("allow")).toBe("GET");
    },
  );
});

describe("a parameter that makes no sense", () => {
  it.each([
    ["limit", "0"],
    ["limit", "1001"],
    ["limit", "-1"],
    ["limit", "1.5"],
    ["limit", "ten"],
    ["limit", ""],
    ["start", "yesterday"],
    ["start", ""],
    ["start", "2026-13-01T00:00:00Z"],
    ["start", "2026-11-24"],
    ["start", "2026-11-24T10:00:00"],
    ["start", "-15"],
    ["start", "15m"],
    ["start", "17900000000000"],
    ["end", "1e12"],
    ["end", "-1w"],
    ["signal", "spans"],
    ["signal", ""],
    ["level", "loud"],
    ["trace_id", "abc"],
    ["trace_id", "g".repeat(32)],
    ["cursor", "nonsense"],
    ["cursor", ""],
    ["cursor", btoa("[1,2]")],
    ["cursor", btoa('[2,1,"k",0,0,0,"f"]')],
    ["cursor", btoa('[1,-1,"k",0,0,0,"f"]')],
    ["servise", "api"],
  ])("is named in a 400: %s=%s", async (name, value) => {
    const gateway = createTestGateway();
    const response = await ask(gateway, { [name]: value });
    const { error, param } = await readJson(response);

    expect(response.status).toBe(400);
    expect(param).toBe(name);
    expect(error).toMatch(new RegExp(`^Cannot (read|use) parameter "${name}"`));
    expect(gateway.kv.counts).toMatchObject({ list: 0, get: 0 });
  });

  it("is a cursor with other filters than it was made for", async () => {
    const gateway = await gatewayWithSpans(3);
    const { nextCursor = "" } = await queryPage(gateway.send, { limit: "1", signal: "traces" });

    for (const other of [{}, { signal: "logs" }, { signal: "traces", service: "api" }]) {
      const response = await ask(gateway, { ...other, cursor: nextCursor });

      expect(response.status).toBe(400);
      expect(await readJson(response)).toMatchObject({ param: "cursor" });
    }
  });

  it("is not a cursor with another limit", async () => {
    const gateway = await gatewayWithSpans(4);
    const { nextCursor = "" } = await queryPage(gateway.send, { limit: "1" });

    expect(await queryPage(gateway.send, { limit: "2", cursor: nextCursor })).toMatchObject({
      count: 2,
    });
  });
});
