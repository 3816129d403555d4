/**
 * Many segments, as a week brings them: bursts within one millisecond, long silences, thousands of
 * keys under one decimal prefix, expired ones among them. However dense, however KV cuts its lists,
 * and whatever an isolate believes about it, paging finds each event of the range once and in order,
 * while new ones arrive.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ok } from "../../worker/core/result.ts";
import { SEGMENT_PREFIXES, formatKey } from "../../worker/segment/key.ts";
import { encodeSummary } from "../../worker/segment/summary.ts";
import { namesOf, queryPage } from "../support/api-client.ts";
import { exportBody } from "../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../support/test-gateway.ts";
import { transcode } from "../support/transcode.ts";
import { type Guesses, StubbornDensity, wrongGuesses } from "../support/wrong-density.ts";

/** A segment of one span; other names are put in its place. */
const TEMPLATE_NAME = "n00000";
const [TEMPLATE] = transcode({
  signal: "traces",
  encoding: "json",
  body: exportBody("traces", "json", [{ name: TEMPLATE_NAME, timeMs: START_MS }]),
}).blocks;
const RUNS = { numRuns: 15 };
/** Retention of some segments: they expire before the question is asked. */
const SHORT_SECONDS = 60;

interface Burst {
  readonly prefix: (typeof SEGMENT_PREFIXES)[number];
  readonly count: number;
  readonly stepMs: number;
  readonly silenceMs: number;
  readonly expires: boolean;
}

const bursts: fc.Arbitrary<readonly Burst[]> = fc.array(
  fc.record({
    prefix: fc.constantFrom(...SEGMENT_PREFIXES),
    count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 900, max: 1600 })),
    stepMs: fc.constantFrom(0, 1, 13, 1000),
    silenceMs: fc.constantFrom(0, 1, 5000, 10_000_000),
    expires: fc.constantFrom(false, false, true),
  }),
  { minLength: 1, maxLength: 5 },
);

interface Written {
  readonly name: string;
  readonly timeMs: number;
  readonly key: string;
}

/** Puts the segments into KV, and returns those that do not expire. */
async function write(
  { kv, clock }: TestGateway,
  wanted: readonly Burst[],
): Promise<readonly Written[]> {
  if (TEMPLATE === undefined) {
    throw new Error("a request with a span makes a block");
  }
  const { facts } = TEMPLATE;
  const bytes = new Uint8Array(TEMPLATE.bytes);
  const metadata = encodeSummary({ facts, bytes }, bytes.length);
  const text = new TextDecoder().decode(bytes);
  const written: Written[] = [];
  let number = 0;
  for (const { prefix, count, stepMs, silenceMs, expires } of wanted) {
    clock.nowMs += silenceMs;
    for (let index = 0; index < count; index += 1) {
      clock.nowMs += stepMs;
      number += 1;
      const name = `n${String(number).padStart(5, "0")}`;
      // Codes that are not in the order of writing.
      const code = name.split("").toReversed().join("").padEnd(16, "Z");
      const timeMs = clock.nowMs;
      const key = formatKey({ prefix, timestampMs: timeMs, code });
      kv.beginInvocation();
      await kv.namespace.put(key, text.replace(TEMPLATE_NAME, name), {
        metadata,
        ...(expires && { expirationTtl: SHORT_SECONDS }),
      });
      if (!expires) {
        written.push({ name, timeMs, key });
      }
    }
  }
  clock.nowMs += SHORT_SECONDS * 1000;
  return written;
}

/** Newest first, then by key, descending. */
function inOrder(written: readonly Written[]): readonly string[] {
  return written
    .toSorted((left, right) => {
      const order = right.timeMs - left.timeMs;
      return order === 0 ? Number(left.key < right.key) - Number(left.key > right.key) : order;
    })
    .map(({ name }) => name);
}

/** All pages; between two of them something arrives. */
async function readAll(
  gateway: TestGateway,
  params: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queryPage(gateway.send, {
      ...params,
      ...(cursor !== undefined && { cursor }),
    });
    names.push(...namesOf(page.events));
    cursor = page.nextCursor;
    await write(gateway, [{ prefix: "traces", count: 1, stepMs: 1, silenceMs: 0, expires: false }]);
  } while (cursor !== undefined);
  return names;
}

describe("paging through many segments", () => {
  it("finds each event once and in order, whatever the density", async () => {
    await fc.assert(
      fc.asyncProperty(
        bursts,
        fc.constantFrom(50, 333, 1000).chain((most) => fc.constantFrom(most, { upTo: most })),
        fc.tuple(fc.constantFrom("100", "1000"), wrongGuesses),
        async (wanted, pageKeys, [limit, guesses]) => {
          const gateway = createTestGateway({
            density: new StubbornDensity(guesses),
            kv: { pageKeys, gapsMs: 1_000_000, operationsPerInvocation: 1000 },
            authenticate: async () => ok(undefined),
          });
          const written = await write(gateway, wanted);
          const start = String(START_MS);

          expect(await readAll(gateway, { start, limit })).toEqual(inOrder(written));
        },
      ),
      RUNS,
    );
  }, 60_000);
});

/** Lists for the newest 100 events of one signal among so many segments, evenly spaced. */
async function listsFor(
  {
    count,
    stepMs,
    shiftMs,
  }: { readonly count: number; readonly stepMs: number; readonly shiftMs: number },
  guesses: Guesses,
): Promise<number> {
  const gateway = createTestGateway({
    density: new StubbornDensity(guesses),
    authenticate: async () => ok(undefined),
  });
  await write(gateway, [{ prefix: "traces", count, stepMs, silenceMs: shiftMs, expires: false }]);
  gateway.kv.resetCounts();
  const { events } = await queryPage(gateway.send, { signal: "traces" });
  expect(events).toHaveLength(Math.min(count, 100));
  return gateway.kv.counts.list;
}

describe("a wrong idea of how dense keys are", () => {
  it("costs the newest events of a signal one list more, two at most", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: 2500 })),
          stepMs: fc.constantFrom(1, 20, 1000, 30_000),
          // Where the newest stands in its decimal block.
          shiftMs: fc.integer({ min: 0, max: 10_000_000 }),
        }),
        wrongGuesses,
        async (segments, guesses) => {
          const blind = await listsFor(segments, {});

          expect(await listsFor(segments, guesses)).toBeLessThanOrEqual(blind + 2);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
