/** No text in a URL breaks a question: it is answered, or refused with what is wrong. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readJson } from "../../support/api-client.ts";
import { plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, createTestGateway } from "../../support/test-gateway.ts";
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

const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(...WORDS),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(" ")),
  fc.constant("(".repeat(5000)),
  fc.constant(traceIdOf(1)),
);
const params = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 4 });

describe("a question with any parameters", () => {
  it("is answered, or refused with the parameter that is wrong", async () => {
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
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), params, async (path, entries) => {
        const search = new URLSearchParams(entries.map(([name, text]) => [name, text]));
        const response = await gateway.send(
          plainRequest(`/api/telemetry/${path}?${search.toString()}`),
        );
        seen.add(response.status);

        expect([200, 400, 404]).toContain(response.status);
        const error = response.ok ? "none" : (await readJson(response))["error"];
        expect(error).toMatch(/^none$|^Cannot /);
      }),
      { numRuns: 400 },
    );

    expect(seen.has(200) && seen.has(400)).toBe(true);
    expect(gateway.logs).toEqual([]);
  });
});
