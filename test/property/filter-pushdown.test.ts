import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compileFilter } from "../../worker/query/filter/evaluate.ts";
import { needlesOf } from "../../worker/query/filter/needles.ts";
import { printFilter } from "../../worker/query/filter/print.ts";
import { prune } from "../../worker/query/filter/prune.ts";
import { VOCABULARY, segments } from "../support/filter-segments.ts";
import { expressions } from "../support/filters.ts";

const RUNS = 1000;
/** A busy machine may take ten times as long as an idle one. */
const TIMEOUT_MS = 30_000;

describe("pushdown", () => {
  it(
    "rules out no segment and no line that holds a matching event",
    { timeout: TIMEOUT_MS },
    () => {
      let matched = 0;
      let pruned = 0;
      let skipped = 0;
      fc.assert(
        fc.property(segments, expressions(VOCABULARY), (list, expression) => {
          const holds = compileFilter(expression);
          const needles = needlesOf(expression);
          for (const { facts, lines } of list) {
            const reason = prune(expression, facts);
            const matching = lines.filter((line) => holds(JSON.parse(line), line));
            const missed = matching.filter((line) => !hasAll(line, needles));
            expect({ filter: printFilter(expression), missed }).toMatchObject({ missed: [] });
            expect({ filter: printFilter(expression), reason, matching }).toMatchObject(
              matching.length > 0 ? { reason: undefined } : {},
            );
            matched += matching.length;
            pruned += reason === undefined ? 0 : 1;
            skipped += lines.filter((line) => !hasAll(line, needles)).length;
          }
        }),
        { numRuns: RUNS },
      );
      // The law says nothing when nothing matches or nothing is ruled out.
      expect(matched).toBeGreaterThan(RUNS / 2);
      expect(pruned).toBeGreaterThan(RUNS / 20);
      expect(skipped).toBeGreaterThan(RUNS / 10);
    },
  );
});

function hasAll(line: string, needles: readonly (readonly string[])[]): boolean {
  return needles.every((any) => any.some((needle) => line.includes(needle)));
}
