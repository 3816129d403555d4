/** The protobuf wire format, judged by what is stored and by protobufjs. */
import { describe, expect, it } from "vitest";

import { isJsonObject } from "../support/api-client.ts";
import { canonicalAll } from "../support/canonical.ts";
import { expectedEvents } from "../support/oracle.ts";
import { encodeMessage, messageType, utf8 } from "../support/proto.ts";
import { Wire, concat, lengthField, tag, varint, varintField } from "../support/wire.ts";
import type { Answer } from "./support/built-gateway.ts";
import { post, statusOf, uniqueName } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();
const TRACE_ID = new Uint8Array(16).fill(17);
const SPAN_ID = new Uint8Array(8).fill(34);
const IDS = concat(lengthField(1, TRACE_ID), lengthField(2, SPAN_ID));
/** A time, so that a request has an id of its own: fixed64 7. */
const TIME = concat(tag(7, Wire.fixed64), Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1));

type Signal = "traces" | "metrics" | "logs";

/** ResourceX { resource: service.name, scope_x: [{ x: items }] }, and bytes behind it. */
function request(
  service: string,
  items: readonly Uint8Array[],
  behind: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const value = lengthField(2, lengthField(1, utf8(service)));
  const attribute = lengthField(1, lengthField(1, utf8("service.name")), value);
  const scope = lengthField(2, ...items.map((item) => lengthField(2, item)));
  return concat(lengthField(1, lengthField(1, attribute), scope), behind);
}

/** Sends items; gives the answer and what is stored, which protobufjs must agree with. */
async function store(
  signal: Signal,
  items: readonly Uint8Array[],
  behind?: Uint8Array,
): Promise<{ answer: Answer; stored: readonly Record<string, unknown>[] }> {
  const service = uniqueName();
  const body = request(service, items, behind);
  const answer = await post(gateway, { signal, encoding: "protobuf" }, body);
  const events = (await gateway.events({ service })).toReversed();
  const [first] = events;
  const receivedAtMs = Number(first?.["received_at"]);
  const frame = { receivedAtMs, batchId: String(first?.["batch_id"]) };
  if (answer.status === 200) {
    const expected = canonicalAll(expectedEvents(signal, body, frame).events);
    if (canonicalAll(events).join() !== expected.join()) {
      throw new Error(`protobufjs disagrees: ${expected.join()}`);
    }
  }
  return { answer, stored: events.map((event) => event["data"]).filter(isJsonObject) };
}

const GROUP = concat(
  tag(40, Wire.startGroup),
  varintField(1, 5),
  tag(9, Wire.startGroup),
  lengthField(3, Uint8Array.of(1, 2)),
  tag(9, Wire.endGroup),
  tag(40, Wire.endGroup),
);
const UNKNOWN = {
  varint: varintField(40, 2n ** 64n - 1n),
  "64 bits": concat(tag(40, Wire.fixed64), new Uint8Array(8).fill(255)),
  length: lengthField(1000, Uint8Array.of(7, 255)),
  "32 bits": concat(tag(40, Wire.fixed32), new Uint8Array(4).fill(255)),
  group: GROUP,
};

describe("fields", () => {
  it.each(Object.entries(UNKNOWN))("[PB unknown] %s", async (_title, field) => {
    const { answer, stored } = await store(
      "traces",
      [concat(field, IDS, field, TIME, field)],
      field,
    );

    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(stored).toHaveLength(1);
  });

  it.each([
    ["field number 0", Uint8Array.of(0, 0)],
    ["wire type 6", Uint8Array.of(0x4e)],
    ["wire type 7", Uint8Array.of(0x4f)],
    ["a stray end-group", tag(40, Wire.endGroup)],
    ["a group that ends as another", concat(tag(40, Wire.startGroup), tag(41, Wire.endGroup))],
    ["a group without an end", tag(40, Wire.startGroup)],
    [
      "a varint of 11 bytes",
      concat(tag(40, Wire.varint), new Uint8Array(10).fill(255), Uint8Array.of(1)),
    ],
    ["a length beyond the end", concat(tag(40, Wire.length), varint(1000))],
    ["a huge length", concat(tag(40, Wire.length), varint(2n ** 63n))],
    ["half a fixed64", concat(tag(40, Wire.fixed64), Uint8Array.of(1, 2, 3))],
  ])("[PB malformed] %s", async (_title, field) => {
    for (const body of [field, request("x", [concat(IDS, field)])]) {
      const answer = await post(gateway, { signal: "traces", encoding: "protobuf" }, body);

      expect(answer.status).toBe(400);
      expect(statusOf(answer, "protobuf").message).toMatch(/^Cannot decode Export.* at byte \d+/);
    }
  });

  it("[PB malformed] cut at every byte", async () => {
    const body = request("cut", [concat(IDS, TIME, lengthField(5, utf8("name")))]);
    for (let length = 1; length < body.length; length += 1) {
      const cut = body.subarray(0, length);
      const answer = await post(gateway, { signal: "traces", encoding: "protobuf" }, cut);

      expect(answer.status).toBe(400);
    }
  });

  it("[PB wire-type] a name as varint", async () => {
    const { answer } = await store("traces", [concat(IDS, varintField(5, 1))]);

    expect(answer.status).toBe(400);
    expect(statusOf(answer, "protobuf").message).toContain('"name" of Span has wire type 0');
  });

  it("[PB merge] status in two parts, a name twice, a oneof twice", async () => {
    const status = concat(
      lengthField(15, varintField(3, 2)),
      lengthField(15, lengthField(2, utf8("m"))),
    );
    const names = concat(lengthField(5, utf8("first")), lengthField(5, utf8("last")));
    const value = lengthField(2, lengthField(1, utf8("text")), varintField(3, 7));
    const attributes = lengthField(9, lengthField(1, utf8("a")), value);
    const { stored } = await store("traces", [concat(IDS, status, TIME, names, attributes)]);

    expect(stored[0]).toMatchObject({
      name: "last",
      status: { code: "error", message: "m" },
      attributes: { a: 7 },
    });
  });
});

describe("values", () => {
  it("[PB packed] packed, single and mixed", async () => {
    const one = concat(tag(6, Wire.fixed64), Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
    const packed = lengthField(6, new Uint8Array(16).fill(0).with(0, 2).with(8, 3));
    const histogram = lengthField(9, lengthField(1, one, packed, one));
    const { stored } = await store("metrics", [concat(lengthField(1, utf8("m")), histogram)]);

    expect(stored[0]).toMatchObject({ bucket_counts: ["1", "2", "3", "1"] });
  });

  it("[PB presence] sum 0 and no sum", async () => {
    const zero = encodeMessage(messageType("opentelemetry.proto.metrics.v1.Metric"), {
      name: utf8("z"),
      histogram: { data_points: [{ sum: 0 }, {}] },
    });
    const { stored } = await store("metrics", [zero]);

    expect(stored[0]).toHaveProperty("sum", 0);
    expect(stored[1]).not.toHaveProperty("sum");
  });

  it.each([2n ** 64n - 1n, 1_700_000_000_000_000_001n, 2n ** 53n + 1n])(
    "[PB 64-bit] %s",
    async (value) => {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, value, true);
      const { stored } = await store("traces", [concat(IDS, tag(8, Wire.fixed64), bytes)]);

      expect(stored[0]).toHaveProperty("end_time_unix_nano", value.toString());
    },
  );

  it("[PB enums] kind 99 and flags of 32 bits", async () => {
    const flags = concat(tag(16, Wire.fixed32), new Uint8Array(4).fill(255));
    const { stored } = await store("traces", [concat(IDS, varintField(6, 99), flags, TIME)]);

    expect(stored[0]).toMatchObject({ kind: 99, flags: 4_294_967_295 });
  });

  it.each([1, 15, 17, 32])("[PB ids] a trace id of %i bytes", async (length) => {
    const bad = concat(lengthField(1, new Uint8Array(length).fill(1)), lengthField(2, SPAN_ID));
    const { answer, stored } = await store("traces", [bad, concat(IDS, TIME)]);

    expect(answer.status).toBe(200);
    expect(answer.text).toContain(`trace_id of ${length} bytes; send 16 bytes`);
    expect(stored).toHaveLength(1);
  });

  it("[PB ids] a log record keeps everything but the id", async () => {
    const record = concat(lengthField(9, Uint8Array.of(1, 2)), lengthField(12, utf8("event")));
    const { answer, stored } = await store("logs", [record]);

    expect(answer.text).toContain("ids of wrong length were left out");
    expect(stored[0]).toMatchObject({ event_name: "event" });
    expect(stored[0]).not.toHaveProperty("trace_id");
  });

  it("[PB utf8] a name with a lone byte and a surrogate", async () => {
    const name = lengthField(5, Uint8Array.of(0x61, 0xff, 0x62, 0xed, 0xa0, 0x80));
    const { stored } = await store("traces", [concat(IDS, TIME, name)]);

    expect(stored[0]).toHaveProperty("name", "a\uFFFDb\uFFFD\uFFFD\uFFFD");
  });

  it("[PB strindex] a value and a key", async () => {
    const attribute = lengthField(9, varintField(3, 4), lengthField(2, varintField(8, 5)));
    const { answer, stored } = await store("traces", [concat(IDS, TIME, attribute)]);

    expect(answer.status).toBe(200);
    expect(answer.text).toContain("string table references");
    expect(stored[0]).toMatchObject({ attributes: { "": null } });
  });
});

describe("spans without ids", () => {
  const strict = useBuiltGateway({ REQUIRE_SPAN_IDS: "true" });
  const WAY = { signal: "traces", encoding: "protobuf" } as const;
  const ZEROS = concat(lengthField(1, new Uint8Array(16)), lengthField(2, SPAN_ID));

  it("[PB missing-ids] are kept, and the sender is told", async () => {
    const { answer, stored } = await store("traces", [
      concat(IDS, TIME),
      TIME,
      concat(ZEROS, TIME),
    ]);

    expect(stored.map((span) => span["trace_id"])).toEqual(["11".repeat(16), undefined, undefined]);
    expect(new TextDecoder().decode(answer.body)).toContain("2 x spans without a valid trace_id");
  });

  it("[PB missing-ids] are rejected alone where REQUIRE_SPAN_IDS is true", async () => {
    const service = uniqueName();
    const items = [concat(IDS, TIME), TIME, concat(ZEROS, TIME)];
    const answer = await post(strict, WAY, request(service, items));

    expect(answer.status).toBe(200);
    expect(new TextDecoder().decode(answer.body)).toContain("2 x span without a valid trace_id");
    expect(await strict.events({ service })).toHaveLength(1);
  });

  it("[PB missing-ids] in JSON alike", async () => {
    const spans = [
      { traceId: "11".repeat(16), spanId: "22".repeat(8) },
      { spanId: "22".repeat(8) },
    ];
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const kept = await post(gateway, { ...WAY, encoding: "json" }, body);
    const rejected = await post(strict, { ...WAY, encoding: "json" }, body);

    expect(JSON.parse(kept.text)).toEqual({
      partialSuccess: { errorMessage: "1 x spans without a valid trace_id or span_id were kept" },
    });
    expect(JSON.parse(rejected.text)).toMatchObject({ partialSuccess: { rejectedSpans: "1" } });
  });
});

function stringAttribute(key: string, value: string): Uint8Array {
  return lengthField(9, lengthField(1, utf8(key)), lengthField(2, lengthField(1, utf8(value))));
}

describe("attributes", () => {
  it("[PB duplicate-keys] of the same key the last one counts", async () => {
    const attributes = [stringAttribute("key", "first"), stringAttribute("key", "last")];
    const { stored } = await store("traces", [concat(IDS, TIME, ...attributes)]);

    expect(stored.map((span) => span["attributes"])).toEqual([{ key: "last" }]);
  });
});
