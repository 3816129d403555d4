import { describe, expect, it } from "vitest";

import { queryAll, readJson } from "../../support/api-client.ts";
import { bodyRequest, plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";
import { spanIdOf, spansRequest, traceIdOf } from "../../support/trace-spans.ts";

const SPANS = 7;

async function gatewayWithSpans(count = SPANS): Promise<TestGateway> {
  const gateway = createTestGateway();
  for (let index = 0; index < count; index += 1) {
    gateway.clock.nowMs += 1000;
    await gateway.send(
      spansRequest([
        {
          name: `span-${index}`,
          service: "shop",
          traceId: traceIdOf(1),
          spanId: spanIdOf(index),
          startMs: START_MS,
          durationMs: 5,
          attributes: { note: '=HYPERLINK("evil"), "quoted"' },
        },
      ]),
    );
  }
  return gateway;
}

function ask({ send }: TestGateway, path: string): Promise<Response> {
  return send(plainRequest(path));
}

describe("format=ndjson", () => {
  it("streams one event a line, as stored, and ends with what the answer says about itself", async () => {
    const gateway = await gatewayWithSpans();
    const response = await ask(gateway, "/api/telemetry/query?format=ndjson");
    const lines = (await response.text()).split("\n");
    const stored = gateway.kv.entries
      .filter(({ key }) => key.startsWith("traces:"))
      .map(({ text }) => text.trim());

    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    expect(lines.slice(0, SPANS)).toEqual(stored.toReversed());
    expect(JSON.parse(lines[SPANS] ?? "")).toMatchObject({
      _meta: { count: SPANS, complete: true, next_cursor: null, scanned: { segments: SPANS } },
    });
    expect(lines.slice(SPANS + 1)).toEqual([""]);
  });

  it("goes on from its cursor, in this format or another", async () => {
    const gateway = await gatewayWithSpans();
    const first = await ask(gateway, "/api/telemetry/query?format=ndjson&limit=3");
    const last = (await first.text()).trim().split("\n").at(-1) ?? "";
    const parsed: unknown = JSON.parse(last);

    expect(parsed).toMatchObject({ _meta: { count: 3, complete: false, stopped_by: "limit" } });
    const cursor = /"next_cursor":"([^"]+)"/.exec(last)?.[1] ?? "";
    expect(await queryAll(gateway.send, { cursor })).toHaveLength(SPANS - 3);
  });

  it("is a 503 when the first read fails, and says so in the last line when a later one does", async () => {
    const gateway = await gatewayWithSpans(200);
    gateway.kv.failCalls("getBulk", [1, 2, 3, 4], "KV GET_BULK failed: 500 Internal Server Error");
    const refused = await ask(
      gateway,
      "/api/telemetry/query?format=ndjson&name=span-1&name=span-199",
    );
    gateway.kv.heal();
    gateway.kv.resetCounts();
    gateway.kv.failCalls("getBulk", [2, 3, 4, 5], "KV GET_BULK failed: 500 Internal Server Error");
    const broken = await ask(gateway, "/api/telemetry/query?format=ndjson&q=span-&limit=1000");
    const lines = (await broken.text()).trim().split("\n");

    expect(refused.status).toBe(503);
    expect(broken.status).toBe(200);
    expect(lines.length).toBeGreaterThan(5);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      _meta: { count: lines.length - 1, complete: false, error: /Cannot read on/ },
    });
  });
});

describe("format=csv", () => {
  it("is a table that no spreadsheet runs", async () => {
    const gateway = await gatewayWithSpans(1);
    const response = await ask(
      gateway,
      "/api/telemetry/query?format=csv&fields=name,service,attr.note",
    );

    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="events.csv"');
    expect(await response.text()).toBe(
      `name,service,attr.note\r\nspan-0,shop,"'=HYPERLINK(""evil""), ""quoted"""\r\n`,
    );
  });

  it("tells in a Link header where the next page is", async () => {
    const gateway = await gatewayWithSpans();
    const first = await ask(gateway, "/api/telemetry/query?format=csv&fields=name&limit=4");
    const link = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const second = await ask(gateway, link);

    expect(first.headers.get("pryx-complete")).toBe("false");
    expect((await first.text()).split("\r\n")).toEqual([
      "name",
      "span-6",
      "span-5",
      "span-4",
      "span-3",
      "",
    ]);
    expect((await second.text()).split("\r\n")).toEqual(["name", "span-2", "span-1", "span-0", ""]);
    expect(second.headers.get("pryx-complete")).toBe("true");
  });
});

describe("format=otlp and otlp-proto", () => {
  it.each([
    { format: "otlp", contentType: "application/json" },
    { format: "otlp-proto", contentType: "application/x-protobuf" },
  ])("$format is an export request: sent to a gateway, it gives the same events", async (row) => {
    const gateway = await gatewayWithSpans();
    const response = await ask(gateway, `/api/telemetry/query?signal=traces&format=${row.format}`);
    const other = createTestGateway();
    const body = new Uint8Array(await response.arrayBuffer());
    const taken = await other.send(
      bodyRequest("/v1/traces", body, { headers: { "content-type": row.contentType } }),
    );

    expect(response.headers.get("content-type")).toBe(row.contentType);
    expect(taken.status).toBe(200);
    expect((await queryAll(other.send)).map(({ data }) => data)).toEqual(
      (await queryAll(gateway.send)).map(({ data }) => data).toReversed(),
    );
  });

  it("exports a whole trace", async () => {
    const gateway = await gatewayWithSpans();
    const response = await ask(gateway, `/api/telemetry/traces/${traceIdOf(1)}?format=otlp`);

    expect(response.headers.get("content-disposition")).toBe(
      `attachment; filename="${traceIdOf(1)}.otlp.json"`,
    );
    expect(JSON.stringify(await response.json()).match(/"spanId"/g)).toHaveLength(SPANS);
  });

  it.each(["", "&signal=telemetry", "&signal=traces&signal=logs"])(
    "asks for one signal: %j",
    async (signals) => {
      const response = await ask(createTestGateway(), `/api/telemetry/query?format=otlp${signals}`);

      expect(response.status).toBe(400);
      expect(await readJson(response)).toMatchObject({ param: "format" });
    },
  );
});

describe("parameters of formats", () => {
  it.each([
    ["format=xml", "format"],
    ["format=", "format"],
    ["fields=name", "fields"],
  ])("refuses %s", async (query, param) => {
    const response = await ask(createTestGateway(), `/api/telemetry/query?${query}`);

    expect(response.status).toBe(400);
    expect(await readJson(response)).toMatchObject({ param });
  });
});
