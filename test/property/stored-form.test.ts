import { zstdCompressSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  COMPRESS_MIN_BYTES,
  decodeStored,
  encodeStored,
} from "../../worker/segment/stored-form.ts";
import { utf8 } from "../support/proto.ts";

const RUNS = { numRuns: 200 };
const LIMIT_BYTES = 1024 * 1024;

/** As KV gives a value back. */
function readBack(value: Uint8Array | string): string {
  return typeof value === "string" ? value : new TextDecoder().decode(value);
}

const line = fc
  .record({ data: fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()) })
  .map((event) => `${JSON.stringify(event)}\n`);
/** Some lines, once or many times over: both forms occur. */
const ndjson = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 5 }), fc.constantFrom(1, 40, 300))
  .map(([lines, times]) => ({
    events: lines.length * times,
    bytes: utf8(lines.join("").repeat(times)),
  }));

describe("a segment's value", () => {
  it("reads back as the bytes that were stored, whichever form it has", () => {
    fc.assert(
      fc.property(ndjson, ({ bytes, events }) => {
        const { value, storedBytes } = encodeStored(bytes, events);
        const text = readBack(value);

        const read = decodeStored(text, LIMIT_BYTES * 100);

        expect(read.ok && Buffer.from(read.value).equals(bytes)).toBe(true);
        expect(Buffer.byteLength(text)).toBe(storedBytes);
        expect(storedBytes).toBeLessThanOrEqual(bytes.length);
      }),
      RUNS,
    );
  });

  it("is compressed when there are several events and they are long enough", () => {
    const text = '{"event_type":"span"}\n'.repeat(COMPRESS_MIN_BYTES / 16);
    const short = utf8(text.slice(0, COMPRESS_MIN_BYTES - 1));

    expect(encodeStored(utf8(text), 512).value).toMatch(/^KLUv\/[A-Za-z0-9+/]+={0,2}$/);
    expect(encodeStored(utf8(text), 512).storedBytes).toBeLessThan(500);
    expect(encodeStored(short, 300).value).toBe(short);
  });

  it("is the event itself when there is one, however long", () => {
    const bytes = utf8(`{"data":"${"a".repeat(10 * COMPRESS_MIN_BYTES)}"}\n`);

    expect(encodeStored(bytes, 1)).toEqual({ value: bytes, storedBytes: bytes.length });
  });

  it.each([
    ["plain", `{"data":"${"a".repeat(5000)}"}\n`],
    ["compressed", zstdCompressSync(`{"data":"${"a".repeat(5000)}"}\n`).toString("base64")],
    ["a bomb", zstdCompressSync(Buffer.alloc(50_000_000)).toString("base64")],
  ])("holds too much when it is %s and more than the limit come out", (_form, value) => {
    const read = decodeStored(value, 5000);

    expect(read).toMatchObject({ ok: false, error: { kind: "too-large" } });
  });

  it("is read up to the limit", () => {
    const text = `{"data":"${"a".repeat(5000)}"}\n`;

    expect(decodeStored(text, text.length)).toMatchObject({ ok: true });
    expect(decodeStored(zstdCompressSync(text).toString("base64"), text.length)).toMatchObject({
      ok: true,
    });
  });

  it("is damaged when it is any other text, or a frame that is cut or changed", () => {
    const value = zstdCompressSync(`{"data":${'"ab"'.repeat(2000)}}\n`).toString("base64");
    const other = fc.string().filter((text) => !text.startsWith("{"));
    fc.assert(
      fc.property(other, fc.integer({ min: 5, max: value.length - 5 }), (text, at) => {
        const damaged = { ok: false, error: { kind: "damaged" } };
        expect(decodeStored(text, LIMIT_BYTES)).toMatchObject(damaged);
        expect(decodeStored(`KLUv/${text}`, LIMIT_BYTES).ok).toBe(false);
        expect(decodeStored(value.slice(0, at), LIMIT_BYTES)).toMatchObject(damaged);
      }),
      RUNS,
    );
    expect(decodeStored("", LIMIT_BYTES)).toMatchObject({ ok: false, error: { kind: "damaged" } });
  });
});
