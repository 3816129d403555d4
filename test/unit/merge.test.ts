/** Fields in an order and number that no SDK sends, but proto3 lets an encoder send. */
import { describe, expect, it } from "vitest";

import type { SignalName } from "../support/proto.ts";
import { utf8 } from "../support/proto.ts";
import { transcode, tryTranscode } from "../support/transcode.ts";
import { concat, lengthField, varintField } from "../support/wire.ts";
import { doubleBytes, fixed64, fixed64Field } from "../support/written.ts";

const UNKNOWN = concat(varintField(30, 1), lengthField(29, utf8("unknown")));

function text(number: number, value: string): Uint8Array {
  return lengthField(number, utf8(value));
}

/** A KeyValue in a field. */
function attribute(number: number, key: string, value: string): Uint8Array {
  return lengthField(number, text(1, key), lengthField(2, text(1, value)));
}

/** What the one event of a request holds. */
function dataOf(signal: SignalName, ...fields: readonly Uint8Array[]): unknown {
  const body = concat(...fields);
  const { events } = transcode({ signal, encoding: "protobuf", body });
  expect(events).toHaveLength(1);
  const [event] = events;
  return typeof event === "object" && event !== null ? Reflect.get(event, "data") : undefined;
}

function spanOf(...fields: readonly Uint8Array[]): unknown {
  return dataOf("traces", lengthField(1, lengthField(2, lengthField(2, ...fields))));
}

function logOf(...fields: readonly Uint8Array[]): unknown {
  return dataOf("logs", lengthField(1, lengthField(2, lengthField(2, ...fields))));
}

function metricOf(...fields: readonly Uint8Array[]): unknown {
  return dataOf("metrics", lengthField(1, lengthField(2, lengthField(2, ...fields))));
}

/** A gauge with a point of one number. */
function gauge(...fields: readonly Uint8Array[]): Uint8Array {
  return lengthField(5, lengthField(1, ...fields));
}

const EMPTY = { resource: {}, scope: {} };

describe("a message that would have to be merged", () => {
  // Found by test/property/hostile-bytes.test.ts: the canonical form was sought again and again.
  it("is refused when what follows its repeated field does not parse", () => {
    // resource_spans { scope_spans { spans { name "a", name "b", span_id of 50 bytes, all missing } } }
    const body = Uint8Array.from(Buffer.from("0a0c120a12082a01612a01621232", "hex"));

    expect(tryTranscode({ signal: "traces", encoding: "protobuf", body })).toEqual({
      reason:
        "Cannot decode ExportTraceServiceRequest as protobuf: a length reaches beyond the end of its message, at byte 14",
    });
  });
});

describe("a container", () => {
  const span = lengthField(2, lengthField(2, text(5, "n")));

  it("whose resource comes in parts has all of them", () => {
    const parts = [
      lengthField(1, attribute(1, "a", "1"), varintField(2, 1)),
      span,
      lengthField(1, varintField(2, 2), UNKNOWN, attribute(1, "b", "2")),
    ];

    expect(dataOf("traces", lengthField(1, ...parts))).toEqual({
      resource: { attributes: { a: "1", b: "2" }, dropped_attributes_count: 2 },
      scope: {},
      name: "n",
    });
  });

  it("whose schema_url comes twice has the last one", () => {
    expect(dataOf("traces", lengthField(1, text(3, "first"), span, text(3, "last")))).toEqual({
      resource: { schema_url: "last" },
      scope: {},
      name: "n",
    });
  });

  it("whose scope comes in parts, between its items, has all of them", () => {
    const items = [lengthField(2, text(5, "n")), lengthField(2, text(5, "m"))];
    const scopes = [
      lengthField(1, text(1, "old"), attribute(3, "a", "1")),
      lengthField(1, attribute(3, "a", "2"), text(1, "new"), text(2, "v")),
    ];
    const body = lengthField(
      1,
      lengthField(2, ...items.slice(0, 1), ...scopes, UNKNOWN, ...items.slice(1)),
    );

    const { events } = transcode({ signal: "traces", encoding: "protobuf", body });

    const scope = { name: "new", attributes: { a: "2" }, version: "v" };
    expect(events).toMatchObject([
      { data: { resource: {}, scope, name: "n" } },
      { data: { resource: {}, scope, name: "m" } },
    ]);
  });
});

describe("an item", () => {
  it("has the last of the singular fields that come twice", () => {
    const fields = [text(5, "a"), varintField(6, 1), UNKNOWN, text(5, "b"), varintField(6, 2)];

    expect(spanOf(...fields)).toEqual({ ...EMPTY, name: "b", kind: "server" });
  });

  it("has no name when the last one is empty", () => {
    expect(spanOf(text(5, "a"), text(5, ""))).toEqual(EMPTY);
  });

  it("has all repeated fields that do not stand together, in their order", () => {
    const fields = [
      attribute(9, "a", "1"),
      lengthField(11, text(2, "first")),
      attribute(9, "b", "2"),
      lengthField(11, text(2, "second")),
      attribute(9, "a", "3"),
    ];

    expect(spanOf(...fields)).toEqual({
      ...EMPTY,
      attributes: { b: "2", a: "3" },
      events: [{ name: "first" }, { name: "second" }],
    });
  });

  it("has all attributes, with unknown fields between them", () => {
    const fields = [UNKNOWN, attribute(9, "a", "1"), UNKNOWN, attribute(9, "b", "2"), UNKNOWN];

    expect(spanOf(...fields)).toEqual({ ...EMPTY, attributes: { a: "1", b: "2" } });
  });

  it("has all parts of nested messages that come in parts", () => {
    const status = [lengthField(15, text(2, "why"), varintField(3, 1)), text(5, "n")];

    expect(spanOf(...status, lengthField(15, varintField(3, 2)))).toEqual({
      ...EMPTY,
      name: "n",
      status: { code: "error", message: "why" },
    });
  });

  it("may repeat the fields of its nested messages at every level", () => {
    const event = lengthField(
      11,
      attribute(3, "a", "1"),
      text(2, "old"),
      attribute(3, "b", "2"),
      text(2, "new"),
    );

    expect(spanOf(text(5, "x"), event, text(5, "y"))).toEqual({
      ...EMPTY,
      name: "y",
      events: [{ name: "new", attributes: { a: "1", b: "2" } }],
    });
  });

  it("counts as what its last fields say: its times, ids and severity", () => {
    const trace = new Uint8Array(16).fill(7);
    const request = lengthField(
      1,
      lengthField(
        2,
        lengthField(
          2,
          fixed64Field(1, fixed64(1_000_000n)),
          varintField(2, 1),
          lengthField(9, new Uint8Array(3)),
          varintField(2, 21),
          lengthField(9, trace),
          fixed64Field(1, fixed64(5_000_000n)),
        ),
      ),
    );

    const { blocks, message } = transcode({ signal: "logs", encoding: "protobuf", body: request });

    expect(message).toBeUndefined();
    expect(blocks[0]?.facts).toMatchObject({ firstMs: 5, lastMs: 5, severity: 21, errors: 1 });
    expect(blocks[0]?.facts.tokens.countOf("trace")).toBe(1);
  });
});

describe("a oneof", () => {
  it("of values is the last member on the wire", () => {
    const value = [text(1, "text"), varintField(3, 5), UNKNOWN, varintField(2, 1)];

    expect(logOf(lengthField(5, ...value))).toEqual({ ...EMPTY, body: true });
    expect(logOf(lengthField(5, ...value.toReversed()))).toEqual({ ...EMPTY, body: "text" });
  });

  it("of a body that comes in parts is the last part that has a member", () => {
    const parts = [text(1, "text"), varintField(3, 5), UNKNOWN].map((one) => lengthField(5, one));

    expect(logOf(...parts)).toEqual({ ...EMPTY, body: 5 });
  });

  it("of an attribute whose value comes in parts is the last part that has a member", () => {
    const entry = [text(1, "k"), lengthField(2, varintField(3, 5)), lengthField(2, UNKNOWN)];

    expect(spanOf(lengthField(9, ...entry))).toEqual({ ...EMPTY, attributes: { k: 5 } });
  });

  it("of a metric's data is the last member on the wire", () => {
    const point = [fixed64Field(3, fixed64(1n)), fixed64Field(4, doubleBytes(1.5))];
    const sum = lengthField(7, lengthField(1, ...point), varintField(2, 2));

    expect(metricOf(text(1, "old"), sum, gauge(...point), text(1, "new"))).toEqual({
      ...EMPTY,
      name: "new",
      type: "gauge",
      time_unix_nano: "1",
      as_double: 1.5,
    });
    expect(metricOf(gauge(...point), sum)).toMatchObject({
      type: "sum",
      aggregation_temporality: "cumulative",
    });
  });

  it("of a data point's number is the last member on the wire", () => {
    const numbers = [fixed64Field(4, doubleBytes(1.5)), fixed64Field(6, fixed64(7n))];

    expect(metricOf(gauge(...numbers))).toEqual({ ...EMPTY, type: "gauge", as_int: "7" });
    expect(metricOf(gauge(...numbers.toReversed()))).toEqual({
      ...EMPTY,
      type: "gauge",
      as_double: 1.5,
    });
  });
});

describe("a data point", () => {
  it("has all values of packed lists that come in parts, packed or not", () => {
    const histogram = lengthField(
      9,
      varintField(2, 1),
      lengthField(
        1,
        lengthField(6, fixed64(1n), fixed64(2n)),
        lengthField(7, doubleBytes(0.5)),
        fixed64Field(6, fixed64(3n)),
        UNKNOWN,
        lengthField(6),
        lengthField(6, fixed64(4n)),
      ),
      varintField(2, 2),
    );

    expect(metricOf(histogram)).toEqual({
      ...EMPTY,
      type: "histogram",
      aggregation_temporality: "cumulative",
      bucket_counts: ["1", "2", "3", "4"],
      explicit_bounds: [0.5],
    });
  });
});
