import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { GOLDEN_FIXTURES, goldenFile, segmentOf } from "../support/goldens.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../docs/event-schema.md"), "utf8");
/** An example in the document: the golden and line it shows, then the JSON. */
const EXAMPLE = /<!-- example: (\S+) line (\d+) -->\s+```json\n([\s\S]*?)```/g;

describe("goldens", () => {
  it.each(GOLDEN_FIXTURES)("the segment of %s is what was reviewed", (fixture) => {
    expect(segmentOf(fixture)).toBe(readFileSync(goldenFile(fixture), "utf8"));
  });
});

describe("docs/event-schema.md", () => {
  const examples = [...DOCUMENT.matchAll(EXAMPLE)];

  it("shows one example per kind of event", () => {
    const types = examples.map(([, , , json]) => {
      const event: unknown = JSON.parse(json ?? "");
      return (
        /"type": "(gauge|sum|histogram|exponential_histogram|summary)"/.exec(json ?? "")?.[1] ??
        (typeof event === "object" && event !== null && "event_type" in event
          ? event.event_type
          : undefined)
      );
    });

    expect(types).toEqual([
      "span",
      "log",
      "gauge",
      "sum",
      "histogram",
      "exponential_histogram",
      "summary",
    ]);
  });

  it.each(
    examples.map(([, fixture, line, json]) => [fixture ?? "", Number(line), json ?? ""] as const),
  )("shows line %2$i of %1$s as it is stored", (fixture, line, json) => {
    const stored = readFileSync(goldenFile(fixture), "utf8").split("\n")[line - 1] ?? "";

    expect(JSON.parse(json)).toEqual(JSON.parse(stored));
  });
});
