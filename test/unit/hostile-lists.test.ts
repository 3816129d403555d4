/** Lists and maps that nobody sends: they must cost no more than their bytes. */
import { describe, expect, it } from "vitest";

import { utf8 } from "../support/proto.ts";
import { reasonOf, transcode } from "../support/transcode.ts";
import { concat, lengthField, varintField } from "../support/wire.ts";

/** The deepest nesting that is kept. */
const DEPTH = 128;
const UNKNOWN = varintField(9, 1);
const SMALL = varintField(3, 1);

function entry(key: string, value: Uint8Array): Uint8Array {
  return lengthField(1, lengthField(1, utf8(key)), lengthField(2, value));
}

function logOf(body: Uint8Array): Uint8Array {
  return lengthField(1, lengthField(2, lengthField(2, lengthField(5, body))));
}

function nested(depth: number, level: (inner: Uint8Array) => readonly Uint8Array[]): Uint8Array {
  let value = lengthField(1, utf8("core"));
  for (let index = 0; index < depth; index += 1) {
    value = lengthField(6, ...level(value));
  }
  return value;
}

describe("a map with an unknown field between its entries", () => {
  it("has all its entries", () => {
    const gap = varintField(9, 1);
    const map = lengthField(6, entry("a", varintField(3, 1)), gap, entry("b", varintField(3, 2)));
    const again = lengthField(6, gap, entry("a", varintField(3, 1)), gap, entry("a", map), gap);

    const { lines } = transcode({ signal: "logs", encoding: "protobuf", body: logOf(again) });

    expect(lines[0]).toContain('"body":{"a":{"a":1,"b":2}}');
  });

  // Each level was written, found to have a gap, and written again: twice the time at each level.
  it(`takes no more time at ${DEPTH} levels than its bytes do`, () => {
    const last = entry("last", lengthField(1, utf8("x")));
    const body = nested(DEPTH, (inner) => [entry("k", inner), varintField(9, 1), last]);
    const started = performance.now();

    const { lines } = transcode({ signal: "logs", encoding: "protobuf", body: logOf(body) });

    expect(lines[0]?.split('"last":"x"')).toHaveLength(DEPTH + 1);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("may come in the wrong order, with repeated keys, at every level", () => {
    const body = nested(DEPTH, (inner) => [
      entry("z", varintField(3, 1)),
      entry("k", inner),
      concat(varintField(9, 1), entry("z", varintField(3, 2))),
    ]);
    const started = performance.now();

    const { lines } = transcode({ signal: "logs", encoding: "protobuf", body: logOf(body) });

    expect(lines[0]?.split('"z":2')).toHaveLength(DEPTH + 1);
    expect(lines[0]).not.toContain('"z":1');
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

const MANY = 200_000;
/** Generous: what is quadratic takes minutes. */
const TIME_LIMIT_MS = 10_000;
const OPTIONS = { timeout: 30_000 };

/** A span with short keys, and their places as values; in one pass, for there are many. */
function spanOf(keys: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(keys.reduce((sum, key) => sum + key.length + 12, 0));
  let at = 0;
  for (const [index, key] of keys.entries()) {
    const value = varintField(3, index);
    const length = key.length + value.length + 4;
    bytes.set([0x4a, length, 0x0a, key.length, ...key, 0x12, value.length, ...value], at);
    at += length + 2;
  }
  return lengthField(1, lengthField(2, lengthField(2, bytes.subarray(0, at))));
}

function lineOf(body: Uint8Array): string {
  const started = performance.now();
  const { lines } = transcode({ signal: "traces", encoding: "protobuf", body });
  expect(performance.now() - started).toBeLessThan(TIME_LIMIT_MS);
  return lines[0] ?? "";
}

describe("a list of attributes", OPTIONS, () => {
  it.each([127, 128, 129, 256, 257, 1000])("of %i keys has all of them", (count) => {
    const keys = Array.from({ length: count }, (_none, index) => `key.${index}`);
    const again = ["last", ...keys, "key.0", "last"];

    const members = keys.map((key, index) => `"${key}":${index}`);
    expect(lineOf(spanOf(keys.map(utf8)))).toContain(`"attributes":{${members.join(",")}}`);
    expect(lineOf(spanOf(again.map(utf8)))).toContain(
      `"attributes":{${keys
        .slice(1)
        .map((key, index) => `"${key}":${index + 2}`)
        .join(",")},"key.0":${count + 1},"last":${count + 2}}`,
    );
  });

  it(`of ${MANY} entries with the same key has the last one`, () => {
    const keys = Array.from({ length: MANY }, () => utf8("k"));

    expect(lineOf(spanOf(keys))).toContain(`"attributes":{"k":${MANY - 1}}`);
  });

  it(`of ${MANY} keys has all of them`, () => {
    const keys = Array.from({ length: MANY }, (_none, index) => utf8(String(index)));

    expect(lineOf(spanOf(keys)).split(":")).toHaveLength(
      MANY + lineOf(spanOf([])).split(":").length + 1,
    );
  });

  it(`of ${MANY} keys that were made to collide is refused`, () => {
    const body = spanOf(collidingKeys(MANY));
    const started = performance.now();

    expect(reasonOf({ signal: "traces", encoding: "protobuf", body })).toContain(
      "the keys of an attribute list were made to collide",
    );
    expect(performance.now() - started).toBeLessThan(TIME_LIMIT_MS);
  });

  it("of a few keys that collide has all of them", () => {
    const keys = collidingKeys(60);

    const { events } = transcode({
      signal: "traces",
      encoding: "protobuf",
      body: spanOf([...keys, ...keys.slice(0, 1)]),
    });

    expect(JSON.stringify(events[0]).match(/":\d+/g)?.length).toBeGreaterThanOrEqual(keys.length);
  });
});

const MASK = 2n ** 64n - 1n;
const MULTIPLIER = 0x9e3779b97f4a7c15n;

/**
 * Keys of eight bytes whose hashes share their lower 32 bits, which are the exclusive or of both
 * halves of a product: hashText() in assembly/keys.ts, backwards.
 */
function collidingKeys(count: number): readonly Uint8Array[] {
  let inverse = MULTIPLIER;
  for (let round = 0; round < 6; round += 1) {
    inverse = (inverse * (2n - MULTIPLIER * inverse)) & MASK;
  }
  return Array.from({ length: count }, (_none, index) => {
    const half = BigInt(index);
    const bits = ((((half << 32n) | half) * inverse) & MASK) ^ ((8n * MULTIPLIER) & MASK);
    const key = new Uint8Array(8);
    new DataView(key.buffer).setBigUint64(0, bits, true);
    return key;
  });
}

describe("megabytes within 128 levels", OPTIONS, () => {
  const core = lengthField(1, utf8("x".repeat(1_500_000)));

  it.each([
    ["unknown fields", (inner: Uint8Array) => [varintField(9, 1), entry("k", inner), UNKNOWN]],
    [
      "unknown fields and repeated keys",
      (inner: Uint8Array) => [entry("z", SMALL), UNKNOWN, entry("k", inner), entry("z", SMALL)],
    ],
    ["repeated keys", (inner: Uint8Array) => [entry("k", SMALL), entry("k", inner)]],
    [
      "repeated keys, the last of which is small",
      (inner: Uint8Array) => [entry("k", inner), entry("a", SMALL), entry("a", SMALL)],
    ],
  ] as const)("with %s at each are written in time", (_what, level) => {
    let value = core;
    for (let depth = 0; depth < DEPTH; depth += 1) {
      value = lengthField(6, ...level(value));
    }
    const started = performance.now();

    const { lines } = transcode({ signal: "logs", encoding: "protobuf", body: logOf(value) });

    expect(lines[0]?.split('"k":')).toHaveLength(DEPTH + 1);
    expect(lines[0]?.length).toBeGreaterThan(1_500_000);
    expect(performance.now() - started).toBeLessThan(TIME_LIMIT_MS);
  });
});
