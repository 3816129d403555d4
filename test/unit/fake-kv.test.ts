/** Parts of the fake KV that no test of the gateway would miss: order, seeds, counts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { FakeKv } from "../support/fake-kv.ts";
import { Random } from "../support/fake-kv/random.ts";
import { SortedKeys, compareKeys } from "../support/fake-kv/sorted-keys.ts";

function draw(seed: number): readonly number[] {
  const random = new Random(seed);
  return Array.from({ length: 20 }, () => random.next());
}

const keys = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }));

describe("the order of keys", () => {
  it("is that of their bytes in UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it("holds whatever is added when, and a list goes on behind any key", () => {
    fc.assert(
      fc.property(keys, keys, fc.string({ maxLength: 2 }), (first, second, prefix) => {
        const sorted = new SortedKeys();
        const expected = [...new Set([...first, ...second])].toSorted(compareKeys);
        for (const key of new Set(first)) {
          sorted.add(key);
        }
        sorted.all();
        for (const key of expected.filter((candidate) => !first.includes(candidate))) {
          sorted.add(key);
        }
        const listed = [...sorted.after(prefix, "")];

        expect(listed).toEqual(expected.filter((key) => key.startsWith(prefix)));
        for (const [at, key] of listed.entries()) {
          expect([...sorted.after(prefix, key)]).toEqual(listed.slice(at + 1));
        }
      }),
    );
  });
});

describe("chance", () => {
  it("repeats with its seed", () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("stays within its limits and reaches them", () => {
    const random = new Random(3);
    const drawn = Array.from({ length: 1000 }, () => random.draw({ upTo: 3 }));

    expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3]));
  });
});

describe("counting", () => {
  it("counts calls by kind, failed ones too, keys as billed, and bytes", async () => {
    const kv = new FakeKv();
    await kv.namespace.put("a", "12345");
    await kv.namespace.put("b", "é");
    await kv.namespace.get("a");
    await kv.namespace.get("missing");
    await kv.namespace.get(["a", "b", "missing"]);
    await kv.namespace.list();
    await kv.namespace.delete("b");
    kv.failCalls("list", [2], "KV GET failed: 500 Internal Server Error");

    await expect(kv.namespace.list()).rejects.toThrow("500");
    expect(kv.counts).toEqual({ put: 2, get: 2, getBulk: 1, list: 2, keysRead: 5 });
    expect(kv.traffic).toEqual({ bytesRead: 12, bytesWritten: 7, keysListed: 2, deletes: 1 });
    kv.resetCounts();
    expect(kv.counts).toEqual({ put: 0, get: 0, getBulk: 0, list: 0, keysRead: 0 });
  });
});
