import { expect, it } from "vitest";

import { GO_ATTRIBUTES } from "./expected/attributes.ts";
import { expectedPoints } from "./expected/points.ts";
import { TYPED_BODY, expectedRecords } from "./expected/records.ts";
import { expectedSpans } from "./expected/spans.ts";
import { type EventData, GO } from "./expected/traits.ts";
import { createRunId, parseReport } from "./support/client-report.ts";
import { toFlags } from "./support/flags.ts";
import { prepareGo } from "./support/go-program.ts";
import { readRun } from "./support/read-run.ts";
import { runProgram } from "./support/run-program.ts";
import { readEvents } from "./support/stored-events.ts";
import { requireToolchain } from "./support/toolchain.ts";
import { useGateway } from "./support/use-gateway.ts";

const emit = await prepareGo({ folder: "current" });

requireToolchain("Go SDK, current versions", emit, (binary) => {
  const gateway = useGateway();

  async function send(flags: Readonly<Record<string, string>>) {
    const runId = createRunId("go");
    const target = { endpoint: gateway.url, token: gateway.apiKey, "run-id": runId };
    const result = await runProgram(binary, toFlags({ ...target, ...flags }));

    return { runId, result };
  }

  it.each(["none", "gzip"])(
    "gets every span, point and record back as it was sent, compression %s",
    async (compression) => {
      const { runId, result } = await send({ compression });
      const sent = parseReport(result);
      const stored = await readRun(gateway, sent.service);

      expect(stored.spans).toEqual(
        expectedSpans(GO, { runId, spans: sent.spans, attributes: GO_ATTRIBUTES }),
      );
      expect(stored.points).toEqual(expectedPoints(GO, runId));
      expect(stored.records).toEqual(expectedRecords(GO, runId, TYPED_BODY));
    },
  );

  it("gets spans sent as JSON with upper-case ids back as if they were protobuf", async () => {
    const { runId, result } = await send({ signals: "traces", encoding: "json" });
    const sent = parseReport(result);
    const stored = await readRun(gateway, sent.service);

    expect(stored.spans).toEqual(
      expectedSpans(GO, { runId, spans: sent.spans, attributes: GO_ATTRIBUTES }),
    );
  });

  it("accepts an endpoint below a path prefix and with a trailing slash", async () => {
    const { runId, result } = await send({ endpoint: `${gateway.url}/api/`, signals: "logs" });
    const stored = await readRun(gateway, parseReport(result).service);

    expect(stored.records).toEqual(expectedRecords(GO, runId, TYPED_BODY));
  });

  it("finds what was sent by trace id, name, level and batch", async () => {
    const { service, spans } = parseReport((await send({})).result);
    async function find(filters: Readonly<Record<string, string>>) {
      const events = await readEvents(gateway, { service, ...filters });

      return events.map(({ data }) => nameOf(data)).toSorted();
    }
    const [point] = await readEvents(gateway, { service, name: "pryx.errors" });

    expect(await find({ trace_id: spans["session.turn"]?.trace_id ?? "" })).toEqual([
      "llm.request",
      "mcp.call",
      "session.turn",
      "tool.execute",
    ]);
    expect(await find({ signal: "traces", name: "mcp.call" })).toEqual(["mcp.call"]);
    expect(await find({ level: "error" })).toEqual(["level ERROR", "level FATAL4"]);
    // The delta export was a request, and thus a batch, of its own.
    expect(await find({ batch_id: point?.batch_id ?? "" })).toEqual([
      "pryx.delta.latency_ms",
      "pryx.errors",
      "pryx.payload.delta",
    ]);
  });

  it("gets a full batch of each signal back, every item once", async () => {
    const sent = parseReport((await send({ workload: "bulk", items: "512" })).result);
    const [spans, points, records] = await Promise.all(
      ["span", "metric", "log"].map(
        async (event_type) =>
          await readEvents(gateway, { service: sent.service, event_type, limit: "200" }),
      ),
    );

    expect(new Set(spans?.map((event) => event.data["span_id"])).size).toBe(sent.counts.spans);
    expect(spans).toHaveLength(sent.counts.spans);
    expect(points).toHaveLength(sent.counts.points);
    expect(new Set(records?.map((event) => event.data["time_unix_nano"])).size).toBe(
      sent.counts.logs,
    );
    expect(records).toHaveLength(sent.counts.logs);
  });

  it("reports an exporter error when the token is wrong", async () => {
    const { result } = await send({ token: "wrong-key" });

    expect(result.code).toBe(1);
    expect(result.stderr).toContain("401");
  });
});

/** What a reader would call an event: the name of a span or metric, the text of a record. */
function nameOf(data: EventData): string {
  return String(data["name"] ?? data["body"]);
}
