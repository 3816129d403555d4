/** Every digit, escape and letter of the values in events: the text itself, not what it parses to. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { textBytes } from "../support/arbitraries.ts";
import { utf8 } from "../support/proto.ts";
import { concat, lengthField, varintField } from "../support/wire.ts";
import {
  doubleBytes,
  fixed64,
  fixed64Field,
  memberText,
  writtenPoints,
  writtenSpans,
  writtenValues,
} from "../support/written.ts";

const RUNS = { numRuns: 300 };
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const UINT64 = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 10n ** 9n - 1n, 10n ** 9n, 10n ** 18n),
  fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 10n ** 19n, 10n ** 18n - 1n, 2n ** 53n),
  // one below, at and above every power of ten
  fc
    .tuple(fc.integer({ min: 1, max: 19 }), fc.bigInt(-1n, 1n))
    .map(([n, d]) => 10n ** BigInt(n) + d),
);
/** The same below 0, and around the limits of what a JSON number keeps. */
const INT64 = fc.oneof(
  UINT64.map((value) => BigInt.asIntN(64, value)),
  UINT64.map((value) => BigInt.asIntN(64, -value)),
  fc.tuple(fc.constantFrom(1n, -1n), fc.bigInt(-2n, 2n)).map(([sign, d]) => sign * 2n ** 53n + d),
);
const someInt64 = fc.array(INT64, { minLength: 1, maxLength: 8 });

const decimal = fc
  .tuple(fc.integer(), fc.integer({ min: 0, max: 2 ** 20 }), fc.integer({ min: 0, max: 12 }))
  .map(([high, low, places]) => (high * 2 ** 20 + low) / 10 ** places);
const edge = fc.constantFrom(1e-6, 9.5e-7, 1e-7, 999_999_999.999_999, 1e9 + 0.5, 0.1 + 0.2);
const LIMITS: readonly number[] = [
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  1e15,
  1e16,
  1e21,
  1e22,
  123_456_789_012_345_680_000,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  2 ** -1022,
  0.999_999_9,
  0.000_001_5,
  5e-7,
];
const limit = fc.constantFrom(...LIMITS);
const double = fc.oneof(
  decimal,
  edge,
  limit,
  limit.map((value) => -value),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const someDoubles = fc.array(double, { minLength: 1, maxLength: 8 });

/** Every length up to a vector, and those around further ones. */
const LENGTHS: readonly number[] = Array.from({ length: 81 }, (_none, length) => length).filter(
  (length) => length < 20 || [0, 1, 15].includes(length % 16),
);

/** JSON.stringify, which writes -0 as 0, and what is no number as null. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) {
    return `"${value}"`;
  }
  return Object.is(value, -0) ? "-0" : JSON.stringify(value);
}

function idOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc
    .uint8Array({ minLength: length, maxLength: length })
    .filter((bytes) => bytes.some((byte) => byte !== 0));
}

function stringValue(bytes: Uint8Array): Uint8Array {
  return lengthField(1, bytes);
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);
}

/** What one string reads as. */
function readString(bytes: Uint8Array): unknown {
  return JSON.parse(writtenValues([stringValue(bytes)]).join());
}

describe("64-bit integers", () => {
  it("without a sign have the digits that a bigint has", () => {
    fc.assert(
      fc.property(fc.array(UINT64, { minLength: 1, maxLength: 8 }), (values) => {
        const [text = ""] = writtenPoints([lengthField(6, ...values.map(fixed64))]);
        expect(memberText(text, "bucket_counts")).toBe(
          `[${values.map((value) => `"${value}"`).join(",")}]`,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("that are times close to each other have every digit, in any order", () => {
    const times = fc
      .tuple(
        UINT64.filter((value) => value > 0n),
        fc.array(fc.bigInt(-(10n ** 10n), 10n ** 10n), { maxLength: 5 }),
      )
      .map(([first, steps]) => [first, ...steps.map((step) => BigInt.asUintN(64, first + step))])
      .filter((values) => !values.includes(0n));
    fc.assert(
      fc.property(times, fc.constantFrom(7, 8), (values, number) => {
        const name = number === 7 ? "start_time_unix_nano" : "end_time_unix_nano";
        const texts = writtenSpans(values.map((value) => fixed64Field(number, fixed64(value))));
        expect(texts).toEqual(values.map((value) => `,"${name}":"${value}"`));
      }),
      { numRuns: 700 },
    );
  });

  it("of a span that starts and ends have every digit, whatever the other is", () => {
    const time = fc.oneof(UINT64, fc.bigInt(10n ** 18n, 2n * 10n ** 18n)).filter((one) => one > 0n);
    fc.assert(
      fc.property(fc.array(fc.tuple(time, time), { minLength: 1, maxLength: 4 }), (spans) => {
        const texts = writtenSpans(
          spans.map(([start, end]) =>
            concat(fixed64Field(7, fixed64(start)), fixed64Field(8, fixed64(end))),
          ),
        );
        expect(texts).toEqual(
          spans.map(
            ([start, end]) => `,"start_time_unix_nano":"${start}","end_time_unix_nano":"${end}"`,
          ),
        );
      }),
      RUNS,
    );
  });

  it("with a sign are numbers where JSON readers keep every digit, else marked strings", () => {
    fc.assert(
      fc.property(someInt64, (values) => {
        expect(writtenValues(values.map((value) => varintField(3, value)))).toEqual(
          values.map((value) =>
            value >= -MAX_SAFE && value <= MAX_SAFE ? String(value) : `{"int_value":"${value}"}`,
          ),
        );
      }),
      { numRuns: 1500 },
    );
  });

  it("with a sign, of a field, have the digits that a two's complement bigint has", () => {
    fc.assert(
      fc.property(someInt64, (values) => {
        const exemplars = values.map((value) => lengthField(8, fixed64Field(6, fixed64(value))));
        expect(writtenPoints([concat(...exemplars)])).toEqual([
          `,"exemplars":[${values.map((value) => `{"as_int":"${value}"}`).join(",")}]`,
        ]);
      }),
      { numRuns: 700 },
    );
  });
});

describe("small integers", () => {
  it("have the digits that String() gives them", () => {
    const uint32 = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      fc.integer({ min: 1, max: 99 }),
    );
    fc.assert(
      fc.property(fc.array(uint32, { minLength: 1, maxLength: 8 }), (values) => {
        expect(writtenSpans(values.map((value) => varintField(10, value)))).toEqual(
          values.map((value) => `,"dropped_attributes_count":${value}`),
        );
      }),
      RUNS,
    );
  });
});

describe("doubles", () => {
  it("have the digits that JSON.stringify gives them, above all short decimals", () => {
    fc.assert(
      fc.property(someDoubles, (values) => {
        const [text = ""] = writtenPoints([lengthField(7, ...values.map(doubleBytes))]);
        expect(memberText(text, "explicit_bounds")).toBe(`[${values.map(doubleText).join(",")}]`);
      }),
      { numRuns: 2000 },
    );
  });

  it("read back as the same double, -0 included", () => {
    const any = fc.oneof(double, fc.constantFrom(-0, 0));
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 8 }), (values) => {
        const [text = ""] = writtenPoints([lengthField(7, ...values.map(doubleBytes))]);
        const read: unknown = JSON.parse(memberText(text, "explicit_bounds"));
        // Equal by Object.is().
        expect(read).toStrictEqual(values);
      }),
      { numRuns: 700 },
    );
  });

  it("are marked where they would read as an integer, and plain elsewhere", () => {
    const special = fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 5, -5);
    fc.assert(
      fc.property(fc.array(fc.oneof(double, special), { minLength: 1, maxLength: 8 }), (values) => {
        const written = writtenValues(values.map((value) => fixed64Field(4, doubleBytes(value))));
        expect(written).toEqual(
          values.map((value) =>
            Number.isFinite(value) && !Number.isInteger(value)
              ? doubleText(value)
              : `{"double_value":${doubleText(value)}}`,
          ),
        );
      }),
      { numRuns: 1500 },
    );
  });

  it("that are no numbers are the strings of ProtoJSON", () => {
    const bits = fc.constantFrom(0x7ff8n << 48n, (0xfff8n << 48n) | 1n, (0x7ff0n << 48n) | 1n);
    fc.assert(
      fc.property(bits, (nan) => {
        const values = [fixed64(nan), doubleBytes(Infinity), doubleBytes(-Infinity)];
        expect(writtenPoints([lengthField(7, ...values)])).toEqual([
          ',"explicit_bounds":["NaN","Infinity","-Infinity"]',
        ]);
      }),
    );
  });
});

describe("strings", () => {
  const nearUtf8 = fc
    .array(
      fc.constantFrom(0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x80, 0x9f, 0xa0, 0xbf, 0xbb, 0x22, 0x41),
      { maxLength: 12 },
    )
    .map((bytes) => Uint8Array.from(bytes));

  it("of any bytes are the text that a WHATWG decoder reads, whatever stands around them", () => {
    const source = fc.oneof(fc.uint8Array({ maxLength: 64 }), textBytes, nearUtf8);
    fc.assert(
      fc.property(source, fc.nat(8), fc.nat(8), (bytes, before, after) => {
        // Half characters in front and behind: neither may count.
        const values = [
          new Uint8Array(before).fill(0xf0),
          bytes,
          Uint8Array.from([...new Uint8Array(after).fill(0xbf), ...bytes]),
        ];
        const written = writtenValues(values.map(stringValue));
        expect(written.map((text): unknown => JSON.parse(text))).toEqual(values.map(decoded));
      }),
      { numRuns: 1000 },
    );
  });

  it("have the escapes that JSON.stringify gives them", () => {
    const texts = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string());
    fc.assert(
      fc.property(texts, (text) => {
        expect(writtenValues([stringValue(utf8(text))])).toEqual([
          JSON.stringify(text.toWellFormed()),
        ]);
      }),
      { numRuns: 1000 },
    );
  });

  it("of all lengths around sixteen bytes are whole, with what needs care at any place", () => {
    const marks = ["", '"', "\\", "\n", "\u{1}", "\u{7f}", "é", "\u{2028}", "😀"]
      .map(utf8)
      .concat([0x80, 0xc2, 0xe2, 0xf0].map((byte) => Uint8Array.of(byte)))
      .concat([Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xf0, 0x9f, 0x98)]);
    const plain = utf8("0123456789abcdef".repeat(6));
    for (const mark of marks) {
      for (const length of LENGTHS) {
        const texts = Array.from({ length: length + 1 }, (_none, at) =>
          Uint8Array.from([...plain.subarray(0, at), ...mark, ...plain.subarray(at, length)]),
        );
        const written = writtenValues(texts.map(stringValue));
        expect(written).toEqual(texts.map((bytes) => JSON.stringify(decoded(bytes))));
      }
    }
  }, 30_000);

  it("that are long have every escape, at any place", () => {
    fc.assert(
      fc.property(fc.nat(40_000), fc.constantFrom("\n", "é", "😀", "\u{1}"), (at, mark) => {
        const text = `${"a".repeat(at)}${mark}${"b".repeat(40_000 - at)}${mark}`;
        expect(readString(utf8(text))).toBe(text);
      }),
      { numRuns: 40 },
    );
  });

  it("that are long may need an escape or a replacement for every byte", () => {
    fc.assert(
      fc.property(fc.constantFrom(0x01, 0x22, 0x80, 0xc2, 0xf0), fc.nat(40_000), (byte, length) => {
        const bytes = new Uint8Array(length).fill(byte);
        expect(readString(bytes)).toBe(decoded(bytes));
      }),
      { numRuns: 30 },
    );
  });

  it("that are keys are written as those that are values", () => {
    const texts = fc.oneof(
      textBytes,
      nearUtf8,
      fc.string({ maxLength: 20 }).map((text) => utf8(text)),
    );
    fc.assert(
      fc.property(texts, texts, (key, text) => {
        const entry = concat(lengthField(1, key), lengthField(2, stringValue(text)));
        const [keyText = "", valueText = ""] = writtenValues([stringValue(key), stringValue(text)]);
        expect(writtenSpans([lengthField(9, entry)])).toEqual([
          `,"attributes":{${keyText}:${valueText}}`,
        ]);
      }),
      { numRuns: 700 },
    );
  });
});

describe("bytes", () => {
  it("are the base64 that Node's encoder gives, of any length", () => {
    const lengths = fc.constantFrom(16_383, 16_384, 16_385, 40_000);
    const source = fc.oneof(
      { weight: 20, arbitrary: fc.uint8Array({ maxLength: 40 }) },
      {
        weight: 1,
        arbitrary: lengths.map((length) =>
          Uint8Array.from({ length }, (_none, index) => index * 7),
        ),
      },
    );
    fc.assert(
      fc.property(source, (bytes) => {
        expect(writtenValues([lengthField(7, bytes)])).toEqual([
          `{"bytes_value":"${Buffer.from(bytes).toString("base64")}"}`,
        ]);
      }),
      RUNS,
    );
    const all = Array.from({ length: 81 }, (_none, length) =>
      Uint8Array.from({ length }, (_zero, index) => 255 - index * 3),
    );
    expect(writtenValues(all.map((bytes) => lengthField(7, bytes)))).toEqual(
      all.map((bytes) => `{"bytes_value":"${Buffer.from(bytes).toString("base64")}"}`),
    );
  });
});

describe("ids", () => {
  it("are the hex that Node's encoder gives", () => {
    fc.assert(
      fc.property(idOf(16), idOf(8), idOf(8), (trace, span, parent) => {
        const hex = [trace, span, parent].map((bytes) => Buffer.from(bytes).toString("hex"));
        const fields = [lengthField(1, trace), lengthField(2, span), lengthField(4, parent)];
        expect(writtenSpans([concat(...fields)])).toEqual([
          `,"trace_id":"${hex[0]}","span_id":"${hex[1]}","parent_span_id":"${hex[2]}"`,
        ]);
      }),
      RUNS,
    );
  });
});

describe("objects and lists", () => {
  it("have their brackets also when they are empty", () => {
    const members = [0, 1, 2].map((count) =>
      lengthField(
        6,
        ...Array.from({ length: count }, (_none, index) =>
          lengthField(
            1,
            concat(lengthField(1, utf8(`m${index}`)), lengthField(2, varintField(3, index))),
          ),
        ),
      ),
    );
    const list = [...members, lengthField(5)].map((value) => lengthField(1, value));

    expect(writtenValues([lengthField(5, ...list)])).toEqual(['[{},{"m0":0},{"m0":0,"m1":1},[]]']);
  });
});
