/** The table of KV operations in docs/api.md, counted by the KV of the tests. */
import { isJsonObject } from "../../test/support/api-client.ts";
import { SIGNALS, exportRequest } from "../../test/support/otlp-requests.ts";
import { START_MS, type TestGateway } from "../../test/support/test-gateway.ts";
import { spanIdOf, spansRequest, traceIdOf } from "../../test/support/trace-spans.ts";
import { renderTable } from "../bench/markdown.ts";
import { type RequestDraft, pathOf, requestOf } from "./requests.ts";
import { openGateway } from "./story.ts";

/** A day: a step every five minutes, in which each signal is exported once and an event sent. */
const STEPS = 288;
const STEP_MS = 5 * 60 * 1000;
const SERVICES = ["shop", "bank", "mail", "search"] as const;
/** One step in so many has a span with status error. */
const ERROR_EVERY = 48;
/** The step whose trace and batch are asked for. */
const WANTED = 200;
const QUERY = "/api/telemetry/query";

interface Filled {
  readonly gateway: TestGateway;
  readonly batchId: string;
}

async function fillDay(): Promise<Filled> {
  const gateway = openGateway();
  let batchId = "";
  for (let step = 0; step < STEPS; step += 1) {
    gateway.clock.nowMs = START_MS + step * STEP_MS;
    const timeMs = gateway.clock.nowMs;
    const service = SERVICES[step % SERVICES.length] ?? "shop";
    const span = { service, traceId: traceIdOf(step), startMs: timeMs, durationMs: step };
    const answer = await gateway.send(
      spansRequest([
        {
          ...span,
          name: "POST /pay",
          spanId: spanIdOf(2 * step),
          isError: step % ERROR_EVERY === 0,
        },
        {
          ...span,
          name: "charge",
          spanId: spanIdOf(2 * step + 1),
          parentId: spanIdOf(2 * step),
          attributes: { "session.id": `s-${step}` },
        },
      ]),
    );
    batchId = step === WANTED ? (answer.headers.get("batch-id") ?? "") : batchId;
    for (const signal of SIGNALS.filter((name) => name !== "traces")) {
      const items = [{ name: `${signal}-${step}`, service, timeMs, severity: 9 }];
      await gateway.send(exportRequest(signal, { encoding: "json", items }));
    }
    await gateway.send(
      requestOf({
        method: "POST",
        path: "/api/telemetry/ingest",
        body: { event_type: "tool.call", data: { service, step } },
      }),
    );
  }
  gateway.clock.nowMs += STEP_MS;
  return { gateway, batchId };
}

function questions(batchId: string): readonly RequestDraft[] {
  const trace = `/api/telemetry/traces/${traceIdOf(WANTED)}`;
  const time = String(START_MS + WANTED * STEP_MS);
  return [
    { path: QUERY },
    { path: QUERY, params: [["start", "-15m"]] },
    {
      path: QUERY,
      params: [
        ["signal", "logs"],
        ["limit", "1000"],
      ],
    },
    {
      path: QUERY,
      params: [
        ["signal", "traces"],
        ["service", "bank"],
      ],
    },
    { path: QUERY, params: [["status", "error"]] },
    {
      path: QUERY,
      params: [
        ["signal", "traces"],
        ["status", "error"],
      ],
    },
    { path: QUERY, params: [["session_id", `s-${WANTED}`]] },
    { path: QUERY, params: [["trace_id", traceIdOf(WANTED)]] },
    { path: QUERY, params: [["batch_id", batchId]] },
    { path: QUERY, params: [["q", "nowhere"]] },
    {
      path: QUERY,
      params: [
        ["format", "ndjson"],
        ["limit", "100000"],
      ],
    },
    { path: "/api/telemetry/traces" },
    { path: "/api/telemetry/traces", params: [["status", "error"]] },
    { path: trace },
    { path: trace, params: [["time", time]] },
    {
      path: trace,
      params: [
        ["time", time],
        ["logs", "1"],
      ],
    },
    { path: "/api/telemetry/services" },
    { path: "/api/telemetry/operations" },
    { path: "/api/telemetry/operations", params: [["service", "bank"]] },
    { path: "/api/telemetry/fields" },
    { path: "/api/telemetry/fields/service/values", params: [["signal", "traces"]] },
    { path: `/api/telemetry/batch/${batchId}` },
    { path: "/api/openapi.json" },
    { path: "/health" },
  ];
}

/** USD per million: https://developers.cloudflare.com/kv/platform/pricing/ */
const USD_PER_MILLION_LISTS = 5;
const USD_PER_MILLION_READS = 0.5;

/** Fills a store, asks every kind of question and renders what each took. */
export async function renderOperations(): Promise<string> {
  const { gateway, batchId } = await fillDay();
  const segments = gateway.kv.entries.filter(({ key }) => !key.startsWith("batch:")).length;
  const rows: (readonly string[])[] = [];
  for (const draft of questions(batchId)) {
    gateway.kv.resetCounts();
    const answer = await gateway.send(requestOf(draft));
    const text = await answer.text();
    const { list, get, getBulk, keysRead } = gateway.kv.counts;
    const usd = list * USD_PER_MILLION_LISTS + keysRead * USD_PER_MILLION_READS;
    rows.push([
      `\`${shortPath(draft)}\``,
      String(list),
      String(get + getBulk),
      String(keysRead),
      ...statedBy(text),
      usd.toFixed(2),
    ]);
  }
  return [
    `The store holds ${segments} segments: for a day, every ${STEP_MS / 60_000} minutes, one export of each signal and one native event, by one of ${SERVICES.length} services in turn; every ${ERROR_EVERY}th export of spans has an error. Each question is asked once, over the whole day unless it says otherwise. A bulk read of up to 100 keys is one operation, of which every key is billed.`,
    renderTable(
      [
        "question",
        "lists",
        "reads",
        "keys read",
        "pruned",
        "answers",
        "complete",
        "USD per million",
      ],
      rows,
    ),
  ].join("\n\n");
}

/** Ids are as long as they say little. */
function shortPath(draft: RequestDraft): string {
  return pathOf(draft)
    .replace("/api/telemetry/", "")
    .replace(/\/[0-9a-f]{32}/, "/{traceId}")
    .replace(/batch\/\w+/, "batch/{batchId}")
    .replace(/=\w{16,}/, "=…")
    .replace(/time=\d+/, "time=…");
}

/** What an answer says itself: segments pruned, how many it found, whether that is all. */
function statedBy(text: string): readonly string[] {
  const last = text.trim().split("\n").at(-1) ?? "";
  const parsed: unknown = JSON.parse(last);
  const body = isJsonObject(parsed) ? parsed : {};
  const meta = isJsonObject(body["_meta"]) ? body["_meta"] : body;
  const { scanned, complete, stopped_by: reason } = meta;
  if (!isJsonObject(scanned)) {
    return ["", "", ""];
  }
  const lists = Object.values(meta).filter((value) => Array.isArray(value));
  const found = meta["count"] ?? meta["span_count"] ?? lists[0]?.length;
  return [
    String(scanned["pruned"]),
    typeof found === "number" ? String(found) : "",
    complete === true ? "yes" : `no: ${String(reason)}`,
  ];
}
