import { describe, expect, it } from "vitest";

import { encodeRequest } from "../../worker/otlp/json/encode-request.ts";
import { ProtobufWriter } from "../../worker/otlp/json/protobuf-writer.ts";
import { Notes } from "../../worker/otlp/notes.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { IDS, around, encode, item, itemsOf } from "../support/encode-json.ts";
import { utf8 } from "../support/proto.ts";
import { concat, lengthField } from "../support/wire.ts";

/** One value of an attribute, encoded and decoded. */
function value(text: string): unknown {
  return item("logs", `{"body":${text}}`);
}

/** Lists in lists. */
function nested(depth: number): string {
  return `${'{"arrayValue":{"values":['.repeat(depth)}{"boolValue":true}${"]}}".repeat(depth)}`;
}

/** How many lists are left of them. */
function depthOf(found: unknown): number {
  const text = JSON.stringify(found);
  return text.split('"array_value"').length - 1;
}

describe("the bytes", () => {
  it("have one byte for each length of a short attribute", () => {
    const { bytes } = encode(
      "logs",
      around("logs", '{"attributes":[{"key":"k","value":{"stringValue":"v"}}]}'),
    );
    const entry = concat(lengthField(1, utf8("k")), lengthField(2, lengthField(1, utf8("v"))));

    expect(Buffer.from(bytes).includes(Buffer.from(lengthField(6, entry)))).toBe(true);
  });

  it.each([1, 47, 48, 49, 117, 118, 119, 120, 121, 122, 123, 126, 127, 128, 129, 300, 16_383])(
    "hold texts of %i characters, of one byte and of more",
    (length) => {
      for (const letter of ["a", "é", "漢", "😀"]) {
        const text = letter.repeat(length);
        const members = `"name":"${text}","attributes":[{"key":"${text}","value":{"stringValue":"${text}"}}]`;

        expect(item("traces", `{${IDS},${members}}`)).toMatchObject({
          attributes: [{ key: utf8(text), value: { string_value: utf8(text) } }],
          name: utf8(text),
        });
      }
    },
  );

  it("hold texts that are ASCII up to their last character", () => {
    for (const length of [5, 48, 49, 127, 128]) {
      const text = `${"a".repeat(length - 1)}é`;

      expect(value(`{"stringValue":"${text}"}`)).toEqual({ body: { string_value: utf8(text) } });
    }
  });

  it("hold items whose lengths take one byte to three", () => {
    for (const length of [1, 100, 127, 16_300, 16_383, 16_384, 70_000]) {
      const body = `{"stringValue":"${"x".repeat(length)}"}`;
      const items = `{"body":${body}},{"eventName":"next"}`;

      expect(itemsOf("logs", encode("logs", around("logs", items)))).toEqual([
        { body: { string_value: utf8("x".repeat(length)) } },
        { event_name: utf8("next") },
      ]);
    }
  });

  it("are the same when the buffer grows at every step", () => {
    const text = `{"name":"é${"日本".repeat(90)}","links":[{},{"attributes":[{"key":"a"}]}],${IDS}}`;
    const root = { resourceSpans: [{ scopeSpans: [{ spans: [JSON.parse(text)] }] }] };
    const grown = encodeRequest(root, signalShapes.traces, new Notes(), new ProtobufWriter(0));

    expect(grown).toEqual({ ok: true, value: encode("traces", around("traces", text)).bytes });
  });
});

describe("values", () => {
  it.each([
    ['"0"', "0"],
    ["-0", "0"],
    ["-1", "-1"],
    ['"-1"', "-1"],
    ["2147483648", "2147483648"],
    ["4294967295", "4294967295"],
    ["4294967296", "4294967296"],
    ["-4294967297", "-4294967297"],
    ['"000123"', "123"],
    ['"1234567890"', "1234567890"],
    ["9007199254740993", "9007199254740993"],
    ['"9223372036854775807"', "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["1e17", "100000000000000000"],
  ])("intValue %s", (token, text) => {
    expect(value(`{"intValue":${token}}`)).toEqual({ body: { int_value: text } });
  });

  it.each(["1e19", "1e300"])("intValue %s is a double, which the JavaScript SDK sends", (token) => {
    expect(value(`{"intValue":${token}}`)).toEqual({ body: { double_value: Number(token) } });
  });

  it.each(["1", '"1"', "4294967296", '"9999999999999999999"', '"18446744073709551615"'])(
    "a time of %s",
    (token) => {
      expect(item("logs", `{"timeUnixNano":${token}}`)).toEqual({
        time_unix_nano: token.replaceAll('"', ""),
      });
    },
  );

  it.each([
    ['"NaN"', Number.NaN],
    ['"Infinity"', Infinity],
    ['"-Infinity"', -Infinity],
    ["-0", -0],
    ["0", 0],
  ])("doubleValue %s", (token, number) => {
    expect(value(`{"doubleValue":${token}}`)).toEqual({ body: { double_value: number } });
  });

  it.each(["+/8B", "-_8B"])("bytesValue %s", (text) => {
    expect(value(`{"bytesValue":"${text}"}`)).toEqual({
      body: { bytes_value: Uint8Array.of(0xfb, 0xff, 1) },
    });
  });

  it("lone surrogates become U+FFFD, in short and in long texts", () => {
    for (const rest of ["", "x".repeat(100), "é".repeat(5000)]) {
      expect(value(`{"stringValue":"${rest}\\ud800"}`)).toEqual({
        body: { string_value: utf8(`${rest}\u{fffd}`) },
      });
    }
  });

  it("of several members the last in the text counts, null does not", () => {
    expect(value('{"stringValue":"a","int_value":1,"boolValue":null}')).toEqual({
      body: { int_value: "1" },
    });
  });

  it("a member that does not count need not be right", () => {
    expect(value('{"intValue":"x","boolValue":false}')).toEqual({ body: { bool_value: false } });
    expect(item("metrics", '{"gauge":{"dataPoints":[{"asInt":"x","as_double":0}]}}')).toEqual({
      gauge: { data_points: [{ as_double: 0 }] },
    });
  });

  it("empty values, and null in a list", () => {
    const list = '{"arrayValue":{"values":[null,{},{"arrayValue":{}},{"kvlistValue":null}]}}';

    expect(value(list)).toEqual({
      body: { array_value: { values: [{}, {}, { array_value: {} }, {}] } },
    });
  });

  it("an entry without key or value, and null for an entry", () => {
    expect(item("logs", '{"attributes":[{},null,{"key":null,"value":null}]}')).toEqual({
      attributes: [{}, {}],
    });
  });

  it("every entry of a key that repeats: its reader knows which one counts", () => {
    const entry = '{"key":"a","value":{"intValue":1}}';

    expect(item("logs", `{"attributes":[${entry},${entry}]}`)).toEqual({
      attributes: [
        { key: utf8("a"), value: { int_value: "1" } },
        { key: utf8("a"), value: { int_value: "1" } },
      ],
    });
  });

  it("references to a string table stay visible to the reader", () => {
    expect(
      item("logs", '{"body":{"stringValueStrindex":0},"attributes":[{"key_strindex":3}]}'),
    ).toEqual({ body: { string_value_strindex: 0 }, attributes: [{ key_strindex: 3 }] });
  });
});

describe("nesting", () => {
  it.each([
    [1, 1],
    [4, 4],
    [128, 128],
    [129, 129],
    [10_000, 129],
  ])("of %i levels %i are encoded", (depth, encoded) => {
    const found = value(nested(depth));

    expect(depthOf(found)).toBe(encoded);
    expect(JSON.stringify(found).includes("bool_value")).toBe(depth <= 128);
  });

  it("of 10,000 maps in maps", () => {
    const text = `${'{"kvlistValue":{"values":[{"value":'.repeat(10_000)}{}${"}]}}".repeat(10_000)}`;

    expect(JSON.stringify(value(text)).split('"kvlist_value"')).toHaveLength(130);
  });
});

describe("members", () => {
  it("snake_case counts where lowerCamelCase is absent or null", () => {
    const found = item(
      "traces",
      `{${IDS},"trace_state":"b","traceState":"a","parent_span_id":"00000000000000ff","parentSpanId":null}`,
    );

    expect(found).toMatchObject({
      trace_state: utf8("a"),
      parent_span_id: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0xff),
    });
  });

  it("unknown names, and those of Object.prototype, say nothing", () => {
    expect(item("logs", '{"__proto__":{"flags":1},"constructor":1,"toString":2,"x":[]}')).toEqual(
      {},
    );
  });

  it("zeros are left out unless the field keeps them", () => {
    const point = '{"count":"0","sum":0,"flags":0,"min":null}';

    expect(item("metrics", `{"histogram":{"dataPoints":[${point}]}}`)).toEqual({
      histogram: { data_points: [{ sum: 0 }] },
    });
  });

  it("lists of numbers keep zeros and drop null", () => {
    const point = '{"bucketCounts":[0,"7",null],"explicitBounds":[0,"1.5"]}';

    expect(item("metrics", `{"histogram":{"dataPoints":[${point}]}}`)).toEqual({
      histogram: { data_points: [{ bucket_counts: ["0", "7"], explicit_bounds: [0, 1.5] }] },
    });
  });

  it("the last data of a metric counts", () => {
    const metric =
      '{"gauge":{"dataPoints":[{}]},"sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","dataPoints":[{"asInt":"3"}]}}';

    expect(item("metrics", metric)).toEqual({
      sum: { aggregation_temporality: 1, data_points: [{ as_int: "3" }] },
    });
  });
});
