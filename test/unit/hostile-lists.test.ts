/** Lists and maps that nobody sends: they must cost no more than their bytes. */
import { describe, expect, it } from "vitest";

import { utf8 } from "../support/proto.ts";
import { transcode } from "../support/transcode.ts";
import { concat, lengthField, varintField } from "../support/wire.ts";

/** The deepest nesting that is kept. */
const DEPTH = 128;

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
