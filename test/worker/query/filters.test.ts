import { beforeAll, describe, expect, it } from "vitest";

import {
  type Params,
  type QueryPage,
  namesOf,
  queryAll,
  queryPage,
} from "../../support/api-client.ts";
import { type Item, type Signal, bodyRequest, exportRequest } from "../../support/otlp-requests.ts";
import { START_MS, createTestGateway } from "../../support/test-gateway.ts";

const TRACE_A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TRACE_B = "aaaaaaaabbbbbbbbbbbbbbbbbbbbbbbb";
const WARN = 13;
const ERROR = 17;
const gateway = createTestGateway();
const batchIds: string[] = [];

async function sendItems(signal: Signal, items: readonly Omit<Item, "timeMs">[]): Promise<void> {
  gateway.clock.nowMs += 1000;
  const timed = items.map((item) => ({ timeMs: START_MS, ...item }));
  const response = await gateway.send(exportRequest(signal, { encoding: "json", items: timed }));
  batchIds.push(response.headers.get("batch-id") ?? "");
}

function names(params: Params): Promise<readonly string[]> {
  return queryAll(gateway.send, params).then(namesOf);
}

function page(params: Params): Promise<QueryPage> {
  return queryPage(gateway.send, params);
}

beforeAll(async () => {
  await sendItems("traces", [
    { name: "checkout", service: "shop", traceId: TRACE_A },
    { name: "pay", service: "bank", traceId: TRACE_A },
    { name: "checkout", service: "bank", traceId: TRACE_B },
  ]);
  await sendItems("metrics", [
    { name: "requests", service: "shop" },
    { name: "latency", service: "bank" },
  ]);
  await sendItems("logs", [
    { name: "debugged", service: "shop", severity: 5, traceId: TRACE_A },
    { name: "warned", service: "shop", severity: WARN },
    { name: "failed", service: "bank", severity: ERROR, traceId: TRACE_B },
    { name: "unlevelled", service: "bank" },
  ]);
  gateway.clock.nowMs += 1000;
  await gateway.send(
    bodyRequest(
      "/api/telemetry/batch",
      JSON.stringify({
        batch_id: "native",
        events: [
          { event_type: "tool.call", data: { name: "shell", service: "shop", level: "error" } },
          { event_type: "llm.call", data: { name: "chat", trace_id: TRACE_A } },
          {
            event_type: "plain",
            name: "top",
            service: "shop",
            level: "Warning",
            trace_id: TRACE_B,
          },
        ],
      }),
    ),
  );
});

describe("one filter", () => {
  it.each<{ params: Params; expected: readonly string[] }>([
    { params: { signal: "traces" }, expected: ["checkout", "pay", "checkout"] },
    { params: { signal: "metrics" }, expected: ["latency", "requests"] },
    { params: { signal: "logs" }, expected: ["unlevelled", "failed", "warned", "debugged"] },
    { params: { signal: "telemetry" }, expected: ["", "chat", "shell"] },
    { params: { event_type: "span" }, expected: ["checkout", "pay", "checkout"] },
    { params: { event_type: "llm.call" }, expected: ["chat"] },
    { params: { event_type: "llm" }, expected: [] },
    {
      params: { service: "shop" },
      expected: ["", "shell", "warned", "debugged", "requests", "checkout"],
    },
    { params: { service: "Shop" }, expected: [] },
    { params: { name: "checkout" }, expected: ["checkout", "checkout"] },
    { params: { name: "failed" }, expected: ["failed"] },
    { params: { name: "requests" }, expected: ["requests"] },
    { params: { trace_id: TRACE_A }, expected: ["chat", "debugged", "pay", "checkout"] },
    { params: { trace_id: TRACE_B.toUpperCase() }, expected: ["", "failed", "checkout"] },
    { params: { trace_id: "0123456789abcdef0123456789abcdef" }, expected: [] },
    { params: { level: "warn" }, expected: ["", "shell", "failed", "warned"] },
    { params: { level: "ERROR" }, expected: ["shell", "failed"] },
    { params: { level: "fatal" }, expected: [] },
    { params: { level: "trace" }, expected: ["", "shell", "failed", "warned", "debugged"] },
    { params: { batch_id: "native" }, expected: ["", "chat", "shell"] },
    { params: { batch_id: "unknown" }, expected: [] },
  ])("$params finds $expected", async ({ params, expected }) => {
    expect(await names(params)).toEqual(expected);
    expect(await names({ ...params, limit: "1" })).toEqual(expected);
  });

  it("batch_id finds an OTLP batch by the id in its answer", async () => {
    const [traces = "", metrics = ""] = batchIds;

    expect(await names({ batch_id: traces })).toEqual(["checkout", "pay", "checkout"]);
    expect(await names({ batch_id: metrics })).toEqual(["latency", "requests"]);
  });
});

describe("filters combined", () => {
  it.each<{ params: Params; expected: readonly string[] }>([
    { params: { signal: "traces", service: "bank" }, expected: ["checkout", "pay"] },
    { params: { service: "bank", name: "checkout" }, expected: ["checkout"] },
    { params: { trace_id: TRACE_A, event_type: "log" }, expected: ["debugged"] },
    { params: { trace_id: TRACE_A, event_type: "log", level: "info" }, expected: [] },
    { params: { level: "warn", service: "shop", signal: "logs" }, expected: ["warned"] },
    { params: { batch_id: "native", event_type: "tool.call" }, expected: ["shell"] },
    { params: { batch_id: "native", signal: "logs" }, expected: [] },
    { params: { service: "bank", trace_id: TRACE_B, level: "error" }, expected: ["failed"] },
  ])("$params finds $expected", async ({ params, expected }) => {
    expect(await names(params)).toEqual(expected);
    expect(await names({ ...params, limit: "1" })).toEqual(expected);
  });
});

describe("start and end", () => {
  const [traces, metrics, logs, native] = [1, 2, 3, 4].map((nth) => START_MS + nth * 1000);

  it("hold both ends: the events received at exactly that time count", async () => {
    const counts = [
      await page({ start: String(traces), end: String(traces) }),
      await page({ start: String(metrics), end: String(logs) }),
      await page({ start: String((native ?? 0) + 1) }),
      await page({ end: String((traces ?? 0) - 1) }),
    ].map(({ count }) => count);

    expect(counts).toEqual([3, 6, 0, 0]);
  });

  it.each([
    { title: "epoch milliseconds", start: String(logs) },
    { title: "RFC 3339 in UTC", start: new Date(logs ?? 0).toISOString() },
    { title: "RFC 3339 with an offset", start: withOffset(logs ?? 0) },
    { title: "seconds before now", start: "-1s" },
    { title: "milliseconds before now", start: "-1000ms" },
  ])("are read as $title", async ({ start }) => {
    expect((await page({ start })).count).toBe(7);
  });

  it.each(["-15m", "-2h", "-1d", "0", "2001-09-09T01:46:40Z"])(
    "may reach back further than there is anything: %s",
    async (start) => {
      expect((await page({ start })).count).toBe(12);
    },
  );

  it("find nothing when start lies behind end", async () => {
    const reply = await page({ start: String(logs), end: String(traces) });

    expect(reply).toMatchObject({ count: 0, complete: true });
  });

  it("leave out by default what lies in the future", async () => {
    expect((await page({ end: "-2s" })).count).toBe(5);
  });
});

/** The same time as clocks show it two hours east. */
function withOffset(timeMs: number): string {
  return new Date(timeMs + 7_200_000).toISOString().replace("Z", "+02:00");
}
