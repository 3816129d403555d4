import { describe, expect, it } from "vitest";

import { renderOtlpJson } from "../../worker/query/render/otlp-json.ts";
import { renderOtlpProtobuf } from "../../worker/query/render/otlp-protobuf.ts";
import { SIGNALS, type SignalName } from "../support/proto.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";

function line(eventType: string, data: object): string {
  return JSON.stringify({
    event_type: eventType,
    data: { resource: {}, scope: {}, ...data },
    received_at: 1_764_000_000_000,
    batch_id: "Abcdefgh01234567",
  });
}

/** The request of some lines, parsed; none may be skipped. */
function requestOf(lines: readonly string[], signal: SignalName): unknown {
  const { body, skipped } = renderOtlpJson(lines, signal);
  expect(skipped).toBe(0);
  return JSON.parse(body);
}

describe("an exported span", () => {
  it("has the names, numbers and ids of OTLP/JSON", () => {
    const span = line("span", {
      resource: {
        attributes: { "service.name": "shop" },
        dropped_attributes_count: 1,
        entity_refs: [{ type: "service", id_keys: ["service.name"] }],
        schema_url: "https://opentelemetry.io/schemas/1.27.0",
      },
      scope: { name: "lib", version: "1.0.0", attributes: { a: 1 }, schema_url: "scope-url" },
      trace_id: TRACE_ID,
      span_id: SPAN_ID,
      parent_span_id: "00f067aa0ba902b7",
      trace_state: "k=v",
      name: "pay",
      kind: "client",
      start_time_unix_nano: "1767225600126456789",
      end_time_unix_nano: "18446744073709551615",
      attributes: { "http.route": "/pay" },
      dropped_attributes_count: 4_294_967_295,
      events: [{ time_unix_nano: "7", name: "exception", attributes: { type: "E" } }, {}],
      links: [{ trace_id: TRACE_ID, span_id: SPAN_ID, flags: 257 }],
      status: { message: "declined", code: "error" },
      flags: 257,
    });

    expect(requestOf([span], "traces")).toEqual({
      resourceSpans: [
        {
          resource: {
            attributes: [{ key: "service.name", value: { stringValue: "shop" } }],
            droppedAttributesCount: 1,
            entityRefs: [{ type: "service", idKeys: ["service.name"] }],
          },
          schemaUrl: "https://opentelemetry.io/schemas/1.27.0",
          scopeSpans: [
            {
              scope: {
                name: "lib",
                version: "1.0.0",
                attributes: [{ key: "a", value: { intValue: "1" } }],
              },
              schemaUrl: "scope-url",
              spans: [
                {
                  traceId: TRACE_ID,
                  spanId: SPAN_ID,
                  traceState: "k=v",
                  parentSpanId: "00f067aa0ba902b7",
                  name: "pay",
                  kind: 3,
                  startTimeUnixNano: "1767225600126456789",
                  endTimeUnixNano: "18446744073709551615",
                  attributes: [{ key: "http.route", value: { stringValue: "/pay" } }],
                  droppedAttributesCount: 4_294_967_295,
                  events: [
                    {
                      timeUnixNano: "7",
                      name: "exception",
                      attributes: [{ key: "type", value: { stringValue: "E" } }],
                    },
                    {},
                  ],
                  links: [{ traceId: TRACE_ID, spanId: SPAN_ID, flags: 257 }],
                  status: { message: "declined", code: 2 },
                  flags: 257,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("is these bytes in protobuf", () => {
    const span = line("span", { trace_id: TRACE_ID, name: "é", kind: 7, flags: 257 });

    expect(Buffer.from(renderOtlpProtobuf([span], "traces").body).toString("hex")).toBe(
      [
        "0a26", // resource_spans, 38 bytes
        "0a00", // resource
        "1222", // scope_spans, 34 bytes
        "0a00", // scope
        "121e", // spans, 30 bytes
        `0a10${TRACE_ID}`, // trace_id
        "2a02c3a9", // name
        "3007", // kind
        "850101010000", // flags: field 16, fixed32
      ].join(""),
    );
  });
});

describe("an enum number below zero", () => {
  it("takes ten bytes in protobuf, as all 64 bits of it are sent", () => {
    const { body } = renderOtlpProtobuf([line("span", { kind: -1 })], "traces");

    expect(Buffer.from(body).toString("hex")).toBe("0a130a00120f0a00120b30ffffffffffffffffff01");
  });
});

describe("exported attribute values", () => {
  it("have the type they were sent with", () => {
    const attributes = {
      string: "text",
      empty: "",
      bool: false,
      int: 9_007_199_254_740_991,
      zero: 0,
      long: { int_value: "-9223372036854775808" },
      double: 0.1,
      integral: { double_value: 5 },
      minusZero: { double_value: -0 },
      nan: { double_value: "NaN" },
      infinity: { double_value: "-Infinity" },
      bytes: { bytes_value: "AAH+/w==" },
      none: null,
      list: [1, [], null, { double_value: 2 }],
      map: { a: { int_value: "9007199254740993" }, b: {} },
      typedLookalike: { kvlist_value: { int_value: "x" } },
      twice: { kvlist_value: { kvlist_value: { a: true } } },
      twoKeys: { int_value: "1", double_value: 2.5 },
      notAnInt: { int_value: "x" },
    };
    // JSON.stringify would drop the sign of minus zero.
    const stored = line("log", { attributes }).replace(
      '"minusZero":{"double_value":0}',
      '"minusZero":{"double_value":-0}',
    );

    expect(requestOf([stored], "logs")).toEqual({
      resourceLogs: [
        {
          resource: {},
          scopeLogs: [
            {
              scope: {},
              logRecords: [
                {
                  attributes: [
                    { key: "string", value: { stringValue: "text" } },
                    { key: "empty", value: { stringValue: "" } },
                    { key: "bool", value: { boolValue: false } },
                    { key: "int", value: { intValue: "9007199254740991" } },
                    { key: "zero", value: { intValue: "0" } },
                    { key: "long", value: { intValue: "-9223372036854775808" } },
                    { key: "double", value: { doubleValue: 0.1 } },
                    { key: "integral", value: { doubleValue: 5 } },
                    { key: "minusZero", value: { doubleValue: "-0" } },
                    { key: "nan", value: { doubleValue: "NaN" } },
                    { key: "infinity", value: { doubleValue: "-Infinity" } },
                    { key: "bytes", value: { bytesValue: "AAH+/w==" } },
                    { key: "none", value: {} },
                    {
                      key: "list",
                      value: {
                        arrayValue: {
                          values: [
                            { intValue: "1" },
                            { arrayValue: { values: [] } },
                            {},
                            { doubleValue: 2 },
                          ],
                        },
                      },
                    },
                    {
                      key: "map",
                      value: {
                        kvlistValue: {
                          values: [
                            { key: "a", value: { intValue: "9007199254740993" } },
                            { key: "b", value: { kvlistValue: { values: [] } } },
                          ],
                        },
                      },
                    },
                    {
                      key: "typedLookalike",
                      value: {
                        kvlistValue: {
                          values: [{ key: "int_value", value: { stringValue: "x" } }],
                        },
                      },
                    },
                    {
                      key: "twice",
                      value: {
                        kvlistValue: {
                          values: [
                            {
                              key: "kvlist_value",
                              value: {
                                kvlistValue: { values: [{ key: "a", value: { boolValue: true } }] },
                              },
                            },
                          ],
                        },
                      },
                    },
                    {
                      key: "twoKeys",
                      value: {
                        kvlistValue: {
                          values: [
                            { key: "int_value", value: { stringValue: "1" } },
                            { key: "double_value", value: { doubleValue: 2.5 } },
                          ],
                        },
                      },
                    },
                    {
                      key: "notAnInt",
                      value: {
                        kvlistValue: {
                          values: [{ key: "int_value", value: { stringValue: "x" } }],
                        },
                      },
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe("exported log records", () => {
  it("leave out what the gateway added, and tell an empty body from none", () => {
    const records = [
      line("log", { body: null, level: "warn", severity_number: "warn2", event_name: "e" }),
      line("log", { severity_number: 26 }),
    ];

    expect(requestOf(records, "logs")).toEqual({
      resourceLogs: [
        {
          resource: {},
          scopeLogs: [
            {
              scope: {},
              logRecords: [
                { body: {}, severityNumber: 14, eventName: "e" },
                { severityNumber: 26 },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe("exported data points", () => {
  it("of one metric stand under one metric, of any other under another", () => {
    const sum = { name: "n", unit: "By", type: "sum", aggregation_temporality: "delta" };
    const points = [
      line("metric", { ...sum, is_monotonic: true, metadata: { m: "x" }, as_int: "0" }),
      line("metric", { ...sum, is_monotonic: true, metadata: { m: "y" }, as_int: "1" }),
      line("metric", { ...sum, is_monotonic: true, metadata: { m: "x" }, as_double: 0 }),
      line("metric", { ...sum, metadata: { m: "x" }, as_int: "-1" }),
      line("metric", { ...sum, aggregation_temporality: 7, as_int: "2" }),
      line("metric", { name: "n", unit: "By", type: "gauge", as_double: "NaN" }),
      line("metric", { name: "n", unit: "By", type: "summary", count: "1", sum: 2 }),
      line("metric", {
        name: "h",
        type: "histogram",
        count: "18446744073709551615",
        sum: 0,
        bucket_counts: ["1", "0"],
        explicit_bounds: [0.5],
        exemplars: [{ as_int: "3", span_id: SPAN_ID, filtered_attributes: { k: "v" } }],
      }),
      line("metric", {
        name: "e",
        type: "exponential_histogram",
        scale: -3,
        positive: { offset: -2, bucket_counts: ["5"] },
        max: -0.5,
      }),
    ];

    expect(requestOf(points, "metrics")).toEqual({
      resourceMetrics: [
        {
          resource: {},
          scopeMetrics: [
            {
              scope: {},
              metrics: [
                {
                  name: "n",
                  unit: "By",
                  metadata: [{ key: "m", value: { stringValue: "x" } }],
                  sum: {
                    aggregationTemporality: 1,
                    isMonotonic: true,
                    dataPoints: [{ asInt: "0" }, { asDouble: 0 }],
                  },
                },
                {
                  name: "n",
                  unit: "By",
                  metadata: [{ key: "m", value: { stringValue: "y" } }],
                  sum: {
                    aggregationTemporality: 1,
                    isMonotonic: true,
                    dataPoints: [{ asInt: "1" }],
                  },
                },
                {
                  name: "n",
                  unit: "By",
                  metadata: [{ key: "m", value: { stringValue: "x" } }],
                  sum: { aggregationTemporality: 1, dataPoints: [{ asInt: "-1" }] },
                },
                {
                  name: "n",
                  unit: "By",
                  sum: { aggregationTemporality: 7, dataPoints: [{ asInt: "2" }] },
                },
                { name: "n", unit: "By", gauge: { dataPoints: [{ asDouble: "NaN" }] } },
                { name: "n", unit: "By", summary: { dataPoints: [{ count: "1", sum: 2 }] } },
                {
                  name: "h",
                  histogram: {
                    dataPoints: [
                      {
                        count: "18446744073709551615",
                        sum: 0,
                        bucketCounts: ["1", "0"],
                        explicitBounds: [0.5],
                        exemplars: [
                          {
                            asInt: "3",
                            spanId: SPAN_ID,
                            filteredAttributes: [{ key: "k", value: { stringValue: "v" } }],
                          },
                        ],
                      },
                    ],
                  },
                },
                {
                  name: "e",
                  exponentialHistogram: {
                    dataPoints: [
                      { scale: -3, positive: { offset: -2, bucketCounts: ["5"] }, max: -0.5 },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });
});

describe("exported resources and scopes", () => {
  it("that are alike come together in the order of the first, others stay apart", () => {
    const spans = [
      line("span", { name: "1", resource: { attributes: { a: { double_value: 1 } } } }),
      line("span", { name: "2", resource: { attributes: { a: 1 } } }),
      line("span", { name: "3", resource: { attributes: { a: 1 }, schema_url: "u" } }),
      line("span", {
        name: "4",
        resource: { attributes: { a: { double_value: 1 } } },
        scope: { schema_url: "u" },
      }),
      line("span", { name: "5", resource: { attributes: { a: { double_value: 1 } } } }),
    ];

    const request = requestOf(spans, "traces");

    const one = { attributes: [{ key: "a", value: { intValue: "1" } }] };
    expect(request).toEqual({
      resourceSpans: [
        {
          resource: { attributes: [{ key: "a", value: { doubleValue: 1 } }] },
          scopeSpans: [
            { scope: {}, spans: [{ name: "1" }, { name: "5" }] },
            { scope: {}, schemaUrl: "u", spans: [{ name: "4" }] },
          ],
        },
        { resource: one, scopeSpans: [{ scope: {}, spans: [{ name: "2" }] }] },
        { resource: one, schemaUrl: "u", scopeSpans: [{ scope: {}, spans: [{ name: "3" }] }] },
      ],
    });
  });
});

/** Lists and maps in turn. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) {
    value = level % 2 === 0 ? [value] : { a: value };
  }
  return value;
}

function lineNestedDeeply(): string {
  const levels = 5000;
  const value = `${'{"kvlist_value":'.repeat(levels)}1${"}".repeat(levels)}`;
  return line("span", { attributes: { a: "deep" } }).replace('"deep"', value);
}

describe("what has no form in the request", () => {
  const span = line("span", { name: "kept" });
  const skipped: readonly (readonly [why: string, line: string])[] = [
    ["a native event", '{"event_type":"page_view","data":{},"received_at":1}'],
    ["a native event that calls itself a span", '{"event_type":"span","data":{"name":"x"}}'],
    ["a native event without data", '{"event_type":"span"}'],
    ["another signal", line("log", {})],
    ["a cut line", span.slice(0, -1)],
    ["an empty line", ""],
    ["a list", "[]"],
    ["a name that is a number", line("span", { name: 7 })],
    ["an id that is too short", line("span", { trace_id: "00ff" })],
    ["an id of zeros", line("span", { span_id: "0000000000000000" })],
    ["a time beyond 64 bits", line("span", { start_time_unix_nano: "18446744073709551616" })],
    ["a negative count", line("span", { dropped_events_count: -1 })],
    ["a kind without a number", line("span", { kind: "alien" })],
    ["events that are no list", line("span", { events: {} })],
    ["attributes that are no map", line("span", { attributes: [] })],
    ["a scope without a form", line("span", { scope: { name: [] } })],
    ["a schema_url that is no text", line("span", { resource: { schema_url: 1 } })],
    ["values deeper than any that is stored", line("span", { attributes: { a: nested(129) } })],
    ["values far deeper, each level of which can be read in two ways", lineNestedDeeply()],
  ];

  it.each(skipped)("is skipped and counted: %s", (_why, text) => {
    expect(renderOtlpJson([text, span], "traces")).toEqual({
      ...renderOtlpJson([span], "traces"),
      skipped: 1,
    });
    expect(renderOtlpProtobuf([text, span], "traces")).toEqual({
      ...renderOtlpProtobuf([span], "traces"),
      skipped: 1,
    });
  });

  it("but values nested 128 deep are not", () => {
    expect(
      renderOtlpJson([line("span", { attributes: { a: nested(128) } })], "traces").skipped,
    ).toBe(0);
  });

  it("is a data point of a type that OTLP does not have", () => {
    expect(renderOtlpJson([line("metric", { type: "alien", as_int: "1" })], "metrics")).toEqual({
      body: '{"resourceMetrics":[]}',
      skipped: 1,
    });
  });

  it.each(SIGNALS)("leaves an empty request of %s behind", (signal) => {
    const field = { traces: "resourceSpans", metrics: "resourceMetrics", logs: "resourceLogs" };

    expect(renderOtlpJson([], signal)).toEqual({ body: `{"${field[signal]}":[]}`, skipped: 0 });
    expect(renderOtlpProtobuf([], signal)).toEqual({ body: new Uint8Array(0), skipped: 0 });
  });
});

describe("a long export", () => {
  it("has every character of text that takes three bytes for each unit", () => {
    const text = "€😀".repeat(4000);
    const { body } = renderOtlpProtobuf([line("log", { severity_text: text })], "logs");

    expect(new TextDecoder().decode(body.subarray(-28_000))).toBe(text);
  });

  it("has the right lengths at every size that a varint grows at", () => {
    for (const size of [0, 1, 110, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152]) {
      const text = "x".repeat(size);
      const { body } = renderOtlpProtobuf([line("log", { severity_text: text })], "logs");

      expect(new TextDecoder().decode(body.subarray(body.length - size))).toBe(text);
      expect(readLengths(body)).toBe(size);
    }
  });
});

/** Follows length-delimited fields to the innermost one that ends with the message: its length. */
function readLengths(bytes: Uint8Array): number {
  let at = 0;
  let length = bytes.length;
  for (let depth = 0; depth < 4; depth += 1) {
    // The scope and resource before the list are empty: two bytes.
    at += depth === 1 || depth === 2 ? 2 : 0;
    at += 1;
    length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at] ?? 0;
      at += 1;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        break;
      }
    }
    expect(at + length).toBe(bytes.length);
  }
  return length;
}
