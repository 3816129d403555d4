import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseDuration, printDuration } from "../../worker/query/filter/duration.ts";
import { parseFilter } from "../../worker/query/filter/parse.ts";
import { printFilter } from "../../worker/query/filter/print.ts";
import { expressions } from "../support/filters.ts";

const RUNS = { numRuns: 500 };

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("", '"', "\\", "it's", "`", "\ud800", "a\u{2028}b", "nil", "&&"),
);

const anyExpression = expressions({
  texts: text,
  keys: fc.oneof(
    text,
    fc.constantFrom("a", "a.b", ".a", "a.", "a b", "not", "in", "x=y", "span.a", "1", '"a"'),
  ),
  patterns: fc.constantFrom("", "a|b", "net.*", "(?i)x{2,3}", String.raw`\d+\.`),
  numbers: fc.oneof(
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.bigInt().map(String),
    fc.constantFrom("-0", "1.50", "1e3", "2E-4"),
  ),
  ids: fc.constantFrom("", "00ff", "4bf92f3577b34da6a3ce929d0e0e4736", "no id"),
});

describe("parseFilter()", () => {
  it("reads back what printFilter() writes", () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(parseFilter(printFilter(expression))).toEqual({ ok: true, value: expression });
      }),
      RUNS,
    );
  });

  it("gives a condition that prints, or a place in the text, and never throws", () => {
    const pieces = fc.constantFrom(
      ..."(){}[]!=<>~&|\"'`,.:-\\ ".split(""),
      ..."span. status name error in not exists nil 5 2s && ||".split(" "),
    );
    let parsed = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
          fc.string({ unit: "binary" }),
          // What people type is a good filter with one mistake.
          fc
            .tuple(
              anyExpression.map(printFilter),
              fc.nat(),
              fc.constantFrom("", "(", '"', " ", "!"),
            )
            .map(([good, at, wrong]) => good.slice(0, at % 40) + wrong + good.slice((at % 40) + 1)),
        ),
        (source) => {
          const result = parseFilter(source);
          parsed += result.ok ? 1 : 0;
          expect(result.ok ? parseFilter(printFilter(result.value)) : result).toEqual(result);
          const { message, position } = result.ok
            ? { message: "Expected", position: 0 }
            : result.error;
          expect(message).toMatch(/^(Expected|Found|Cannot|Classes|\\b)/);
          expect(position).toBeGreaterThanOrEqual(0);
          expect(position).toBeLessThanOrEqual(source.length);
        },
      ),
      RUNS,
    );
    expect(parsed).toBeGreaterThan(RUNS.numRuns / 20);
  });
});

describe("parseDuration()", () => {
  it("reads back what printDuration() writes", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 80n), (nanos) => {
        expect(parseDuration(printDuration(nanos))).toBe(nanos);
      }),
      RUNS,
    );
  });

  it.each([
    ["0s", 0n],
    ["1.5s", 1_500_000_000n],
    ["0.0000000019s", 1n],
    ["1h0.5m", 3_630_000_000_000n],
    ["3\u{b5}s", 3000n],
    ["3\u{3bc}s", 3000n],
  ])("reads %s", (source, nanos) => {
    expect(parseDuration(source)).toBe(nanos);
  });

  it.each(["", "5", "s", "-1s", "1 s", "1.s", "1w", "1S", `${"9".repeat(19)}s`])(
    "refuses %j",
    (source) => {
      expect(parseDuration(source)).toBeUndefined();
    },
  );
});
