/** OTLP/JSON: the mapping of proto3 JSON with OTLP's deviations, and what is taken beyond it. */
import { describe, expect, it } from "vitest";

import { GOOD_SPAN, jsonExport, post, storeJson } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();

/** What is stored of one span with further members. */
async function span(members: string): Promise<unknown> {
  const { stored } = await storeJson(gateway, "traces", [`{${GOOD_SPAN}${members}}`]);
  return stored[0];
}

/** What is stored of one attribute. */
async function attribute(value: string): Promise<unknown> {
  const { stored } = await storeJson(gateway, "logs", [
    `{"timeUnixNano":"1","attributes":[{"key":"a","value":${value}}]}`,
  ]);
  const [data] = stored;
  return typeof data === "object" && data !== null ? Reflect.get(data, "attributes") : undefined;
}

/** Whether a span is rejected for a member. */
async function isRejected(member: string): Promise<boolean> {
  const { answer } = await storeJson(gateway, "traces", [
    `{${GOOD_SPAN}}`,
    `{${GOOD_SPAN},${member}}`,
  ]);
  return answer.status === 200 && answer.text.includes('"rejectedSpans":"1"');
}

describe("members", () => {
  it("[OTLP-JSON names] snake_case reads like lowerCamelCase", async () => {
    const { stored } = await storeJson(gateway, "traces", [
      '{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","start_time_unix_nano":"5","dropped_links_count":3}',
    ]);

    expect(stored[0]).toMatchObject({ start_time_unix_nano: "5", dropped_links_count: 3 });
  });

  it.each(["1", "null", '"x"', "[[{}]]", '{"":{"":1}}', "true"])(
    "[OTLP-JSON unknown] %s",
    async (value) => {
      const unknown = `,"":${value},"unknown":${value},"status":{"code":2,"":${value},"new":${value}}`;
      const stored = await span(`${unknown},"name":"kept"`);

      expect(stored).toMatchObject({ name: "kept", status: { code: "error" } });
      expect(JSON.stringify(stored)).not.toContain("unknown");
    },
  );

  it("[OTLP-JSON defaults] a span of nothing but ids", async () => {
    const { answer, stored } = await storeJson(gateway, "traces", [`{${GOOD_SPAN}}`]);

    expect(answer.text).toBe("{}");
    expect(stored[0]).not.toHaveProperty("kind");
  });

  it("[OTLP-JSON oneof] the last of several members counts", async () => {
    expect(await attribute('{"intValue":1,"stringValue":"last"}')).toEqual({ a: "last" });
    expect(await attribute('{"stringValue":"last","intValue":null}')).toEqual({ a: "last" });
  });
});

describe("ids and bytes", () => {
  it.each(["5B8EFFF798038103D269B633813FC60C", "5b8eFFF798038103d269b633813fc60c"])(
    "[OTLP-JSON ids] %s",
    async (traceId) => {
      const { stored } = await storeJson(gateway, "traces", [
        `{"traceId":"${traceId}","spanId":"EEE19B7EC3C1B174","parentSpanId":"0000000000000000"}`,
      ]);

      expect(stored[0]).toMatchObject({
        trace_id: "5b8efff798038103d269b633813fc60c",
        span_id: "eee19b7ec3c1b174",
      });
      expect(stored[0]).not.toHaveProperty("parent_span_id");
    },
  );

  it.each(["5b8e", "zz8efff798038103d269b633813fc60c", "W47/+XmAOBA9Jp0mm4E/xg=="])(
    "[OTLP-JSON ids] %s costs the span, not the request",
    async (traceId) => {
      expect(await isRejected(`"traceId":"${traceId}"`)).toBe(true);
    },
  );

  it.each(["+/8B", "-_8B"])("[OTLP-JSON bytes] %s", async (text) => {
    expect(await attribute(`{"bytesValue":"${text}"}`)).toEqual({ a: { bytes_value: "+/8B" } });
  });

  it.each(["+w==", "+w", "-w==", "-w"])("[OTLP-JSON bytes] %s", async (text) => {
    expect(await attribute(`{"bytesValue":"${text}"}`)).toEqual({ a: { bytes_value: "+w==" } });
  });
});

describe("enums and numbers", () => {
  it.each(["3", '"3"', '"SPAN_KIND_CLIENT"'])("[OTLP-JSON enums] %s", async (kind) => {
    expect(await span(`,"kind":${kind}`)).toMatchObject({ kind: "client" });
  });

  it("[OTLP-JSON enums] an unknown number is kept, an unknown name is 0", async () => {
    expect(await span(',"kind":77')).toMatchObject({ kind: 77 });
    expect(await span(',"kind":"SPAN_KIND_NEW"')).not.toHaveProperty("kind");
  });

  it.each([
    ['"1700000000000000001"', "1700000000000000001"],
    ["1700000000000000001", "1700000000000000001"],
    ["1700000000000000001.0", "1700000000000000001"],
    ["17000000000000000010e-1", "1700000000000000001"],
    ["18446744073709551615", "18446744073709551615"],
    ['"18446744073709551615"', "18446744073709551615"],
    ["1e3", "1000"],
    ['"1.5e1"', "15"],
  ])("[OTLP-JSON int64] %s", async (token, text) => {
    expect(await span(`,"endTimeUnixNano":${token}`)).toMatchObject({ end_time_unix_nano: text });
  });

  it.each(["-1", "18446744073709551616", "1.5", '"x"', '""', "{}", '{"low":1,"high":0}'])(
    "[OTLP-JSON int64] %s costs the item",
    async (token) => {
      expect(await isRejected(`"endTimeUnixNano":${token}`)).toBe(true);
    },
  );

  it.each([
    ["9223372036854775807", { int_value: "9223372036854775807" }],
    ['"-9223372036854775808"', { int_value: "-9223372036854775808" }],
    ["-7", -7],
  ])("[OTLP-JSON int64] intValue %s", async (token, stored) => {
    expect(await attribute(`{"intValue":${token}}`)).toEqual({ a: stored });
  });

  it.each(["4294967296", "-1", "1.5", '"x"'])(
    "[OTLP-JSON int32] %s costs the item",
    async (token) => {
      expect(await isRejected(`"droppedLinksCount":${token}`)).toBe(true);
    },
  );

  it.each(["4294967295", '"4294967295"', "4294967295.0"])(
    "[OTLP-JSON int32] %s is the largest",
    async (token) => {
      expect(await span(`,"flags":${token}`)).toMatchObject({ flags: 4294967295 });
    },
  );

  it.each([
    ["0.1", 0.1],
    ['"0.1"', 0.1],
    ["1.7976931348623157e308", { double_value: 1.7976931348623157e308 }],
    ['"NaN"', { double_value: "NaN" }],
    ['"Infinity"', { double_value: "Infinity" }],
    ['"-Infinity"', { double_value: "-Infinity" }],
    ["0.12345678901234568", Number("0.12345678901234568")],
  ])("[OTLP-JSON double] %s", async (token, stored) => {
    expect(await attribute(`{"doubleValue":${token}}`)).toEqual({ a: stored });
  });

  it.each(['""', '"inf"', '"nan"', "true", '"0x1p3"'])(
    "[OTLP-JSON double] %s costs the item",
    async (token) => {
      expect(await isRejected(`"attributes":[{"key":"a","value":{"doubleValue":${token}}}]`)).toBe(
        true,
      );
    },
  );

  it("[OTLP-JSON bool] true and false, not their names", async () => {
    expect(await attribute('{"boolValue":false}')).toEqual({ a: false });
    expect(await isRejected('"attributes":[{"key":"a","value":{"boolValue":"true"}}]')).toBe(true);
  });
});

describe("null, nothing and text", () => {
  it("[OTLP-JSON null] every member of a span", async () => {
    const names =
      "parentSpanId traceState name kind attributes droppedAttributesCount events links status flags";
    const members = names.split(" ").map((name) => `,"${name}":null`);
    const { answer, stored } = await storeJson(gateway, "traces", [
      `{${GOOD_SPAN}${members.join("")}}`,
    ]);

    expect(answer.text).toBe("{}");
    expect(stored).toHaveLength(1);
  });

  it("[OTLP-JSON null] resource, scope, elements of lists", async () => {
    const body = `{"resourceLogs":[null,{"resource":null,"schemaUrl":null,"scopeLogs":[null,{"scope":null,"logRecords":[null]}]}]}`;
    const answer = await post(gateway, { signal: "logs", encoding: "json" }, body);

    expect([answer.status, answer.text]).toEqual([200, "{}"]);
  });

  it("[OTLP-JSON null] in a point, as the JavaScript SDK sends NaN", async () => {
    const { answer } = await storeJson(gateway, "metrics", [
      '{"name":"x","gauge":{"dataPoints":[{"asDouble":null,"timeUnixNano":"1"}]}}',
    ]);

    expect(answer.text).toBe("{}");
  });

  it.each(["{}", "null", '{"doubleValue":null}', '{"stringValue":null}'])(
    "[OTLP-JSON empty-value] %s",
    async (value) => {
      expect(await attribute(value)).toEqual({ a: null });
    },
  );

  it("[OTLP-JSON empty-value] no value, empty lists and maps, null in a list", async () => {
    const list = '{"arrayValue":{"values":[null,{},{"arrayValue":{}},{"kvlistValue":{}}]}}';

    expect(await attribute(list)).toEqual({ a: [null, null, [], {}] });
  });

  it("[OTLP-JSON text] a byte order mark is dropped", async () => {
    const body = `\uFEFF${jsonExport("logs", "bom", ['{"timeUnixNano":"1"}'])}`;

    expect((await post(gateway, { signal: "logs", encoding: "json" }, body)).text).toBe("{}");
  });

  it.each(["\\ud800", "\\udc00", "\\ud800\\ud800"])(
    "[OTLP-JSON text] lone surrogate %s",
    async (text) => {
      expect(await span(`,"name":"a${text}"`)).toMatchObject({
        name: `a${"\uFFFD".repeat(text.length / 6)}`,
      });
    },
  );

  it("[OTLP-JSON text] invalid UTF-8", async () => {
    const text = jsonExport("logs", "utf8-json", ['{"timeUnixNano":"1","eventName":"a\u0001b"}']);
    const body = new TextEncoder().encode(text).map((byte) => (byte === 1 ? 0xff : byte));
    await post(gateway, { signal: "logs", encoding: "json" }, body);
    const [event] = await gateway.events({ service: "utf8-json" });

    expect(event?.["data"]).toMatchObject({ event_name: "a\uFFFDb" });
  });

  it("[OTLP-JSON text] a string of 10 MB beside a long number", async () => {
    const body = jsonExport("logs", "long-text", [
      `{"timeUnixNano":1700000000000000001,"body":{"stringValue":"${'\\"x'.repeat(3_300_000)}"}}`,
    ]);
    const answer = await post(gateway, { signal: "logs", encoding: "json" }, body);

    expect([answer.status, answer.text]).toEqual([200, "{}"]);
  });
});
