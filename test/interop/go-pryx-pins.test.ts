import { expect, it } from "vitest";

import { at } from "./expected/origin.ts";
import type { EventData } from "./expected/traits.ts";
import { createRunId, parseReport } from "./support/client-report.ts";
import { toFlags } from "./support/flags.ts";
import { prepareGo } from "./support/go-program.ts";
import { readRun } from "./support/read-run.ts";
import { runProgram } from "./support/run-program.ts";
import { requireToolchain } from "./support/toolchain.ts";
import { useGateway } from "./support/use-gateway.ts";

const NANOS: unknown = expect.stringMatching(/^\d{19}$/);
const emit = await prepareGo({ folder: "pryx-pins" });

requireToolchain("Go SDK, the versions that the Pryx runtime pins", emit, (binary) => {
  const gateway = useGateway();

  it.each(["none", "gzip"])(
    "gets the runtime's spans and points back as they were sent, compression %s",
    async (compression) => {
      const result = await runProgram(
        binary,
        toFlags({
          endpoint: gateway.url,
          token: gateway.apiKey,
          "run-id": createRunId("pryx"),
          compression,
        }),
      );
      const sent = parseReport(result);
      const stored = await readRun(gateway, sent.service);
      const origin = originOf(sent.service);

      expect(stored.spans).toEqual(
        RUNTIME_SPANS.map(({ parent, ...span }) => ({
          ...origin,
          ...span,
          ...sent.spans[span.name],
          ...(parent === undefined ? {} : { parent_span_id: sent.spans[parent]?.span_id }),
          flags: 0x101,
          kind: "internal",
        })),
      );
      expect(stored.points).toEqual(RUNTIME_POINTS.map((point) => ({ ...origin, ...point })));
      expect(stored.records).toEqual([]);
    },
  );
});

function originOf(service: string): EventData {
  return {
    resource: {
      attributes: {
        "service.name": service,
        "service.version": "dev",
        "device.id": "pryx-1767225600123456789",
        "host.arch": "arm64",
        "host.os": "darwin",
      },
    },
    scope: { name: "pryx-core" },
  };
}

interface RuntimeSpan extends EventData {
  readonly name: string;
  readonly parent?: string;
}

const RUNTIME_SPANS: readonly RuntimeSpan[] = [
  {
    name: "channel.send",
    parent: "session.turn",
    start_time_unix_nano: at(9),
    end_time_unix_nano: at(10),
    attributes: { "channel.type": "telegram", "channel.id": "42" },
  },
  {
    name: "llm.request",
    parent: "session.turn",
    start_time_unix_nano: at(1),
    end_time_unix_nano: at(3),
    attributes: {
      "llm.provider": "openai",
      "llm.model": "gpt-4o",
      "llm.tokens.input": 1200,
      "llm.tokens.output": 345,
      "llm.tokens.total": 1545,
      duration_ms: 2,
      "cost.amount": { double_value: 1 },
      "cost.currency": "USD",
    },
    status: { code: "ok" },
  },
  {
    name: "mcp.call",
    parent: "tool.execute",
    start_time_unix_nano: at(5),
    end_time_unix_nano: at(6),
    attributes: { "mcp.server": "filesystem", "mcp.tool": "read_file" },
  },
  {
    name: "session.turn",
    start_time_unix_nano: at(0),
    end_time_unix_nano: at(11),
    attributes: { "session.id": "s-0001" },
  },
  {
    name: "tool.execute",
    parent: "session.turn",
    start_time_unix_nano: at(4),
    end_time_unix_nano: at(8),
    attributes: { "tool.name": "shell", "tool.arg.command": "ls -l" },
    events: [
      {
        time_unix_nano: at(7),
        name: "exception",
        attributes: {
          "exception.type": "*errors.errorString",
          "exception.message": "exit status 1: no such file",
        },
      },
    ],
    status: { code: "error", message: "exit status 1: no such file" },
  },
];

const COUNTER: EventData = {
  type: "sum",
  aggregation_temporality: "cumulative",
  is_monotonic: true,
  start_time_unix_nano: NANOS,
  time_unix_nano: NANOS,
};

const RUNTIME_POINTS: readonly EventData[] = [
  {
    ...COUNTER,
    name: "pryx.errors",
    description: "Total error count",
    attributes: { name: "chat" },
    as_int: "1",
  },
  {
    name: "pryx.latency_ms",
    description: "Request latency in ms",
    type: "histogram",
    aggregation_temporality: "cumulative",
    start_time_unix_nano: NANOS,
    time_unix_nano: NANOS,
    attributes: { name: "chat" },
    count: "2",
    sum: 492.5,
    min: 12.5,
    max: 480,
    // The SDK's default boundaries.
    explicit_bounds: [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000],
    bucket_counts: [0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0].map(String),
  },
  {
    ...COUNTER,
    name: "pryx.provider.usage",
    description: "Provider usage count",
    attributes: { provider: "openai" },
    as_int: "2",
  },
  {
    ...COUNTER,
    name: "pryx.requests",
    description: "Total request count",
    attributes: { name: "chat" },
    as_int: "3",
  },
];
