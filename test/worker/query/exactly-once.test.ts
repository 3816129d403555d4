/**
 * Paging with filters against reading everything: what KV holds is parsed here line by line, and
 * each filter is decided by a predicate of its own.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { type JsonObject, isJsonObject, queryPage } from "../../support/api-client.ts";
import { bodyRequest, exportRequest } from "../../support/otlp-requests.ts";
import { START_MS, createTestGateway } from "../../support/test-gateway.ts";
import { type SpanDraft, spanIdOf, spansRequest, traceIdOf } from "../../support/trace-spans.ts";
import { StubbornDensity, wrongGuesses } from "../../support/wrong-density.ts";

const SERVICES = ["shop", "bank", "mail"];
const EXPORTS = 120;
const ARRIVALS_PER_RUN = 3;
const density = new StubbornDensity();
const gateway = createTestGateway({ density });
let spans = 0;

function pick<T>(list: readonly T[], seed: number): T {
  const picked = list[seed % list.length];
  if (picked === undefined) {
    throw new Error("Cannot pick from an empty list");
  }
  return picked;
}

/** One export of a few items; everything about it follows from its number. */
async function arrive(number: number): Promise<void> {
  gateway.clock.nowMs += 1 + ((number * 7919) % 5000);
  if (number % 5 === 3) {
    await gateway.send(
      exportRequest("logs", {
        encoding: "protobuf",
        items: [
          {
            name: `log-${number % 4}`,
            service: pick(SERVICES, number),
            traceId: traceIdOf(number % 9),
            severity: 1 + (number % 24),
            timeMs: START_MS + number,
          },
        ],
      }),
    );
  } else if (number % 5 === 4) {
    await gateway.send(
      bodyRequest(
        "/api/telemetry/ingest",
        JSON.stringify([
          {
            event_type: pick(["tool.call", "llm.call"], number),
            level: pick(["info", "error"], number),
            ...(number % 3 === 0 && { status: "error" }),
            data: {
              session_id: `s-${number % 6}`,
              service: pick(SERVICES, number),
              ...(number % 7 === 0 && { status: pick(["ok", "error"], number) }),
            },
          },
        ]),
      ),
    );
  } else {
    const drafts = Array.from({ length: 1 + (number % 4) }, (_none, index): SpanDraft => {
      spans += 1;
      return {
        name: `op-${(number + index) % 5}`,
        service: pick(SERVICES, number),
        traceId: traceIdOf((number + index) % 9),
        spanId: spanIdOf(spans),
        startMs: START_MS + number,
        durationMs: (number * 37) % 900,
        isError: number % 11 === 0 && index === 0,
        attributes: { "session.id": `s-${number % 6}` },
      };
    });
    await gateway.send(spansRequest(drafts));
  }
}

beforeAll(async () => {
  for (let number = 0; number < EXPORTS; number += 1) {
    await arrive(number);
  }
});

/** Every event in KV, newest first, with the order of its segment. */
function storedEvents(): readonly JsonObject[] {
  return gateway.kv.entries
    .filter(({ key }) => /^(traces|logs|metrics|telemetry):/.test(key))
    .map(({ key, text }) => ({ at: key.slice(key.indexOf(":") + 1), key, text }))
    .toSorted((left, right) => compare(right, left))
    .flatMap(({ text }) =>
      text
        .trimEnd()
        .split("\n")
        .toReversed()
        .map((line) => objectOf(JSON.parse(line))),
    );
}

function compare(
  left: { readonly at: string; readonly key: string },
  right: { readonly at: string; readonly key: string },
): number {
  const [leftMs, rightMs] = [left.at.slice(0, 13), right.at.slice(0, 13)];
  if (leftMs !== rightMs) {
    return leftMs < rightMs ? -1 : 1;
  }
  return left.key < right.key ? -1 : 1;
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function member(event: JsonObject, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => objectOf(value)[name], event);
}

interface Filter {
  readonly params: Readonly<Record<string, string>>;
  readonly holds: (event: JsonObject) => boolean;
}

function statusOf(event: JsonObject): unknown {
  const inData = member(event, "data", "status");
  return isJsonObject(inData) ? inData["code"] : (inData ?? event["status"]);
}

function serviceOf(event: JsonObject): unknown {
  return (
    member(event, "data", "resource", "attributes", "service.name") ??
    member(event, "data", "service")
  );
}

function durationMs(event: JsonObject): number {
  const start = BigInt(String(member(event, "data", "start_time_unix_nano")));
  const end = BigInt(String(member(event, "data", "end_time_unix_nano")));
  return Number(end - start) / 1e6;
}

const filters: fc.Arbitrary<Filter> = fc.oneof(
  fc.constant<Filter>({ params: {}, holds: () => true }),
  fc.constantFrom(...SERVICES, "nobody").map((service) => ({
    params: { service },
    holds: (event: JsonObject) => serviceOf(event) === service,
  })),
  fc.nat(6).map((number) => ({
    params: { name: `op-${number}` },
    holds: (event: JsonObject) => member(event, "data", "name") === `op-${number}`,
  })),
  fc.nat(10).map((number) => ({
    params: { trace_id: traceIdOf(number).toUpperCase() },
    holds: (event: JsonObject) => member(event, "data", "trace_id") === traceIdOf(number),
  })),
  fc.nat(7).map((number) => ({
    params: { session_id: `s-${number}` },
    holds: (event: JsonObject) =>
      (member(event, "data", "attributes", "session.id") ?? member(event, "data", "session_id")) ===
      `s-${number}`,
  })),
  fc.constant<Filter>({
    params: { status: "error" },
    holds: (event) => statusOf(event) === "error",
  }),
  fc.constant<Filter>({
    params: { level: "error" },
    holds: (event) =>
      ["error", "fatal"].includes(String(member(event, "data", "level") ?? member(event, "level"))),
  }),
  fc.nat(900).map((ms) => ({
    params: { filter: `duration >= ${ms}ms && service != "shop"`, signal: "traces" },
    holds: (event: JsonObject) =>
      event["event_type"] === "span" && durationMs(event) >= ms && serviceOf(event) !== "shop",
  })),
  fc.constant<Filter>({
    params: { q: "op-1", filter: 'service=~"ba.*|mail"' },
    holds: (event) =>
      JSON.stringify(event).includes("op-1") && /^(?:bank|mail)$/.test(String(serviceOf(event))),
  }),
);

describe("paging with any filter", () => {
  it("yields each matching event exactly once, newest first, while new exports arrive", async () => {
    let late = 1000;
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.integer({ min: 7, max: 60 }),
        wrongGuesses,
        async (filter, limit, guesses) => {
          density.guesses = guesses;
          let arrivals = 0;
          const expected = storedEvents().filter(filter.holds);
          const found: JsonObject[] = [];
          let cursor: string | undefined;
          do {
            const page = await queryPage(gateway.send, {
              ...filter.params,
              limit: String(limit),
              ...(cursor !== undefined && { cursor }),
            });
            found.push(...page.events);
            cursor = page.nextCursor;
            if (arrivals < ARRIVALS_PER_RUN) {
              arrivals += 1;
              late += 1;
              await arrive(late);
            }
          } while (cursor !== undefined);

          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });
});
