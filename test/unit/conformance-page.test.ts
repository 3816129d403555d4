import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  CONFORMANCE_PAGE,
  allClauses,
  renderConformancePage,
} from "../../scripts/conformance/page.ts";

const ROOT = join(import.meta.dirname, "../..");
const TESTS = join(ROOT, "test/conformance");
/** A clause at the start of a test's name, or as the `id` of a case whose name begins with it. */
const CLAUSE_OF_TEST = /["'`]\[([A-Z][^\]\n]*)\] |\bid: "([^"]+)"/g;

/** The clauses that the names of tests begin with, and the files they are in. */
function testFiles(): ReadonlyMap<string, ReadonlySet<string>> {
  const files = new Map<string, Set<string>>();
  for (const file of readdirSync(TESTS).filter((name) => name.endsWith(".test.ts"))) {
    for (const [, title, id] of readFileSync(join(TESTS, file), "utf8").matchAll(CLAUSE_OF_TEST)) {
      const clause = title ?? id ?? "";
      files.set(clause, (files.get(clause) ?? new Set()).add(file));
    }
  }
  return files;
}

describe("docs/conformance.md", () => {
  it("is what npm run conformance:docs makes of the clauses and the tests", () => {
    expect(readFileSync(join(ROOT, CONFORMANCE_PAGE), "utf8")).toBe(
      renderConformancePage(testFiles()),
    );
  });

  it("has a test for every clause, and a clause for every test", () => {
    expect([...testFiles().keys()].toSorted()).toEqual(
      allClauses()
        .map(([id]) => id)
        .toSorted(),
    );
  });
});
