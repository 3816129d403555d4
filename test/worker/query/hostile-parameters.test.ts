/** No text in a URL breaks a question: it is answered, or refused with what is wrong. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readJson } from "../../support/api-client.ts";
import { plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";
import { spanIdOf, spansRequest, traceIdOf } from "../../support/trace-spans.ts";

const PATHS = [
  "query",
  "traces",
  `traces/${traceIdOf(1)}`,
  "services",
  "operations",
  "fields",
  "fields/service/values",
  "fields/span.http.route/values",
];
const NAMES = [
  "start end limit cursor explain signal batch_id format fields time logs event_type service name",
  "level status kind trace_id span_id device_id session_id correlation_id category min_duration",
  "max_duration q filter attr.http.route resource.service.name attr. nonsense",
].flatMap((line) => line.split(" "));
const WORDS = [
  ..."span.a name status duration .b resource.c error ok 2s 1m30s 5 -1 1e400 true nil in not".split(
    " ",
  ),
  ..."= != < >= =~ !~ && || ( ) { } [ ] , ! and or exists".split(" "),
  ...`"a" "(a+)+$" ' " \\ now -15m traces json csv otlp 1 0`.split(" "),
];
/** Longer than anything that is stored, looked up or nested. */
const LONG = ["(".repeat(5000), "a".repeat(1000), "é".repeat(300), "9".repeat(400)];

const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(...WORDS),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(" ")),
  fc.constantFrom(...LONG, traceIdOf(1)),
);
const params = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 4 });

/** A gateway that holds one span, so that questions have something to look at. */
async function gatewayWithSpan(): Promise<TestGateway> {
  const gateway = createTestGateway();
  await gateway.send(
    spansRequest([
      {
        name: "a",
        service: "c",
        traceId: traceIdOf(1),
        spanId: spanIdOf(1),
        startMs: START_MS,
        durationMs: 5,
        attributes: { a: "a".repeat(200), "http.route": "/" },
      },
    ]),
  );
  return gateway;
}

/** Asks, and demands an answer or an error that says what is wrong. */
async function statusOf(
  { send }: TestGateway,
  path: string,
  entries: readonly (readonly [string, string])[],
): Promise<number> {
  const search = new URLSearchParams(entries.map(([name, text]) => [name, text]));
  const response = await send(plainRequest(`/api/telemetry/${path}?${search.toString()}`));
  const error = response.ok ? "none" : (await readJson(response))["error"];
  expect(error).toMatch(/^none$|^Cannot /);
  expect([200, 400, 404]).toContain(response.status);
  return response.status;
}

describe("a question with any parameters", () => {
  it("is answered, or refused with the parameter that is wrong", async () => {
    const gateway = await gatewayWithSpan();
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), params, async (path, entries) => {
        seen.add(await statusOf(gateway, path, entries));
      }),
      { numRuns: 400 },
    );

    expect(seen.has(200) && seen.has(400)).toBe(true);
    expect(gateway.logs).toEqual([]);
  });

  it.each(PATHS)("is answered or refused whichever of them is long: %s", async (path) => {
    const gateway = await gatewayWithSpan();
    for (const name of NAMES) {
      for (const text of LONG) {
        await statusOf(gateway, path, [[name, text]]);
      }
    }

    expect(gateway.logs).toEqual([]);
  });
});
