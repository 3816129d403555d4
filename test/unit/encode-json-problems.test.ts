import { describe, expect, it } from "vitest";

import { IDS, around, encode, item, itemsOf, tryEncode } from "../support/encode-json.ts";
import { type SignalName, utf8 } from "../support/proto.ts";

/** What is said about one item. */
function said(signal: SignalName, text: string): string | undefined {
  return encode(signal, around(signal, text)).notes.message();
}

describe("what is wrong in one item", () => {
  it.each([
    ["traces", `{${IDS},"name":1}`, 'span in which "name" is not a string'],
    [
      "traces",
      `{${IDS},"flags":-1}`,
      'span in which "flags" is not an integer from 0 to 4294967295',
    ],
    ["traces", `{${IDS},"events":{}}`, 'span in which "events" is not a list'],
    ["traces", `{${IDS},"events":[1]}`, 'span in which "events" is not an object'],
    ["traces", `{${IDS},"status":[]}`, 'span in which "status" is not an object'],
    [
      "traces",
      `{${IDS},"endTimeUnixNano":"2026-01-01T00:00:00Z"}`,
      'span in which "endTimeUnixNano" is not a 64-bit unsigned integer but a date; send nanoseconds since 1970',
    ],
    [
      "logs",
      '{"attributes":{}}',
      'log record in which "attributes" is not a list of {"key": "...", "value": {"stringValue": "..."}}',
    ],
    [
      "logs",
      '{"attributes":["a"]}',
      'log record in which an attribute is not of the form {"key": "...", "value": {"stringValue": "..."}}',
    ],
    [
      "logs",
      '{"attributes":[{"key":1}]}',
      'log record in which the "key" of an attribute is not a string',
    ],
    [
      "logs",
      '{"body":"x"}',
      'log record in which a value is not of the form {"stringValue": "..."}',
    ],
    ["logs", '{"body":{"stringValue":1}}', 'log record in which "stringValue" is not a string'],
    ["logs", '{"body":{"boolValue":1}}', 'log record in which "boolValue" is not true or false'],
    ["logs", '{"body":{"intValue":1.5}}', 'log record in which "intValue" is not a 64-bit integer'],
    ["logs", '{"body":{"bytesValue":"?"}}', 'log record in which "bytesValue" is not base64 text'],
    [
      "logs",
      '{"body":{"arrayValue":[]}}',
      'log record in which "arrayValue" is not of the form {"values": [...]}',
    ],
    [
      "logs",
      '{"body":{"kvlist_value":1}}',
      'log record in which "kvlist_value" is not of the form {"values": [...]}',
    ],
    [
      "metrics",
      '{"gauge":{"dataPoints":[{"asDouble":"x"}]}}',
      'data point in which "asDouble" is not a number, "NaN", "Infinity" or "-Infinity"',
    ],
    [
      "metrics",
      '{"sum":{"isMonotonic":1,"dataPoints":[{}]}}',
      'data point of a metric in which "isMonotonic" is not true or false',
    ],
    [
      "traces",
      '{"traceId":"5b8ef"}',
      "span with a traceId of 5 characters; send 32 hex characters",
    ],
    [
      "traces",
      `{${IDS},"parentSpanId":7}`,
      "span with a parentSpanId of type number; send 16 hex characters",
    ],
    [
      "traces",
      '{"spanId":"zz8efff798038103"}',
      "span with a spanId of 16 characters, which look like base64; send 16 hex characters",
    ],
  ] as const)("%s %s", (signal, text, reason) => {
    const encoded = encode(signal, around(signal, text));

    expect(encoded.notes.message()).toBe(`1 x ${reason}`);
    expect(encoded.notes.rejected).toBe(1);
    // What is left of the metric has no points.
    expect(JSON.stringify(itemsOf(signal, encoded))).toMatch(/^\[(?:\{"gauge":\{\}\})?\]$/);
  });

  it("costs that item alone, with what else there was to say about it", () => {
    const bad = `{${IDS},"kind":"NEW","links":[{"spanId":"1"}],"name":1}`;
    const encoded = encode("traces", around("traces", `${bad},{${IDS},"kind":"NEW"}`));

    expect(itemsOf("traces", encoded)).toHaveLength(1);
    expect(encoded.notes.message()).toBe(
      '1 x span in which "name" is not a string; 1 x enum names that OTLP does not have were read as 0; send the number',
    );
  });

  it("a metric that cannot be read costs each of its points", () => {
    const metric = '{"name":1,"gauge":{"dataPoints":[{},null,{"asInt":"x"}]}}';
    const encoded = encode("metrics", around("metrics", `${metric},{"name":"next"}`));

    expect(itemsOf("metrics", encoded)).toEqual([{ name: utf8("next") }]);
    expect(encoded.notes.message()).toBe(
      '2 x data point of a metric in which "name" is not a string',
    );
  });

  it("ids of links and log records are left out, with a warning", () => {
    expect(said("traces", `{${IDS},"links":[{"traceId":"1"}]}`)).toContain("1 x trace or span ids");
    expect(said("logs", '{"spanId":"zz8efff798038103"}')).toContain("1 x trace or span ids");
    expect(item("logs", '{"traceId":"","spanId":"0000000000000000"}')).toEqual({});
  });
});

describe("what is wrong in the frame costs the request", () => {
  it.each([
    ['{"resourceLogs":{}}', '"resourceLogs" is not a list'],
    ['{"resourceLogs":[1]}', '"resourceLogs" holds something that is not an object'],
    ['{"resourceLogs":[{"resource":1}]}', '"resource" is not an object'],
    ['{"resourceLogs":[{"schemaUrl":1}]}', '"schemaUrl" is not a string'],
    [
      '{"resourceLogs":[{"resource":{"droppedAttributesCount":-1}}]}',
      'in a resource, "droppedAttributesCount" is not an integer from 0 to 4294967295',
    ],
    [
      '{"resourceLogs":[{"scopeLogs":[{"scope":{"name":[]}}]}]}',
      'in a scope, "name" is not a string',
    ],
    [
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[[]]}]}]}',
      '"logRecords" holds something that is not an object',
    ],
  ])("%s", (text, reason) => {
    expect(tryEncode("logs", utf8(text))).toBe(`Cannot read the body as OTLP/JSON: ${reason}`);
  });

  it("data that are no object", () => {
    expect(tryEncode("metrics", around("metrics", '{"gauge":[]}'))).toBe(
      'Cannot read the body as OTLP/JSON: "gauge" is not an object',
    );
  });
});

describe("requests that look odd", () => {
  it("are warned about", () => {
    expect(encode("logs", utf8('{"foo":1}')).notes.message()).toBe(
      "1 x no resourceLogs in the request; is this OTLP?",
    );
    expect(
      encode("logs", utf8('{"resourceLogs":[{"instrumentationLibraryLogs":[]}]}')).notes.message(),
    ).toContain("1 x instrumentationLibraryLogs was ignored");
    expect(encode("logs", utf8("{}")).bytes).toHaveLength(0);
  });
});
