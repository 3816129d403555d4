import { beforeAll, describe, expect, it } from "vitest";

import { type JsonObject, readJson } from "../../support/api-client.ts";
import { bodyRequest, exportRequest, plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, createTestGateway } from "../../support/test-gateway.ts";
import { spanIdOf, spansRequest, traceIdOf } from "../../support/trace-spans.ts";

const gateway = createTestGateway();

async function ask(path: string): Promise<JsonObject> {
  const response = await gateway.send(plainRequest(path));
  return { status: response.status, ...(await readJson(response)) };
}

beforeAll(async () => {
  for (let index = 0; index < 6; index += 1) {
    gateway.clock.nowMs += 1000;
    await gateway.send(
      spansRequest([
        {
          name: index % 2 === 0 ? "GET /" : "POST /pay",
          service: index < 4 ? "shop" : "bank",
          traceId: traceIdOf(index),
          spanId: spanIdOf(index),
          startMs: START_MS,
          durationMs: index,
          isError: index === 3,
          attributes: { "http.route": index % 2 === 0 ? "/" : "/pay", "user.tier": "gold" },
        },
      ]),
    );
  }
  gateway.clock.nowMs += 1000;
  await gateway.send(
    exportRequest("logs", {
      encoding: "json",
      items: [{ name: "started", service: "bank", timeMs: START_MS, severity: 9 }],
    }),
  );
  gateway.clock.nowMs += 1000;
  await gateway.send(
    bodyRequest(
      "/api/telemetry/ingest",
      JSON.stringify({ event_type: "tool.call", data: { service: "cli", tool_name: "shell" } }),
    ),
  );
});

describe("GET /api/telemetry/services", () => {
  it("names the services, their signals and when they were last heard of, without a read", async () => {
    expect(await ask("/api/telemetry/services")).toMatchObject({
      status: 200,
      services: [
        { name: "bank", signals: ["logs", "traces"], last_seen: START_MS + 7000 },
        { name: "cli", signals: ["telemetry"], last_seen: START_MS + 8000 },
        { name: "shop", signals: ["traces"], last_seen: START_MS + 4000 },
      ],
      complete: true,
      scanned: { reads: 0, segments: 0, pruned: 8 },
    });
  });

  it("keeps to a range and to a signal", async () => {
    const { services } = await ask(
      `/api/telemetry/services?signal=traces&start=${START_MS + 5000}&end=${START_MS + 9000}`,
    );

    expect(services).toEqual([{ name: "bank", signals: ["traces"], last_seen: START_MS + 6000 }]);
  });

  it("reads the segments whose summaries do not know", async () => {
    const other = createTestGateway();
    await other.kv.namespace.put(
      `telemetry:${START_MS}:AAAAAAAA`,
      `{"event_type":"x","data":{"service":"hidden"},"received_at":${START_MS}}\n`,
    );
    const answer = await readJson(await other.send(plainRequest("/api/telemetry/services")));

    expect(answer).toMatchObject({ services: [{ name: "hidden" }], scanned: { segments: 1 } });
  });

  it("refuses filters, which it could not answer from summaries", async () => {
    expect(await ask("/api/telemetry/services?name=x")).toMatchObject({
      status: 400,
      param: "name",
    });
  });
});

describe("GET /api/telemetry/operations", () => {
  it("counts spans and errors by service, name and kind", async () => {
    const { operations, complete } = await ask("/api/telemetry/operations");

    expect(operations).toEqual([
      {
        service: "shop",
        name: "POST /pay",
        kind: "server",
        span_count: 2,
        error_count: 1,
        last_seen: START_MS + 4000,
      },
      {
        service: "shop",
        name: "GET /",
        kind: "server",
        span_count: 2,
        error_count: 0,
        last_seen: START_MS + 3000,
      },
      {
        service: "bank",
        name: "POST /pay",
        kind: "server",
        span_count: 1,
        error_count: 0,
        last_seen: START_MS + 6000,
      },
      {
        service: "bank",
        name: "GET /",
        kind: "server",
        span_count: 1,
        error_count: 0,
        last_seen: START_MS + 5000,
      },
    ]);
    expect(complete).toBe(true);
  });

  it("takes filters", async () => {
    const { operations } = await ask("/api/telemetry/operations?service=bank&name=GET%20/");

    expect(operations).toMatchObject([{ service: "bank", name: "GET /" }]);
  });
});

describe("GET /api/telemetry/fields", () => {
  it("names fields as filters call them, with their types and how many events have them", async () => {
    const { fields } = await ask("/api/telemetry/fields?signal=traces");

    expect(fields).toEqual(
      expect.arrayContaining([
        { name: "service", types: ["string"], event_count: 6 },
        { name: "duration", types: ["number"], event_count: 6 },
        { name: "span.http.route", types: ["string"], event_count: 6 },
        { name: "resource.service.name", types: ["string"], event_count: 6 },
      ]),
    );
  });

  it("names the members of native events", async () => {
    const { fields } = await ask("/api/telemetry/fields?signal=telemetry");

    expect(fields).toEqual(
      expect.arrayContaining([{ name: ".tool_name", types: ["string"], event_count: 1 }]),
    );
  });

  it("looks at the newest events only, as many as limit says, and says so", async () => {
    expect(await ask("/api/telemetry/fields?signal=traces&limit=2")).toMatchObject({
      complete: false,
      stopped_by: "limit",
      scanned: { events: 2 },
    });
  });
});

describe("GET /api/telemetry/fields/:name/values", () => {
  it.each([
    [
      "service",
      [
        ["shop", 4],
        ["bank", 2],
      ],
    ],
    [
      "span.http.route",
      [
        ["/pay", 3],
        ["/", 3],
      ],
    ],
    [
      "http.route",
      [
        ["/pay", 3],
        ["/", 3],
      ],
    ],
    [
      "status",
      [
        ["unset", 5],
        ["error", 1],
      ],
    ],
    ["span.nowhere", []],
  ])("counts the values of %s", async (name, expected) => {
    const { values } = await ask(
      `/api/telemetry/fields/${encodeURIComponent(name)}/values?signal=traces`,
    );

    expect(values).toEqual(expected.map(([value, event_count]) => ({ value, event_count })));
  });

  it("takes filters", async () => {
    const { values } = await ask(
      `/api/telemetry/fields/name/values?filter=${encodeURIComponent('service="bank" && duration>4ms')}`,
    );

    expect(values).toEqual([{ value: "POST /pay", event_count: 1 }]);
  });

  it("refuses what is no field", async () => {
    expect(await ask("/api/telemetry/fields/nothing/values")).toMatchObject({
      status: 400,
      param: "field",
    });
  });
});
