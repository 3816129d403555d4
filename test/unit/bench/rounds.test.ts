import { describe, expect, it } from "vitest";

import { type Timings, orderOfRound, ratioOf } from "../../../scripts/bench/rounds.ts";

describe("ratio of two sides", () => {
  it("is formed within each round, before the median is taken", () => {
    const timings: Timings = new Map([
      ["gateway", [1, 10, 2]],
      ["JSON.parse", [3, 20, 8]],
    ]);

    expect(ratioOf(timings, "JSON.parse", "gateway")).toEqual({ median: 3, min: 2, max: 4 });
  });

  it("names a side that was not measured", () => {
    expect(() => ratioOf(new Map(), "copy", "gateway")).toThrow('"gateway"');
  });
});

describe("order of a round", () => {
  it("starts with another side each time and turns around", () => {
    expect([0, 1, 2].map((round) => orderOfRound(3, round))).toEqual([
      [0, 1, 2],
      [0, 2, 1],
      [2, 0, 1],
    ]);
  });
});
