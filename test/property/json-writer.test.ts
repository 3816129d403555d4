import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { byteSource, literal } from "../../worker/core/bytes.ts";
import { JsonWriter } from "../../worker/events/json-writer.ts";
import { textBytes } from "../support/arbitraries.ts";

const encoder = new TextEncoder();
const RUNS = { numRuns: 300 };
const UINT64 = fc.oneof(
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 10n ** 9n - 1n, 10n ** 9n, 10n ** 18n),
  fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 10n ** 19n, 10n ** 18n - 1n, 2n ** 53n),
  // one below, at and above every power of ten
  fc
    .tuple(fc.integer({ min: 1, max: 19 }), fc.bigInt(-1n, 1n))
    .map(([n, d]) => 10n ** BigInt(n) + d),
);

/** What a fresh writer of little room holds after `write`. */
function written(write: (out: JsonWriter) => void): string {
  const out = new JsonWriter(1);
  write(out);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    out.bytes.subarray(0, out.length),
  );
}

function halves(value: bigint): readonly [high: number, low: number] {
  const bits = BigInt.asUintN(64, value);
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}

describe("JsonWriter", () => {
  // Several in one writer: it remembers the digits of the last one.
  it("writeQuoted64() writes the digits that a bigint has", () => {
    fc.assert(
      fc.property(fc.array(UINT64, { minLength: 1, maxLength: 5 }), (values) => {
        const text = written((out) => {
          for (const value of values) {
            out.writeQuoted64(...halves(value), false);
          }
        });
        expect(text).toBe(values.map((value) => `"${value}"`).join(""));
      }),
      { numRuns: 2000 },
    );
  });

  it("writeQuoted64() writes the digits that a two's complement bigint has", () => {
    fc.assert(
      fc.property(fc.array(UINT64, { minLength: 1, maxLength: 5 }), (values) => {
        const text = written((out) => {
          for (const value of values) {
            out.writeQuoted64(...halves(value), true);
          }
        });
        expect(text).toBe(values.map((value) => `"${BigInt.asIntN(64, value)}"`).join(""));
      }),
      { numRuns: 2000 },
    );
  });

  it("writeFixed64Member() writes times close to each other with every digit", () => {
    const times = fc
      .tuple(UINT64, fc.array(fc.bigInt(-(10n ** 10n), 10n ** 10n), { maxLength: 5 }))
      .map(([first, steps]) => [first, ...steps.map((step) => BigInt.asUintN(64, first + step))]);
    fc.assert(
      fc.property(times, (values) => {
        const source = new DataView(new ArrayBuffer(values.length * 8));
        const text = written((out) => {
          for (const [index, value] of values.entries()) {
            source.setBigUint64(index * 8, value, true);
            out.writeFixed64Member(literal(',"time":'), source, index * 8);
          }
        });
        expect(text).toBe(values.map((value) => `,"time":"${value}"`).join(""));
      }),
      { numRuns: 1000 },
    );
  });

  it("writeInteger() writes what String() does, over the whole safe range", () => {
    const safe = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer(),
      fc.integer({ min: -999, max: 99_999 }),
    );
    fc.assert(
      fc.property(safe, (value) => {
        expect(written((out) => out.writeInteger(value))).toBe(String(value));
      }),
      { numRuns: 2000 },
    );
  });

  it("writeDouble() writes what reads back as the same double, -0 included", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const read: unknown = JSON.parse(written((out) => out.writeDouble(value)));
        expect(Object.is(read, value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("writeDouble() writes the digits that JSON.stringify does, above all of short decimals", () => {
    const decimal = fc
      .tuple(fc.integer(), fc.integer({ min: 0, max: 2 ** 20 }), fc.integer({ min: 0, max: 12 }))
      .map(([high, low, places]) => (high * 2 ** 20 + low) / 10 ** places);
    const edge = fc.constantFrom(1e-6, 9.5e-7, 1e-7, 999_999_999.999_999, 1e9 + 0.5, 0.1 + 0.2);
    const double = fc.oneof(decimal, edge, fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(double, (value) => {
        fc.pre(value !== 0);
        expect(written((out) => out.writeDouble(value))).toBe(JSON.stringify(value));
      }),
      { numRuns: 3000 },
    );
  });

  it("writeUtf8() writes any bytes as the text that a WHATWG decoder reads from them", () => {
    const nearUtf8 = fc.array(
      fc.constantFrom(0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x80, 0x9f, 0xa0, 0xbf, 0xbb, 0x22, 0x41),
      { maxLength: 12 },
    );
    const source = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      textBytes,
      nearUtf8.map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(source, fc.nat(8), fc.nat(8), (bytes, before, after) => {
        const around = Uint8Array.from([...Array<number>(before).fill(0x80), ...bytes]);
        const whole = Uint8Array.from([...around, ...Array<number>(after).fill(0xbf)]);
        const text = written((out) => out.writeUtf8(byteSource(whole), before, around.length));
        const expected = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);
        expect(JSON.parse(text)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("writeUtf8() writes long text with escapes at any place, in pieces", () => {
    fc.assert(
      fc.property(fc.nat(40_000), fc.constantFrom("\n", "é", "😀", "\u{1}"), (at, mark) => {
        const text = `${"a".repeat(at)}${mark}${"b".repeat(40_000 - at)}${mark}`;
        const bytes = new TextEncoder().encode(text);
        expect(
          JSON.parse(written((out) => out.writeUtf8(byteSource(bytes), 0, bytes.length))),
        ).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it("writeString() writes any text, and U+FFFD for half a surrogate pair", () => {
    const units = fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(units, fc.string({ unit: "binary" })), (text) => {
        expect(JSON.parse(written((out) => out.writeString(text)))).toBe(text.toWellFormed());
      }),
      { numRuns: 1000 },
    );
  });

  it("writeBase64() writes what Node's encoder does", () => {
    const lengths = fc.constantFrom(0, 1, 2, 3, 16_383, 16_384, 16_385, 40_000);
    const source = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      lengths.map((length) => Uint8Array.from({ length }, (_none, index) => index * 7)),
    );
    fc.assert(
      fc.property(source, (bytes) => {
        const base64 = written((out) => out.writeBase64(bytes, 0, bytes.length));
        expect(base64).toBe(`"${Buffer.from(bytes).toString("base64")}"`);
      }),
      RUNS,
    );
  });

  it("writeHexMember() writes ids as Node's encoder does", () => {
    const ids = fc.oneof(
      ...[8, 16].map((length) => fc.uint8Array({ minLength: length, maxLength: length })),
    );
    fc.assert(
      fc.property(ids, (bytes) => {
        const { view } = byteSource(bytes);
        const text = written((out) => out.writeHexMember(literal(',"id":'), view, 0, bytes.length));
        expect(text).toBe(`,"id":"${Buffer.from(bytes).toString("hex")}"`);
      }),
      RUNS,
    );
  });

  it("writeTextEntry() writes what writeKey() and writeUtf8() do", () => {
    const texts = fc.oneof(
      textBytes,
      fc.string({ maxLength: 20 }).map((text) => encoder.encode(text)),
    );
    fc.assert(
      fc.property(texts, texts, (key, text) => {
        const source = byteSource(Uint8Array.from([...key, ...text]));
        const end = source.bytes.length;
        const whole = written((out) => out.writeTextEntry(source, 0, key.length, key.length, end));
        const parts = written((out) => {
          out.writeKey(source, 0, key.length);
          out.writeUtf8(source, key.length, end);
        });
        expect(whole).toBe(parts);
      }),
      { numRuns: 1000 },
    );
  });

  it("closeObject() and closeList() turn a run of members into an object and a list", () => {
    const text = written((out) => {
      const list = out.length;
      for (const count of [0, 1, 2]) {
        out.writeComma();
        const object = out.length;
        for (let index = 0; index < count; index += 1) {
          out.writeAscii(`,"m${index}":${index}`);
        }
        out.closeObject(object);
      }
      out.writeComma();
      out.closeList(out.length);
      out.closeList(list);
    });

    expect(JSON.parse(text)).toEqual([{}, { m0: 0 }, { m0: 0, m1: 1 }, []]);
  });
});
