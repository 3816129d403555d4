import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { SegmentFacts } from "../../worker/events/segment-facts.ts";
import { TOKEN_KINDS, type TokenKind, TokenSets, tokenOf } from "../../worker/events/tokens.ts";
import { decodeSummary, encodeSummary } from "../../worker/segment/summary.ts";
import { TokenFilter, encodeTokenFilter } from "../../worker/segment/token-filter.ts";

const RUNS = { numRuns: 300 };
const kind = fc.constantFrom(...TOKEN_KINDS);
const token = fc.oneof(
  // No hash is 0.
  fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  fc.constantFrom(1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
);
const tokens = fc.array(fc.tuple(kind, token), { maxLength: 1200, size: "max" });
const fewTokens = fc.array(fc.tuple(kind, token), { maxLength: 60 });
const limit = fc.integer({ min: 30, max: 1000 });

function setsOf(entries: readonly (readonly [TokenKind, number])[]): TokenSets {
  const sets = new TokenSets();
  for (const [of, value] of entries) {
    sets.add(of, value);
  }
  return sets;
}

/** Spread like hashes are; the same on every run. */
function manyTokens(count: number, seed: number): readonly number[] {
  return Array.from(
    { length: count },
    (_none, index) => Math.imul(index * 2 + seed, 0x9e3779b1) >>> 0,
  );
}

describe("a token filter", () => {
  it("finds every token that was put in, whatever the room", () => {
    fc.assert(
      fc.property(tokens, limit, (entries, characters) => {
        const text = encodeTokenFilter(setsOf(entries), characters);
        const filter = TokenFilter.parse(text);

        expect(text.length).toBeLessThanOrEqual(characters);
        expect(text).toMatch(/^[a-h]*(\.[0-9a-z]*){3}\.[A-Za-z0-9+/]*$/);
        for (const [of, value] of entries) {
          expect(filter?.mayContain(of, value)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it("is exact while it fits: 100 tokens in 600 characters are the only ones it finds", () => {
    const held = manyTokens(100, 1);
    const filter = TokenFilter.parse(
      encodeTokenFilter(setsOf(held.map((value) => ["trace", value] as const)), 600),
    );

    expect(held.filter((value) => filter?.mayContain("trace", value) ?? false)).toHaveLength(100);
    expect(
      manyTokens(10_000, 2).filter((value) => filter?.mayContain("trace", value) ?? false),
    ).toEqual([]);
  });

  it("finds less than 1 in 50 of other tokens when 600 share 900 characters", () => {
    const held = manyTokens(600, 1);
    const filter = TokenFilter.parse(
      encodeTokenFilter(setsOf(held.map((value) => ["trace", value] as const)), 900),
    );

    const found = manyTokens(10_000, 2).filter(
      (value) => filter?.mayContain("trace", value) ?? false,
    );
    expect(found.length).toBeLessThan(200);
  });

  it("gives up the largest kind first, and says so", () => {
    const sets = setsOf([
      ...manyTokens(2000, 1).map((value) => ["trace", value] as const),
      ["session", 7],
    ]);
    const filter = TokenFilter.parse(encodeTokenFilter(sets, 900));

    expect(filter?.mayContain("trace", 12345)).toBe(true);
    expect(filter?.mayContain("session", 7)).toBe(true);
    expect(filter?.mayContain("session", 8)).toBe(false);
    expect(filter?.mayContain("device", 8)).toBe(false);
  });

  it("knows nothing of a kind that was forgotten", () => {
    const sets = setsOf([["name", 1]]);
    sets.forget("session");
    const filter = TokenFilter.parse(encodeTokenFilter(sets, 900));

    expect(filter?.mayContain("session", 8)).toBe(true);
    expect(filter?.mayContain("name", 8)).toBe(false);
  });

  it("never throws, and never rules anything out, where its gaps are damaged", () => {
    fc.assert(
      fc.property(fewTokens, fc.nat(), fc.string({ maxLength: 3 }), (entries, at, junk) => {
        const text = encodeTokenFilter(setsOf(entries), 900);
        const start = text.lastIndexOf(".") + 1;
        const cut = text.slice(0, Math.max(start, text.length - 1 - (at % 20)));
        TokenFilter.parse(text.slice(0, at % (text.length + 1)) + junk)?.mayContain("name", at);
        const filter = TokenFilter.parse(cut);
        const ruledOut = entries.filter(([of, value]) => filter?.mayContain(of, value) === false);
        expect(cut.length < text.length ? ruledOut : []).toEqual([]);
      }),
      RUNS,
    );
  });
});

const facts: fc.Arbitrary<SegmentFacts> = fc
  .record({
    events: fc.nat(100_000),
    firstMs: fc.nat(9_999_999_999_999),
    lastMs: fc.nat(9_999_999_999_999),
    severity: fc.integer({ min: 0, max: 24 }),
    errors: fc.nat(100_000),
    services: fc.option(fc.array(fc.string({ unit: "binary", maxLength: 30 }), { maxLength: 16 }), {
      nil: undefined,
    }),
    tokens,
  })
  .map(({ services, tokens: entries, ...numbers }) => ({
    ...numbers,
    timeless: 0,
    services: services && new Set(services),
    tokens: setsOf(entries),
  }));

describe("a segment's summary", () => {
  it("reads back as it was written, in at most 1,022 ASCII characters", () => {
    fc.assert(
      fc.property(facts, fc.nat(25_000_000), (known, stored) => {
        const text = encodeSummary({ bytes: new Uint8Array(stored % 5000), facts: known }, stored);
        const summary = decodeSummary(text);

        expect(text).toMatch(/^[ -~]{1,1022}$/);
        expect(summary).toMatchObject({
          events: known.events,
          bytes: stored % 5000,
          storedBytes: stored,
          firstMs: known.firstMs,
          lastMs: known.lastMs,
          severity: known.severity,
          errors: known.errors,
        });
        const services =
          known.services && new Set([...known.services].map((name) => name.toWellFormed()));
        expect([undefined, services]).toContainEqual(summary?.services);
      }),
      RUNS,
    );
  });

  it("finds values by their text and keeps services whatever their letters", () => {
    const known = {
      events: 1,
      firstMs: 0,
      lastMs: 0,
      timeless: 1,
      severity: 0,
      errors: 0,
    };
    const sets = new TokenSets();
    sets.add("session", tokenOf("session", 'a "quoted" é') ?? 0);
    sets.add("trace", tokenOf("trace", "0af7651916cd43dd8448eb211c80319c") ?? 0);
    const summary = decodeSummary(
      encodeSummary(
        {
          bytes: new Uint8Array(1),
          facts: { ...known, tokens: sets, services: new Set(["a,b|c*%é"]) },
        },
        1,
      ),
    );

    expect(summary?.services).toEqual(new Set(["a,b|c*%é"]));
    expect(summary?.mayContain("session", 'a "quoted" é')).toBe(true);
    expect(summary?.mayContain("session", "another")).toBe(false);
    expect(summary?.mayContain("trace", "0af7651916cd43dd8448eb211c80319c")).toBe(true);
    expect(summary?.mayContain("trace", "0af7651916cd43dd8448eb211c80319d")).toBe(false);
    // No trace id of OTLP: a native event may hold it, and the summary cannot know.
    expect(summary?.mayContain("trace", "order-17")).toBe(true);
  });

  it("is never half read: any other text is unknown or a whole summary", () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom("2", "|", "*", "%", "a", ".", "1.1"), fc.string()),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const summary = decodeSummary(parts.join(""));
        expect(summary === undefined || Number.isSafeInteger(summary.events)).toBe(true);
      }),
      RUNS,
    );
    expect(decodeSummary(undefined)).toBeUndefined();
    expect(decodeSummary({ events: 1 })).toBeUndefined();
    expect(decodeSummary("1|1|1|1|1|1|1|*|*")).toBeUndefined();
    expect(decodeSummary("2|1|1|1|1|1|1|1|%|....")).toBeUndefined();
    expect(decodeSummary("2|1|1|1|1|1|1|1|*|...")).toBeUndefined();
  });
});
