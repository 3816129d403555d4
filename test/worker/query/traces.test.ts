import { describe, expect, it } from "vitest";

import { type JsonObject, isJsonObject, readJson } from "../../support/api-client.ts";
import { exportRequest, plainRequest } from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";
import { type SpanDraft, spanIdOf, spansRequest, traceIdOf } from "../../support/trace-spans.ts";

const HOUR_MS = 3_600_000;

async function ask({ send }: TestGateway, path: string): Promise<JsonObject> {
  const response = await send(plainRequest(path));
  const body = await readJson(response);
  expect([response.status, body["error"]]).toEqual([200, undefined]);
  return body;
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

async function sendSpans(gateway: TestGateway, spans: readonly SpanDraft[]): Promise<void> {
  gateway.clock.nowMs += 1000;
  await gateway.send(spansRequest(spans));
}

function span(number: number, more: Partial<SpanDraft> & { readonly traceId: string }): SpanDraft {
  return {
    name: `span-${number}`,
    service: "shop",
    spanId: spanIdOf(number),
    startMs: START_MS + number,
    durationMs: 10,
    ...more,
  };
}

/** The ids of all pages, in order. */
async function listAll(
  gateway: TestGateway,
  path: string,
  between: () => Promise<void> = async () => {},
): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: unknown;
  do {
    const separator = path.includes("?") ? "&" : "?";
    const suffix = typeof cursor === "string" ? `${separator}cursor=${cursor}` : "";
    const page = await ask(gateway, path + suffix);
    ids.push(...objects(page["traces"]).map((trace) => String(trace["trace_id"])));
    cursor = page["next_cursor"];
    await between();
  } while (typeof cursor === "string" && ids.length < 1000);
  return ids;
}

describe("GET /api/telemetry/traces", () => {
  it("sums up a trace whose spans came in several exports, from several services", async () => {
    const gateway = createTestGateway();
    const traceId = traceIdOf(1);
    await sendSpans(gateway, [
      span(3, { traceId, parentId: spanIdOf(2), service: "bank", isError: true, durationMs: 200 }),
    ]);
    await sendSpans(gateway, [
      span(1, { traceId, name: "GET /checkout", durationMs: 500 }),
      span(2, { traceId, parentId: spanIdOf(1) }),
    ]);
    const { traces } = await ask(gateway, "/api/telemetry/traces");

    expect(traces).toEqual([
      {
        trace_id: traceId,
        name: "GET /checkout",
        service: "shop",
        missing_root: false,
        orphan_count: 0,
        start_time_unix_nano: `${START_MS + 1}000000`,
        end_time_unix_nano: `${START_MS + 501}000000`,
        duration_ms: 500,
        span_count: 3,
        error_count: 1,
        services: [
          { name: "shop", span_count: 2, error_count: 0 },
          { name: "bank", span_count: 1, error_count: 1 },
        ],
        received_at: START_MS + 2000,
        complete: true,
      },
    ]);
  });

  it("says when the root is missing, and counts a span that came twice once", async () => {
    const gateway = createTestGateway();
    const traceId = traceIdOf(1);
    const child = span(2, { traceId, parentId: spanIdOf(1), name: "child" });
    await sendSpans(gateway, [child]);
    await sendSpans(gateway, [child, span(3, { traceId, parentId: spanIdOf(2) })]);
    const { traces } = await ask(gateway, "/api/telemetry/traces");

    expect(objects(traces)).toMatchObject([
      { name: "child", missing_root: true, orphan_count: 1, span_count: 2 },
    ]);
  });

  it.each([1, 2, 3, 5, 100])(
    "lists each trace once, newest first, %d a page, while new spans of old and new traces arrive",
    async (limit) => {
      const gateway = createTestGateway();
      let spans = 0;
      // Trace n has spans in the exports n, n + 1 and n + 2: they overlap.
      for (let index = 0; index < 14; index += 1) {
        const ids = [index, index - 1, index - 2].filter((id) => id >= 0 && id < 12);
        await sendSpans(
          gateway,
          ids.map((id) => {
            spans += 1;
            return span(spans, { traceId: traceIdOf(id) });
          }),
        );
      }
      async function arrive(): Promise<void> {
        spans += 2;
        await sendSpans(gateway, [
          span(spans, { traceId: traceIdOf(spans) }),
          span(spans + 1, { traceId: traceIdOf(3) }),
        ]);
      }
      const ids = await listAll(gateway, `/api/telemetry/traces?limit=${limit}`, arrive);

      // 11 and 10 share their newest export; in it 11 stands before 10, and rows count down.
      expect(ids.toSorted()).toEqual(
        Array.from({ length: 12 }, (_none, id) => traceIdOf(id)).toSorted(),
      );
      expect(ids.indexOf(traceIdOf(11))).toBeLessThan(ids.indexOf(traceIdOf(8)));
      expect(ids.indexOf(traceIdOf(8))).toBeLessThan(ids.indexOf(traceIdOf(0)));
    },
  );

  it("takes the filters of events: a trace is shown when one of its spans matches", async () => {
    const gateway = createTestGateway();
    for (let id = 0; id < 6; id += 1) {
      await sendSpans(gateway, [
        span(id * 2, { traceId: traceIdOf(id) }),
        span(id * 2 + 1, {
          traceId: traceIdOf(id),
          parentId: spanIdOf(id * 2),
          isError: id % 3 === 0,
          durationMs: id * 100,
        }),
      ]);
    }

    expect(await listAll(gateway, "/api/telemetry/traces?status=error&limit=1")).toEqual([
      traceIdOf(3),
      traceIdOf(0),
    ]);
    expect(await listAll(gateway, "/api/telemetry/traces?min_duration=400ms")).toEqual([
      traceIdOf(5),
      traceIdOf(4),
    ]);
    const { traces } = await ask(gateway, "/api/telemetry/traces?status=error");
    expect(objects(traces)).toMatchObject([{ span_count: 2 }, { span_count: 2 }]);
  });

  it("is empty and complete when there is nothing", async () => {
    expect(await ask(createTestGateway(), "/api/telemetry/traces")).toMatchObject({
      count: 0,
      traces: [],
      complete: true,
      next_cursor: null,
    });
  });
});

describe("GET /api/telemetry/traces/:traceId", () => {
  const traceId = traceIdOf(1);

  it("gives all spans, parents before children, siblings by their start", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway, [
      span(5, { traceId, parentId: spanIdOf(2), service: "bank" }),
      span(4, { traceId, parentId: spanIdOf(2), service: "bank" }),
      span(9, { traceId: traceIdOf(2) }),
    ]);
    await sendSpans(gateway, [
      span(3, { traceId, parentId: spanIdOf(1) }),
      span(2, { traceId, parentId: spanIdOf(1) }),
      span(1, { traceId, name: "root" }),
    ]);
    const trace = await ask(gateway, `/api/telemetry/traces/${traceId.toUpperCase()}`);

    expect(
      objects(trace["spans"]).map(({ depth, event }) => [
        depth,
        isJsonObject(event) && isJsonObject(event["data"]) ? event["data"]["name"] : undefined,
      ]),
    ).toEqual([
      [0, "root"],
      [1, "span-2"],
      [2, "span-4"],
      [2, "span-5"],
      [1, "span-3"],
    ]);
    expect(trace).toMatchObject({
      trace_id: traceId,
      name: "root",
      span_count: 5,
      logs: [],
      complete: true,
    });
  });

  it("shows orphans among the roots and breaks cycles, each span once", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway, [
      span(1, { traceId, parentId: spanIdOf(77) }),
      span(2, { traceId, parentId: spanIdOf(1) }),
      span(3, { traceId, parentId: spanIdOf(4) }),
      span(4, { traceId, parentId: spanIdOf(3) }),
      span(5, { traceId, parentId: spanIdOf(5) }),
    ]);
    const trace = await ask(gateway, `/api/telemetry/traces/${traceId}`);

    expect(
      objects(trace["spans"]).map(({ depth, missing_parent }) => [depth, missing_parent]),
    ).toEqual([
      [0, true],
      [1, undefined],
      [0, undefined],
      [1, undefined],
      [0, undefined],
    ]);
    expect(trace).toMatchObject({ missing_root: true, orphan_count: 1 });
  });

  it("adds the logs and native events of the trace when they are asked for, oldest first", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway, [span(1, { traceId })]);
    for (const name of ["first", "second"]) {
      gateway.clock.nowMs += 1000;
      await gateway.send(
        exportRequest("logs", {
          encoding: "protobuf",
          items: [{ name, traceId, timeMs: START_MS }],
        }),
      );
    }
    const without = await ask(gateway, `/api/telemetry/traces/${traceId}`);
    const trace = await ask(gateway, `/api/telemetry/traces/${traceId}?logs=1`);

    expect(without).toMatchObject({ logs: [], span_count: 1 });
    expect(trace).toMatchObject({
      span_count: 1,
      logs: [{ data: { event_name: "first" } }, { data: { event_name: "second" } }],
    });
  });

  it("takes a time near the trace, and looks an hour before and after it", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway, [span(1, { traceId })]);
    const receivedMs = gateway.clock.nowMs;
    gateway.clock.nowMs += 5 * HOUR_MS;
    const path = `/api/telemetry/traces/${traceId}`;

    expect(await ask(gateway, `${path}?time=${receivedMs + HOUR_MS}`)).toMatchObject({
      span_count: 1,
    });
    const missed = await gateway.send(plainRequest(`${path}?time=${receivedMs + HOUR_MS + 1}`));
    expect(missed.status).toBe(404);
    expect(await readJson(missed)).toEqual({
      error: `Cannot find trace ${traceId}: no span of it in the range; KV may show new ones up to a minute late`,
    });
  });

  it("says what is wrong with an id or a parameter", async () => {
    const gateway = createTestGateway();
    const answers = await Promise.all(
      [
        "/xyz",
        `/${traceId}?logs=maybe`,
        `/${traceId}?name=x`,
        `/${traceId}?format=otlp&logs=1`,
      ].map(async (path) => {
        const response = await gateway.send(plainRequest(`/api/telemetry/traces${path}`));
        return [response.status, (await readJson(response))["param"]];
      }),
    );

    expect(answers).toEqual([
      [400, "traceId"],
      [400, "logs"],
      [400, "name"],
      [400, "format"],
    ]);
  });
});
