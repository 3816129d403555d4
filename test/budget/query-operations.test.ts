/**
 * What questions about a week of 100,000 segments cost in KV operations (docs/benchmarks.md has the
 * table). A list costs ten key reads, and 1,000 operations are all that one request may use.
 */
import { beforeAll, describe, expect, it } from "vitest";

import { type Answer, operationsOf } from "../../scripts/bench/query/answer.ts";
import { type WeekGateway, askGateway, openWeek } from "../../scripts/bench/query/gateway.ts";
import { type Question, questionsOf } from "../../scripts/bench/query/questions.ts";
import type { App } from "../../worker/routes.ts";
import { SEGMENT_PREFIXES } from "../../worker/segment/key.ts";
import { decodeSummary } from "../../worker/segment/summary.ts";
import { readJson } from "../support/api-client.ts";
import type { KvEntry } from "../support/fake-kv.ts";
import { storedText } from "../support/stored-text.ts";

const WEEK = { segments: 100_000, seed: 1, endMs: 1_795_523_417_000 };
/** Writing the week takes 15 s where nothing else runs. */
const FILL_TIMEOUT_MS = 300_000;
const SLOW = { timeout: 60_000 };
/** Keys on a page of the approach that reads one key per event. */
const LIST_PAGE_KEYS = 1000;
/** How many times fewer operations the gateway takes, at least. */
const WANTED_RATIO = 50;
/** What may be read beyond the segments that hold something of a trace. */
const MISREAD_SHARE = 0.05;

let gateway: WeekGateway;
let questions: readonly Question[];

beforeAll(async () => {
  gateway = await openWeek(WEEK);
  questions = questionsOf(gateway.week.plan, WEEK.endMs);
}, FILL_TIMEOUT_MS);

/** The question whose title begins like this. */
function questionOf(title: string): Question {
  const found = questions.find((question) => question.title.startsWith(title));
  if (found === undefined) {
    throw new Error(`Cannot ask "${title}": there is no such question`);
  }
  return found;
}

/** Segments of the range of a question, of all prefixes or of one. */
function segmentsIn({ startMs, endMs }: Question, prefix = ""): readonly KvEntry[] {
  return gateway.kv.entriesWhere((key) => {
    const time = Number(key.split(":")[1]);
    return key.startsWith(prefix) && time >= startMs && time <= endMs;
  });
}

/** What one key per event would cost: all lists, and the events of the range or the newest. */
function operationsPerEvent({ startMs, endMs, newest }: Question): number {
  const { plan, events } = gateway.week;
  const inRange = plan
    .filter(({ receivedAtMs }) => receivedAtMs >= startMs && receivedAtMs <= endMs)
    .reduce((sum, segment) => sum + segment.events, 0);
  return Math.ceil(events / LIST_PAGE_KEYS) + Math.min(inRange, newest ?? inRange);
}

/** Asks an isolate, a new one unless it is given. */
function ask(question: Question, app: App = gateway.newIsolate()): Promise<Answer> {
  return askGateway({ kv: gateway.kv, app }, question);
}

describe("the newest 100 events", SLOW, () => {
  it.each(SEGMENT_PREFIXES)(
    "of %s take 2 lists in a new isolate, 1 in one that was asked before, and 1 bulk get",
    async (signal) => {
      const question = { ...questionOf("newest 100 events"), params: { signal } };
      const app = gateway.newIsolate();
      const [cold, warm] = [await ask(question, app), await ask(question, app)];

      expect(cold.events).toHaveLength(100);
      expect(cold.cost).toMatchObject({ lists: 2, reads: 1 });
      expect(warm.events).toEqual(cold.events);
      expect(warm.cost).toMatchObject({ lists: 1, reads: 1 });
    },
  );

  it("of all signals take 5 lists in a new isolate, later one for each signal", async () => {
    const question = questionOf("newest 100 events");
    const app = gateway.newIsolate();
    const [cold, warm] = [await ask(question, app), await ask(question, app)];

    expect(cold.events).toHaveLength(100);
    expect(cold.cost).toMatchObject({ lists: 5, reads: 1 });
    expect(warm.events).toEqual(cold.events);
    expect(warm.cost).toMatchObject({ lists: SEGMENT_PREFIXES.length, reads: 1 });
  });

  it("take as many after questions about the past, where keys are less or more dense", async () => {
    const app = gateway.newIsolate();
    await ask(questionOf("newest 100 events"), app);
    await ask(questionOf("everything from level error"), app);
    await ask(questionOf("one trace, ± 1 h"), app);
    const { cost } = await ask(questionOf("newest 100 events"), app);

    expect(cost.lists).toBe(SEGMENT_PREFIXES.length);
  });
});

describe("one trace", SLOW, () => {
  it("with a hint of an hour reads at most 5 % of the window beyond what it is in", async () => {
    const question = questionOf("one trace, ± 1 h");
    const traceId = question.path.split("/")[1] ?? "";
    const window = segmentsIn(question, "traces:");
    const hits = window.filter(({ text }) => storedText(text).includes(traceId));
    const { events, cost } = await ask(question);

    expect(hits.length).toBeGreaterThan(1);
    expect(events.length).toBeGreaterThanOrEqual(hits.length);
    expect(cost.keysRead - hits.length).toBeLessThanOrEqual(window.length * MISREAD_SHARE);
  });

  it("is found over the whole week, each page within the operations of a request", async () => {
    const question = questionOf("one trace with its logs");
    const traceId = question.path.split("/")[1] ?? "";
    const lines = segmentsIn(question)
      .flatMap(({ text }) => storedText(text).split("\n"))
      .filter((line) => line.includes(traceId));
    const { events } = await ask(question);

    expect(events.length).toBeGreaterThan(2);
    expect(events.toSorted()).toEqual(lines.toSorted());
  });
});

describe("errors of a day", SLOW, () => {
  it("read only segments that hold errors", async () => {
    const question = questionOf("spans with an error");
    const withErrors = segmentsIn(question, "traces:").filter(({ text }) =>
      storedText(text).includes('"code":"error"'),
    );
    const { events, cost } = await ask(question);

    expect(withErrors.length).toBeGreaterThan(10);
    expect(events.length).toBeGreaterThanOrEqual(withErrors.length);
    expect(cost.keysRead).toBe(withErrors.length);
  });
});

describe("errors of a day, of any signal", SLOW, () => {
  it("read only segments whose summaries count errors", async () => {
    const question = { ...questionOf("spans with an error"), params: { status: "error" } };
    const withErrors = segmentsIn(question).filter(
      ({ metadata }) => (decodeSummary(metadata)?.errors ?? 0) > 0,
    );
    const { events, cost } = await ask(question);

    expect(events.length).toBeGreaterThan(10);
    expect(cost.keysRead).toBeLessThanOrEqual(withErrors.length);
  });
});

describe("the newest 20 traces", SLOW, () => {
  it("take lists and reads enough for two scans of the newest hours, and are whole", async () => {
    gateway.kv.beginInvocation();
    gateway.kv.resetCounts();
    const response = await gateway.newIsolate()(
      new Request(`https://gateway.test/api/telemetry/traces?end=${WEEK.endMs}`),
    );
    const answer = await readJson(response);
    const { list, getBulk } = gateway.kv.counts;

    expect(answer).toMatchObject({ count: 20, stopped_by: "limit" });
    expect(JSON.stringify(answer["traces"])).not.toContain('"complete":false');
    expect(list).toBeLessThanOrEqual(6);
    expect(getBulk).toBeLessThanOrEqual(6);
  });
});

describe("every question", SLOW, () => {
  it("takes at least 50 times fewer operations than with a key per event", async () => {
    const ratios: Record<string, number> = {};
    for (const question of questions) {
      const { cost } = await ask(question);
      ratios[question.title] = operationsPerEvent(question) / operationsOf(cost);
    }

    expect(Object.keys(ratios)).toHaveLength(10);
    expect(Object.entries(ratios).filter(([, ratio]) => ratio < WANTED_RATIO)).toEqual([]);
  });
});
