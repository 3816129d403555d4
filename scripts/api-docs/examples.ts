/** The examples of docs/api.md: what is asked, and what a gateway answered when the page was made. */
import { isJsonObject } from "../../test/support/api-client.ts";
import { START_MS } from "../../test/support/test-gateway.ts";
import { type RequestDraft, curlOf, requestOf } from "./requests.ts";
import { TRACE_ID, gatewayWithStory } from "./story.ts";

const QUERY = "/api/telemetry/query";

/** An OTLP span as JSON. */
function span(spanId: string, name: string): object {
  return {
    traceId: TRACE_ID,
    spanId,
    name,
    kind: 2,
    startTimeUnixNano: `${START_MS}000000`,
    endTimeUnixNano: `${START_MS + 150}000000`,
  };
}

function exportOf(...spans: readonly object[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "mail" } }] },
        scopeSpans: [{ spans }],
      },
    ],
  };
}

/** By name, in the order in which they are sent: some ask for what others have stored. */
export const EXAMPLES: Readonly<Record<string, RequestDraft>> = {
  health: { path: "/health", isOpen: true },
  install: { path: "/install", isOpen: true },
  openapi: { path: "/api/openapi.json", isOpen: true, shown: ["openapi", "info", "servers"] },
  query: {
    path: QUERY,
    params: [
      ["signal", "traces"],
      ["status", "error"],
      ["limit", "1"],
    ],
  },
  filter: {
    path: QUERY,
    params: [
      ["filter", 'span.http.route=~"/c.*" && duration<1s'],
      ["format", "csv"],
      ["fields", "time,name,service,duration_ms,attr.http.route"],
    ],
  },
  explain: {
    path: QUERY,
    params: [
      ["service", "shop"],
      ["level", "error"],
      ["explain", "1"],
    ],
  },
  ndjson: {
    path: QUERY,
    params: [
      ["signal", "logs"],
      ["format", "ndjson"],
    ],
  },
  csv: {
    path: QUERY,
    params: [
      ["signal", "traces"],
      ["format", "csv"],
      ["fields", "name,service,status"],
      ["limit", "2"],
    ],
  },
  otlp: {
    path: QUERY,
    params: [
      ["signal", "metrics"],
      ["format", "otlp"],
    ],
  },
  traces: { path: "/api/telemetry/traces", params: [["status", "error"]] },
  trace: { path: `/api/telemetry/traces/${TRACE_ID}`, params: [["logs", "1"]] },
  services: { path: "/api/telemetry/services", params: [["start", "-1h"]] },
  operations: { path: "/api/telemetry/operations", params: [["service", "shop"]] },
  fields: { path: "/api/telemetry/fields", params: [["signal", "metrics"]] },
  values: { path: "/api/telemetry/fields/span.http.route/values" },
  traces_export: {
    method: "POST",
    path: "/v1/traces",
    body: exportOf(span("b9c7c989f97918e1", "send receipt")),
  },
  partial: {
    method: "POST",
    path: "/v1/traces",
    body: exportOf(span("b9c7c989f97918e2", "send receipt"), span("b9c7", "short id")),
  },
  refused: {
    method: "POST",
    path: "/v1/traces",
    body: exportOf(span("b9c7", "short id")),
  },
  metrics_export: {
    method: "POST",
    path: "/v1/metrics",
    body: {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: "queue.length",
                  gauge: { dataPoints: [{ asInt: "7", timeUnixNano: `${START_MS}000000` }] },
                },
              ],
            },
          ],
        },
      ],
    },
  },
  logs_export: {
    method: "POST",
    path: "/v1/logs",
    body: {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: `${START_MS}000000`,
                  severityNumber: 13,
                  body: { stringValue: "the queue grows" },
                },
              ],
            },
          ],
        },
      ],
    },
  },
  ingest: {
    method: "POST",
    path: "/api/telemetry/ingest",
    body: [{ event_type: "deploy", data: { version: "1.4.2" } }, "no object"],
  },
  batch: {
    method: "POST",
    path: "/api/telemetry/batch",
    body: { batch_id: "nightly-1", events: [{ event_type: "backup", data: { files: 12 } }] },
  },
  batch_status: { path: "/api/telemetry/batch/nightly-1" },
};

/** Headers that say nothing here: the date of everything, and what every answer has. */
const UNSHOWN: ReadonlySet<string> = new Set(["cache-control"]);
const CURSOR = /([\w-]{12})[\w-]{60,}\.[\w-]{22}/g;
const BINARY = /protobuf/;

/** Sends every example and renders what was asked and answered, by name. */
export async function renderExamples(): Promise<ReadonlyMap<string, string>> {
  const { send, clock } = await gatewayWithStory();
  const rendered = new Map<string, string>();
  for (const [name, draft] of Object.entries(EXAMPLES)) {
    clock.nowMs += 1000;
    rendered.set(name, await renderExample(draft, await send(requestOf(draft))));
  }
  return rendered;
}

/** Cursors say nothing to a reader, and are long. */
function withShortCursors(text: string): string {
  return text.replaceAll(CURSOR, "$1…");
}

async function renderExample(draft: RequestDraft, answer: Response): Promise<string> {
  const type = answer.headers.get("content-type") ?? "";
  const headers = [...answer.headers]
    .filter(([name, value]) => !UNSHOWN.has(name) && value !== "application/json")
    .map(([name, value]) => `\`${name}: ${value}\``);
  const head = [`\`${answer.status}\``, ...headers].join(", ");
  const text = BINARY.test(type) ? "" : await answer.text();
  const example = [
    block("sh", curlOf(draft)),
    `Answer: ${head}`,
    ...(text === ""
      ? []
      : [type === "application/json" ? jsonBlock(text, draft) : block("text", text)]),
  ].join("\n\n");
  return withShortCursors(example);
}

function jsonBlock(text: string, { shown }: RequestDraft): string {
  const body: unknown = JSON.parse(text);
  const all = isJsonObject(body) ? Object.entries(body) : [];
  const members = all.filter(([name]) => shown?.includes(name) ?? true);
  return block("json", JSON.stringify(Object.fromEntries(members), undefined, 2));
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}
