/** OTLP/HTTP partial success: items are rejected, not requests. */
import { describe, expect, it } from "vitest";

import { namesOf } from "../support/api-client.ts";
import { decodeSuccess } from "../support/otlp-answers.ts";
import { ENCODINGS, exportBody } from "../support/otlp-requests.ts";
import { GOOD_SPAN, post, statusOf, storeJson, uniqueName } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();

describe.each(ENCODINGS)("spans of which one has a bad id, %s", (encoding) => {
  const way = { signal: "traces", encoding } as const;
  const good = { name: "good", timeMs: 1_790_000_000_000 };
  const bad = { ...good, name: "bad", traceId: "00ff" };

  it("[SPEC:586] are answered 200 with the number and the reason", async () => {
    const service = uniqueName();
    const items = [good, bad].map((item) => ({ ...item, service }));
    const answer = await post(gateway, way, exportBody("traces", encoding, items));
    const partial = JSON.stringify(decodeSuccess("traces", encoding, answer.body));

    expect(answer.status).toBe(200);
    expect(partial).toMatch(/"rejectedSpans":"?1"?[,}]/);
    expect(partial).toMatch(/send (16 bytes|32 hex characters)/);
    expect(namesOf(await gateway.events({ service }))).toEqual(["good"]);
  });

  it("[HTTP all-rejected] are 400 when that was all, with a reason each", async () => {
    const answer = await post(gateway, way, exportBody("traces", encoding, [bad, bad]));
    const { message, violations } = statusOf(answer, encoding);

    expect(answer.status).toBe(400);
    expect(message).toContain("2 x span with a trace");
    expect(violations).toHaveLength(1);
    expect(violations[0]?.field).toBe("spans");
    expect(violations[0]?.description).toContain("2 x");
  });
});

describe("counts and warnings in JSON", () => {
  it("[SPEC:592] a bad metric counts as its data points, as text", async () => {
    const { answer } = await storeJson(gateway, "metrics", [
      '{"name":"bad","description":5,"gauge":{"dataPoints":[{"asInt":1},{"asInt":2}]}}',
      '{"name":"good","gauge":{"dataPoints":[{"asInt":3}]}}',
    ]);

    expect(answer.text).toMatch(/^\{"partialSuccess":\{"rejectedDataPoints":"2",/);
  });

  it("[SPEC:605] a warning has no count and a message", async () => {
    const { answer, stored } = await storeJson(gateway, "traces", [
      `{${GOOD_SPAN},"kind":"SPAN_KIND_NONSENSE"}`,
    ]);

    expect(answer.text).toMatch(/^\{"partialSuccess":\{"errorMessage":"1 x enum names/);
    expect(stored).toHaveLength(1);
  });
});
