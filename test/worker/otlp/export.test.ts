import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

import { namesOf, queryAll } from "../../support/api-client.ts";
import { decodeSuccess } from "../../support/otlp-answers.ts";
import {
  ENCODINGS,
  MEDIA_TYPES,
  SIGNALS,
  bodyRequest,
  exportBody,
  exportRequest,
} from "../../support/otlp-requests.ts";
import { createTestGateway } from "../../support/test-gateway.ts";

const EVENT_TYPES = { traces: "span", metrics: "metric", logs: "log" } as const;
/** Every signal in every encoding, plain and compressed. */
const WAYS = SIGNALS.flatMap((signal) =>
  ENCODINGS.flatMap((encoding) =>
    [false, true].map((isGzip) => ({ signal, encoding, isGzip, coding: isGzip ? "gzip" : "none" })),
  ),
);

function send(request: Request): Promise<Response> {
  return exports.default.fetch(request);
}

function itemsNamed(...names: readonly string[]): readonly { name: string; timeMs: number }[] {
  const timeMs = Date.now();
  return names.map((name) => ({ name, timeMs }));
}

describe.each(WAYS)("POST /v1/$signal, $encoding, coding $coding", (way) => {
  const { signal, encoding, isGzip, coding } = way;

  it("answers 200, the type of the request and an empty message", async () => {
    const items = itemsNamed("answer");
    const response = await send(exportRequest(signal, { encoding, items }, { isGzip }));
    const body = await response.bytes();

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(MEDIA_TYPES[encoding]);
    expect(new TextDecoder().decode(body)).toBe(encoding === "json" ? "{}" : "");
    expect(decodeSuccess(signal, encoding, body)).toEqual({});
  });

  it("shows each event exactly once in a query, with the batch id of the answer", async () => {
    const service = `${signal}-${encoding}-${coding}`;
    const items = itemsNamed("first", "second").map((item) => ({ ...item, service }));
    const response = await send(exportRequest(signal, { encoding, items }, { isGzip }));
    const events = await queryAll(send, { service });

    expect(namesOf(events)).toEqual(["second", "first"]);
    expect(events.map((event) => event["event_type"])).toEqual(
      items.map(() => EVENT_TYPES[signal]),
    );
    expect(response.headers.get("batch-id")).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(new Set(events.map((event) => event["batch_id"]))).toEqual(
      new Set([response.headers.get("batch-id")]),
    );
  });
});

describe.each(SIGNALS)("POST %s without items", (signal) => {
  it.each(ENCODINGS)("answers 200, writes nothing and names no batch, %s", async (encoding) => {
    const { send: sendTo, kv } = createTestGateway();
    const response = await sendTo(exportRequest(signal, { encoding, items: [] }));

    expect(response.status).toBe(200);
    expect(new TextDecoder().decode(await response.bytes())).toBe(encoding === "json" ? "{}" : "");
    expect(response.headers.has("batch-id")).toBe(false);
    expect(kv.counts).toMatchObject({ put: 0, get: 0, list: 0 });
  });

  it("reads a body of no bytes as an empty protobuf message", async () => {
    const { send: sendTo, kv } = createTestGateway();
    const response = await sendTo(
      bodyRequest(`/v1/${signal}`, new Uint8Array(0), {
        headers: { "content-type": MEDIA_TYPES.protobuf, "content-length": "0" },
      }),
    );

    expect(response.status).toBe(200);
    expect(kv.counts.put).toBe(0);
  });
});

describe("paths that exporters build", () => {
  it.each(
    SIGNALS.flatMap((signal) =>
      [
        `/v1/${signal}`,
        `/v1/${signal}/`,
        `//v1/${signal}`,
        `/api/v1/${signal}`,
        `/api//v1/${signal}`,
        `/v1/otlp/v1/${signal}`,
        `/v1/${signal}/v1/${signal}`,
        `/a/b/c/v1/${signal}?key=value`,
      ].map((path) => ({ signal, path })),
    ),
  )("stores what is posted to $path", async ({ signal, path }) => {
    const { send: sendTo, kv } = createTestGateway();
    const items = itemsNamed("item");
    const response = await sendTo(exportRequest(signal, { encoding: "protobuf", items }, { path }));

    expect(response.status).toBe(200);
    expect(kv.entries.map(({ key }) => key.split(":")[0])).toEqual(["batch", signal]);
  });

  it("takes the last part of the path for the signal", async () => {
    const { send: sendTo, kv } = createTestGateway();
    const path = "/v1/traces/v1/logs";
    await sendTo(exportRequest("logs", { encoding: "json", items: itemsNamed("item") }, { path }));

    expect(kv.entries.map(({ key }) => key.split(":")[0])).toEqual(["batch", "logs"]);
  });
});

describe("Content-Type of a request", () => {
  it.each([
    { contentType: "application/x-protobuf", encoding: "protobuf" },
    { contentType: "application/protobuf", encoding: "protobuf" },
    { contentType: "APPLICATION/X-Protobuf", encoding: "protobuf" },
    { contentType: "application/x-protobuf; proto=Export", encoding: "protobuf" },
    { contentType: "application/x-protobuf, application/x-protobuf", encoding: "protobuf" },
    { contentType: "application/x-protobuf, application/protobuf", encoding: "protobuf" },
    { contentType: "application/json", encoding: "json" },
    { contentType: "Application/JSON", encoding: "json" },
    { contentType: "application/json; charset=utf-8", encoding: "json" },
    { contentType: "application/json;charset=UTF-8, application/json", encoding: "json" },
  ] as const)('takes "$contentType" for $encoding', async ({ contentType, encoding }) => {
    const { send: sendTo, kv } = createTestGateway();
    const response = await sendTo(
      exportRequest(
        "traces",
        { encoding, items: itemsNamed("item") },
        { headers: { "content-type": contentType } },
      ),
    );

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(MEDIA_TYPES[encoding]);
    expect(kv.counts.put).toBe(2);
  });
});

describe("Content-Encoding of a request", () => {
  it.each(["gzip", "GZIP", "x-gzip", " gzip "])('inflates "%s"', async (coding) => {
    const { send: sendTo, kv } = createTestGateway();
    const response = await sendTo(
      exportRequest(
        "logs",
        { encoding: "json", items: itemsNamed("item") },
        { isGzip: true, headers: { "content-encoding": coding } },
      ),
    );

    expect(response.status).toBe(200);
    expect(kv.counts.put).toBe(2);
  });

  it.each(["identity", ""])('reads "%s" as it is', async (coding) => {
    const { send: sendTo } = createTestGateway();
    const body = exportBody("logs", "json", itemsNamed("item"));
    const headers = { "content-type": "application/json", "content-encoding": coding };
    const response = await sendTo(bodyRequest("/v1/logs", body, { headers }));

    expect(response.status).toBe(200);
  });

  it("compresses no answer that did not ask for it", async () => {
    const items = itemsNamed("item");
    const request = exportRequest("logs", { encoding: "json", items }, { isGzip: true });

    expect((await send(request)).headers.has("content-encoding")).toBe(false);
  });
});
