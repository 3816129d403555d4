import { describe, expect, it } from "vitest";

import { type Target, boundsOf, verdictOf } from "../../../scripts/bench/targets.ts";

const faster: Target = {
  text: "other ÷ gateway",
  side: "JSON.parse",
  base: "gateway",
  limit: 1.5,
  aim: 3,
  isHigherBetter: true,
};
const cheaper: Target = { ...faster, limit: 2.5, aim: undefined, isHigherBetter: false };

describe("verdict", () => {
  it.each([
    [faster, 1.49, "**not reached**"],
    [faster, 1.5, "limit reached, aim not"],
    [faster, 3, "reached"],
    [cheaper, 2.51, "**not reached**"],
    [cheaper, 2.5, "reached"],
  ])("of %o at %f is %s", (target, ratio, verdict) => {
    expect(verdictOf(target, ratio)).toBe(verdict);
  });

  it("shows limit and aim with their direction", () => {
    expect([faster, cheaper].map((target) => boundsOf(target))).toEqual([
      "≥ 1.5×, aim 3×",
      "≤ 2.5×",
    ]);
  });
});
