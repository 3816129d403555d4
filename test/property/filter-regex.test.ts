import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compileRegex } from "../../worker/query/filter/regex.ts";

const RUNS = { numRuns: 500 };

/** Few letters, so that patterns and texts meet. */
const character = fc.constantFrom("a", "b", "c", "A", "B", "1", "_", " ", "\n", "é", "😀");

const atom = fc.oneof(
  { weight: 6, arbitrary: character },
  {
    weight: 3,
    arbitrary: fc.constantFrom(".", "[abc]", "[^ab]", "[a-c1]", "[A-Z_]", String.raw`[^\w]`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...String.raw`\d \w \s \D \W \S \. \n \x61 [\d\s]`.split(" ")),
  },
);
const assertion = fc.constantFrom("^", "$", String.raw`\b`, String.raw`\B`);
const repetition = fc.constantFrom(
  "*",
  "+",
  "?",
  "*?",
  "+?",
  "??",
  "{2}",
  "{0,2}",
  "{1,}",
  "{1,3}?",
);

/** Patterns of the subset that JavaScript (with the flags `us`) reads in the same way. */
const pattern: fc.Arbitrary<string> = fc.letrec<{ choice: string; repeated: string }>((tie) => ({
  choice: fc
    .array(
      fc
        .array(fc.oneof({ weight: 8, arbitrary: tie("repeated") }, assertion), { maxLength: 4 })
        .map((parts) => parts.join("")),
      { minLength: 1, maxLength: 3 },
    )
    .map((branches) => branches.join("|")),
  repeated: fc
    .tuple(
      fc.oneof(
        // Deeper, and the engine that judges takes for ever: it backtracks.
        { maxDepth: 2 },
        atom,
        tie("choice").map((inside) => `(${inside})`),
        tie("choice").map((inside) => `(?:${inside})`),
      ),
      fc.option(repetition, { nil: "", freq: 2 }),
    )
    .map(([single, counts]) => single + counts),
})).choice;

const text = fc.string({ unit: character, maxLength: 5 });

describe("compileRegex()", () => {
  it.each([
    ["us", ""],
    ["ius", "(?i)"],
  ])(
    "matches what the engine's own matches, and knows what stands in it, flags %s",
    (flags, prefix) => {
      let matched = 0;
      fc.assert(
        fc.property(pattern, fc.array(text, { minLength: 5, maxLength: 5 }), (source, texts) => {
          const regex = compileRegex(prefix + source);
          // A few of the random patterns repeat too much to be compiled: that is their answer.
          fc.pre(regex.ok);
          const oracle = new RegExp(`^(?:${source})$`, flags);
          for (const one of texts) {
            const work = { steps: 0 };
            const isMatch = oracle.test(one);
            const { required, texts: all = [one] } = regex.value;
            expect(regex.value.matches(one, work)).toBe(isMatch);
            expect(work.steps).toBeLessThanOrEqual(2 * (one.length + 1) * regex.value.size);
            expect(!isMatch || (one.includes(required) && all.includes(one))).toBe(true);
            matched += isMatch ? 1 : 0;
          }
        }),
        RUNS,
      );
      expect(matched).toBeGreaterThan(RUNS.numRuns / 10);
    },
  );

  it("gives a program or a place for any text, and never throws", () => {
    const pieces = fc.constantFrom(..."()[]{}?*+|^$\\.-:ibdw1,a=!<".split(""));
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: pieces }), fc.string({ unit: "binary" })),
        (source) => {
          const regex = compileRegex(source);
          expect(regex.ok || regex.error.position <= source.length).toBe(true);
        },
      ),
      RUNS,
    );
  });
});
