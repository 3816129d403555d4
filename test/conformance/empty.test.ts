/** Empty requests, and bodies that are something else than an export of their path. */
import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { ENCODINGS, SIGNALS, exportBody } from "../support/otlp-requests.ts";
import {
  GOOD_SPAN,
  WAYS,
  jsonExport,
  post,
  statusOf,
  storeJson,
  uniqueName,
} from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();
const ITEMS = [{ name: "a name", timeMs: 1_790_000_000_000 }];
const JSON_TRACES = { signal: "traces", encoding: "json" } as const;

describe("nothing to store", () => {
  it.each(WAYS)("[SPEC:571] no resources, $signal $encoding", async (way) => {
    const answer = await post(gateway, way, exportBody(way.signal, way.encoding, []));

    expect(answer.status).toBe(200);
    expect(answer.text).toBe(way.encoding === "json" ? "{}" : "");
    expect(answer.headers["batch-id"]).toBeUndefined();
  });

  it.each(SIGNALS)("[SPEC:571] protobuf of 0 bytes, %s", async (signal) => {
    for (const isChunked of [false, true]) {
      const answer = await post(gateway, { signal, encoding: "protobuf" }, "", { isChunked });

      expect(answer.status).toBe(200);
      expect(answer.body).toHaveLength(0);
    }
  });

  it.each(["{}", '{"resourceSpans":[]}', '{"resourceSpans":null}', '{"resourceSpans":[{}]}'])(
    "[SPEC:571] JSON %s",
    async (body) => {
      expect((await post(gateway, JSON_TRACES, body)).status).toBe(200);
    },
  );

  it.each(["", " ", "null", "[]", "5", '"x"', "{} trailing", '{"a":NaN}'])(
    '[EMPTY json] "%s" is 400',
    async (body) => {
      const answer = await post(gateway, JSON_TRACES, body);

      expect(answer.status).toBe(400);
      expect(statusOf(answer, "json").code).toBe(3);
    },
  );

  it.each(SIGNALS)("[EMPTY not-otlp] %s", async (signal) => {
    const answer = await post(gateway, { signal, encoding: "json" }, '{"foo":1}');

    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(
      /^\{"partialSuccess":\{"errorMessage":"1 x no resource\w+ in the request; is this OTLP/,
    );
  });
});

describe("a payload on the wrong path", () => {
  const pairs = SIGNALS.flatMap((sent) =>
    SIGNALS.filter((path) => path !== sent).flatMap((path) =>
      ENCODINGS.map((encoding) => ({ sent, path, encoding })),
    ),
  );

  it.each(pairs)("[HINT signal] $sent posted as $path, $encoding", async (pair) => {
    const body = exportBody(pair.sent, pair.encoding, ITEMS);
    const answer = await post(gateway, { signal: pair.path, encoding: pair.encoding }, body);

    expect(answer.status).toBe(400);
    expect(statusOf(answer, pair.encoding).message).toContain(
      `payload looks like ${pair.sent}; POST to /v1/${pair.sent}`,
    );
  });

  it("[HINT signal] metrics whose names are as long as a trace id", async () => {
    const body = exportBody("metrics", "protobuf", [{ name: "sixteen letters!", timeMs: 1 }]);
    const answer = await post(gateway, { signal: "traces", encoding: "protobuf" }, body);

    expect(answer.status).toBe(400);
    expect(statusOf(answer, "protobuf").message).toContain("payload looks like metrics");
  });

  it.each([
    ["protobuf", exportBody("logs", "json", ITEMS), "Content-Type: application/json"],
    ["json", exportBody("logs", "protobuf", ITEMS), "Content-Type: application/x-protobuf"],
    ["protobuf", Uint8Array.from(gzipSync("x")), "Content-Encoding: gzip"],
    ["json", Uint8Array.from(gzipSync("x")), "Content-Encoding: gzip"],
  ] as const)("[HINT encoding] as %s, remedy %#", async (encoding, body, remedy) => {
    const answer = await post(gateway, { signal: "logs", encoding }, body);

    expect(answer.status).toBe(400);
    expect(statusOf(answer, encoding).message).toContain(remedy);
  });

  it("[HINT legacy] instrumentationLibrarySpans", async () => {
    const body = '{"resourceSpans":[{"instrumentationLibrarySpans":[{"spans":[]}]}]}';
    const answer = await post(gateway, JSON_TRACES, body);

    expect(answer.status).toBe(200);
    expect(answer.text).toContain("instrumentationLibrarySpans was ignored");
  });

  it.each([
    ["attributes as an object", `{${GOOD_SPAN},"attributes":{"a":1}}`, '"key": "..."'],
    [
      "a date",
      '{"traceId":"","startTimeUnixNano":"2026-11-25T00:00:00Z"}',
      "nanoseconds since 1970",
    ],
    [
      "a base64 id",
      '{"traceId":"W47/+XmAOBA9Jp0mm4E/xg==","spanId":"7uGbfsPBsXQ="}',
      "look like base64",
    ],
    [
      "a Long object",
      `{${GOOD_SPAN},"attributes":[{"key":"a","value":{"intValue":{"low":1,"high":0}}}]}`,
      "64-bit integer",
    ],
  ])("[HINT shape] %s", async (_title, span, hint) => {
    const answer = await post(gateway, JSON_TRACES, jsonExport("traces", "x", [span]));

    expect(answer.status).toBe(400);
    expect(statusOf(answer, "json").message).toContain(hint);
  });

  it("[HINT shape] attributes of a resource as an object", async () => {
    const body = '{"resourceSpans":[{"resource":{"attributes":{"a":"b"}}}]}';
    const answer = await post(gateway, JSON_TRACES, body);

    expect(answer.status).toBe(400);
    expect(statusOf(answer, "json").message).toContain('{"key": "...", "value"');
  });
});

describe("what the Pryx runtime posts", () => {
  it.each([
    [
      "logs",
      '{"timestamp":"2026-11-25T10:00:00Z","level":"error","message":"a \\u003c b","fields":{"n":12345678901234567890}}',
    ],
    [
      "traces",
      '{"trace_id":"1795474395038002536","span_id":"1","name":"llm.request","status":"ok"}',
    ],
    [
      "metrics",
      '{"name":"pryx.requests","value":1.0,"timestamp":"2026-11-25T10:00:00Z","type":"counter"}',
    ],
  ] as const)("[PRYX json] %s", async (signal, entry) => {
    const service = uniqueName();
    const list = signal === "traces" ? "spans" : signal;
    const body = `{"${list}":[${entry}],"service":"${service}"}`;
    const answer = await post(gateway, { signal, encoding: "json" }, body, {
      path: `/api/v1/${signal}`,
    });
    const events = await gateway.events({ service, signal: "telemetry" });

    expect(answer.status).toBe(200);
    expect(answer.text).toBe("{}");
    expect(answer.headers["batch-id"]).toMatch(/^[A-Za-z0-9]{16}$/);
    const data: unknown = JSON.parse(entry);

    expect(events).toHaveLength(1);
    expect(events[0]?.["data"]).toEqual(data);
    expect(events[0]).toMatchObject({
      event_type: `pryx.${list.slice(0, -1)}`,
      service,
    });
  });

  it("[PRYX json] entries that are no objects are rejected, all of them: 400", async () => {
    const way = { signal: "logs", encoding: "json" } as const;
    const some = await post(gateway, way, '{"service":"x","logs":[1,{"message":"kept"}]}');
    const all = await post(gateway, way, '{"service":"x","logs":[1]}');
    const none = await post(gateway, way, '{"service":"x","logs":[]}');

    expect(some.text).toContain('"rejectedLogRecords":"1"');
    expect(all.status).toBe(400);
    expect([none.status, none.text]).toEqual([200, "{}"]);
  });

  it("[PRYX json] and OTLP wins where both are there", async () => {
    const { stored } = await storeJson(gateway, "logs", ['{"timeUnixNano":"1"}']);

    expect(stored).toHaveLength(1);
  });
});
