import { describe, expect, it } from "vitest";

import { JAVASCRIPT_ATTRIBUTES } from "./expected/attributes.ts";
import { expectedPoints } from "./expected/points.ts";
import { JAVASCRIPT_BODY, expectedRecords } from "./expected/records.ts";
import { expectedSpans } from "./expected/spans.ts";
import { JAVASCRIPT } from "./expected/traits.ts";
import { emit } from "./js/emit.ts";
import { createRunId } from "./support/client-report.ts";
import { readRun } from "./support/read-run.ts";
import { useGateway } from "./support/use-gateway.ts";

const SUCCESS = 0;

describe("JavaScript SDK", () => {
  const gateway = useGateway();

  it.each([
    { encoding: "protobuf", compression: "none" },
    { encoding: "protobuf", compression: "gzip" },
    { encoding: "json", compression: "none" },
    { encoding: "json", compression: "gzip" },
  ] as const)(
    "gets every span, point and record back as it was sent, $encoding, compression $compression",
    async ({ encoding, compression }) => {
      const runId = createRunId("js");
      const run = { endpoint: gateway.url, token: gateway.apiKey, encoding, compression, runId };
      const sent = await emit(run);
      const stored = await readRun(gateway, sent.service);
      const attributes = JAVASCRIPT_ATTRIBUTES[encoding];

      expect(stored.spans).toEqual(
        expectedSpans(JAVASCRIPT, { runId, spans: sent.spans, attributes }),
      );
      expect(stored.points).toEqual(expectedPoints(JAVASCRIPT, runId));
      expect(stored.records).toEqual(expectedRecords(JAVASCRIPT, runId, JAVASCRIPT_BODY));
    },
  );

  it.each(["protobuf", "json"] as const)(
    "reads each answer as a success and complains about none, %s",
    async (encoding) => {
      const sent = await emit({
        endpoint: gateway.url,
        token: gateway.apiKey,
        encoding,
        compression: "none",
        runId: createRunId("js"),
      });

      expect(sent.outcomes).toEqual([
        { signal: "traces", code: SUCCESS, error: undefined },
        { signal: "metrics", code: SUCCESS, error: undefined },
        { signal: "metrics", code: SUCCESS, error: undefined },
        { signal: "logs", code: SUCCESS, error: undefined },
      ]);
      expect(sent.complaints).toEqual([]);
    },
  );

  it.each(["protobuf", "json"] as const)(
    "reads a wrong token as a failure that is not retried, %s",
    async (encoding) => {
      const sent = await emit({
        endpoint: gateway.url,
        token: "wrong-key",
        encoding,
        compression: "none",
        runId: createRunId("js"),
      });

      expect(sent.outcomes.map(({ code }) => code)).not.toContain(SUCCESS);
      expect(sent.outcomes[0]?.error).toBe("Unauthorized");
    },
  );
});
