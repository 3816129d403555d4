import { describe, expect, it } from "vitest";

import { fillWeek } from "../../scripts/synthetic-week/fill.ts";
import { type PlannedSegment, WEEK_MS, planWeek } from "../../scripts/synthetic-week/plan.ts";
import { isSegmentPrefix } from "../../worker/segment/key.ts";
import { decodeSummary } from "../../worker/segment/summary.ts";
import { FakeKv } from "../support/fake-kv.ts";
import { storedText } from "../support/stored-text.ts";

const OPTIONS = { segments: 2000, seed: 7, endMs: 1_795_523_417_000 };

async function filled(options = OPTIONS): Promise<FakeKv> {
  const clock = { nowMs: 0 };
  const kv = new FakeKv({ now: () => clock.nowMs });
  await fillWeek(kv, clock, options);
  return kv;
}

function segmentsOf({ entries }: FakeKv): FakeKv["entries"] {
  return entries.filter(({ key }) => isSegmentPrefix(key.split(":")[0] ?? ""));
}

describe("the synthetic week", () => {
  it("is the same for the same seed, and another for another", async () => {
    const { entries } = await filled();

    expect((await filled()).entries).toEqual(entries);
    expect((await filled({ ...OPTIONS, seed: 8 })).entries).not.toEqual(entries);
  });

  it("has as many segments as it was asked for, all within its seven days", async () => {
    const segments = segmentsOf(await filled());
    const times = segments.map(({ key }) => Number(key.split(":")[1]));

    expect(segments).toHaveLength(OPTIONS.segments);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(OPTIONS.endMs - WEEK_MS);
    expect(Math.max(...times)).toBeLessThan(OPTIONS.endMs);
  });

  it("has the summaries that the gateway writes: they tell what is in the segment", async () => {
    for (const { text, metadata } of segmentsOf(await filled())) {
      const summary = decodeSummary(metadata);

      expect(summary?.events).toBe(storedText(text).trimEnd().split("\n").length);
    }
  });

  it("has the shape of telemetry: all signals, small and full exports, few errors", () => {
    const plan = planWeek({ ...OPTIONS, segments: 20_000 });
    function shareOf(isCounted: (segment: PlannedSegment) => boolean): number {
      return plan.filter(isCounted).length / plan.length;
    }

    expect(shareOf(({ signal }) => signal === "metrics")).toBeCloseTo(0.12, 2);
    expect(shareOf(({ signal }) => signal === "traces")).toBeGreaterThan(0.4);
    expect(shareOf(({ signal }) => signal === "logs")).toBeGreaterThan(0.2);
    expect(shareOf(({ signal }) => signal === "telemetry")).toBeGreaterThan(0.05);
    expect(shareOf(({ hasError }) => hasError)).toBeCloseTo(0.009, 2);
    expect(shareOf(({ events }) => events > 40)).toBeGreaterThan(0.01);
    expect(plan.every(({ events }) => events >= 1 && events <= 50)).toBe(true);
  });

  it("has traces of two to four exports each", () => {
    const exportsOf = new Map<string, number>();
    for (const { signal, traceId } of planWeek(OPTIONS)) {
      if (signal === "traces") {
        exportsOf.set(traceId, (exportsOf.get(traceId) ?? 0) + 1);
      }
    }
    const counts = new Set(exportsOf.values());

    expect([2, 3, 4].every((count) => counts.has(count))).toBe(true);
    expect(Math.max(...counts)).toBe(4);
  });
});
