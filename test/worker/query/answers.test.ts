import { describe, expect, it } from "vitest";

import { namesOf, queryAll, queryPage, readJson } from "../../support/api-client.ts";
import { exportRequest, plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";
import { spanIdOf, spansRequest, traceIdOf } from "../../support/trace-spans.ts";

async function gatewayWithSpans(count: number): Promise<TestGateway> {
  const gateway = createTestGateway();
  for (let index = 0; index < count; index += 1) {
    gateway.clock.nowMs += 1000;
    await gateway.send(
      spansRequest([
        {
          name: `span-${index}`,
          service: index % 2 === 0 ? "shop" : "bank",
          traceId: traceIdOf(index),
          spanId: spanIdOf(index),
          startMs: START_MS,
          durationMs: index * 100,
          isError: index === 3,
          attributes: { "session.id": `s-${index % 3}`, "http.route": `/${index}` },
        },
      ]),
    );
  }
  return gateway;
}

function ask({ send }: TestGateway, params: Readonly<Record<string, string>>): Promise<Response> {
  return send(plainRequest(`/api/telemetry/query?${new URLSearchParams(params).toString()}`));
}

describe("what an answer says about itself", () => {
  it("is what it took: segments that cannot match are not read", async () => {
    const gateway = await gatewayWithSpans(10);
    gateway.kv.resetCounts();
    const response = await ask(gateway, { status: "error", signal: "traces" });

    expect(await readJson(response)).toMatchObject({
      count: 1,
      complete: true,
      stopped_by: null,
      scanned: { lists: 1, reads: 1, segments: 1, pruned: 9, events: 1 },
    });
    expect(gateway.kv.counts).toMatchObject({ list: 1, getBulk: 1, keysRead: 1 });
  });

  it("is the plan with explain=1: the filter, what was skipped and pruned and why, the price", async () => {
    const gateway = await gatewayWithSpans(4);
    const { plan } = await readJson(
      await ask(gateway, { session_id: "s-1", min_duration: "50ms", explain: "1" }),
    );

    expect(plan).toMatchObject({
      filter: 'session_id = "s-1" && duration >= 50ms',
      listed: ["traces", "telemetry"],
      skipped: [
        { prefix: "metrics", reason: "events of metrics have no duration" },
        { prefix: "logs", reason: "events of logs have no duration" },
      ],
      reasons: { 'no session_id "s-1"': 3 },
      pruned: [
        { reason: 'no session_id "s-1"' },
        { reason: 'no session_id "s-1"' },
        { reason: 'no session_id "s-1"' },
      ],
      // Two lists and a key, at list prices.
      cost_usd: 2 * 5e-6 + 0.5e-6,
    });
  });

  it("is the page's limit when that ended it, and the cursor to go on", async () => {
    const gateway = await gatewayWithSpans(3);
    const page = await readJson(await ask(gateway, { limit: "2" }));

    expect(page).toMatchObject({ count: 2, limit: 2, complete: false, stopped_by: "limit" });
    expect(page["next_cursor"]).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
  });

  it("is the budget when that ended it: the answer goes on where it stopped", async () => {
    const gateway = createTestGateway({ kv: { pageKeys: 1 } });
    const names: string[] = [];
    for (let index = 0; index < 260; index += 1) {
      gateway.clock.nowMs += 1000;
      names.push(`n${index}`);
      await gateway.send(
        exportRequest("traces", {
          encoding: "protobuf",
          items: [{ name: `n${index}`, timeMs: START_MS }],
        }),
      );
    }
    const first = await readJson(await ask(gateway, { limit: "1000", signal: "traces" }));

    expect(first).toMatchObject({ complete: false, stopped_by: "lists" });
    expect(namesOf(await queryAll(gateway.send, { limit: "1000", signal: "traces" }))).toEqual(
      names.toReversed(),
    );
  });
});

describe("cursors", () => {
  it("belong to their question: other filters, another endpoint or a changed text are refused", async () => {
    const gateway = await gatewayWithSpans(3);
    const { nextCursor = "" } = await queryPage(gateway.send, { limit: "1", service: "shop" });
    const answers = await Promise.all([
      ask(gateway, { cursor: nextCursor, service: "bank" }),
      ask(gateway, { cursor: nextCursor, service: "shop", name: "x" }),
      gateway.send(plainRequest(`/api/telemetry/traces?service=shop&cursor=${nextCursor}`)),
      ask(gateway, { cursor: `${nextCursor.slice(0, -2)}AA`, service: "shop" }),
      ask(gateway, { cursor: nextCursor, service: "shop", limit: "5" }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 200]);
    expect(await readJson(answers[0] ?? new Response())).toEqual({
      error:
        'Cannot use parameter "cursor": it belongs to another question: send it with the parameters it was answered to',
      param: "cursor",
    });
  });
});

describe("filter=", () => {
  it.each([
    ['status=error || duration>800ms && service="bank"', ["span-9", "span-3"]],
    ['span.http.route=~"/[0-2]"', ["span-2", "span-1", "span-0"]],
    [
      'resource.service.name="bank" && !(name in ["span-1", "span-3"])',
      ["span-9", "span-7", "span-5"],
    ],
    ['{ span.session.id = "s-0" && duration >= 600ms }', ["span-9", "span-6"]],
  ])("%s", async (filter, names) => {
    const gateway = await gatewayWithSpans(10);

    expect(namesOf(await queryAll(gateway.send, { filter }))).toEqual(names);
  });

  it("says what is wrong, and where", async () => {
    const response = await ask(createTestGateway(), { filter: 'status=error && duration>"2s"' });
    const body = await readJson(response);

    expect(response.status).toBe(400);
    expect(body).toMatchObject({ param: "filter", position: 25 });
    expect(body["error"]).toMatch(/^Cannot read parameter "filter": /);
  });
});
