import { describe, expect, it } from "vitest";

import type { JsonObject } from "../support/api-client.ts";
import { checkAnswer, contractSend } from "../support/api-contract.ts";
import { plainRequest } from "../support/otlp-requests.ts";

const HEALTH = { status: "ok", time: 1 };
const EVENT = { event_type: "span", data: {}, received_at: 1 };
const META = {
  next_cursor: null,
  complete: true,
  stopped_by: null,
  scanned: { lists: 1, reads: 0, segments: 0, pruned: 0, bytes: 0, events: 0 },
};
const PAGE = { count: 0, limit: 1, retention_seconds: 1, events: [], ...META };

interface AnswerDraft {
  readonly path?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Checks an answer: by default that of an empty query. */
function check({
  path = "/api/telemetry/query",
  method = "GET",
  body = PAGE,
  status = 200,
  headers = {},
}: AnswerDraft): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return checkAnswer(
    { method, url: `https://gateway.test${path}` },
    new Response(text, { status, headers: { "content-type": "application/json", ...headers } }),
  );
}

function ndjson(...lines: readonly JsonObject[]): AnswerDraft {
  return {
    path: "/api/telemetry/query?format=ndjson",
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    headers: { "content-type": "application/x-ndjson" },
  };
}

describe("an answer as documented", () => {
  it.each<[string, AnswerDraft]>([
    ["an empty page", {}],
    ["a page of one event", { body: { ...PAGE, count: 1, events: [EVENT] } }],
    ["health under a prefix", { path: "/a/b/health", body: HEALTH }],
    ["an error", { status: 400, body: { error: "no", param: "x", position: 3 } }],
    ["a repeated filter", { path: "/api/telemetry/query?service=a&service=b&attr.x=1" }],
    ["an unknown path that is not found", { path: "/nowhere", status: 404, body: { error: "" } }],
    [
      "a method that is refused",
      { method: "PUT", status: 405, body: { error: "" }, headers: { allow: "GET" } },
    ],
  ])("passes, with its content: %s", async (_title, draft) => {
    const answer = await check(draft);

    expect(answer.status).toBe(draft.status ?? 200);
    expect(await answer.json()).toEqual(draft.body ?? PAGE);
  });

  it("passes as a stream", async () => {
    const draft = ndjson(EVENT, { _meta: { count: 1, ...META } });

    expect(await (await check(draft)).text()).toBe(draft.body);
  });
});

describe("an answer that is not as documented fails the test that got it", () => {
  it.each<[string, AnswerDraft, RegExp]>([
    ["a member nobody documented", { body: { ...PAGE, extra: 1 } }, /extra/],
    ["one deeper", { body: { ...PAGE, scanned: { ...META.scanned, x: 1 } } }, /#\/scanned/],
    ["a member that is missing", { body: { count: 0 } }, /required/],
    ["another type", { body: { ...PAGE, count: "0" } }, /#\/count/],
    ["a value of none of those listed", { body: { ...PAGE, stopped_by: "x" } }, /stopped_by/],
    ["an event without its time", { body: { ...PAGE, events: [{ event_type: "a" }] } }, /events/],
    ["a status", { status: 418, body: { error: "" } }, /the status is not documented/],
    ["a member of an error", { status: 400, body: { error: "", why: 1 } }, /why/],
    ["a media type", { headers: { "content-type": "text/html" } }, /text\/html is not documented/],
    ["parameters of a media type", { headers: { "content-type": "application/json;x=1" } }, /;x=1/],
    ["a header", { headers: { "x-new": "1" } }, /header x-new is not documented/],
    ["a header's value", { headers: { "pryx-complete": "maybe" } }, /pryx-complete/],
    ["no retry-after", { status: 503, body: { error: "" } }, /retry-after is missing/],
    ["a parameter", { path: "/api/telemetry/services?name=x" }, /"name" is not documented/],
    ["a free parameter", { path: "/api/telemetry/query?servise=x" }, /servise/],
    ["a value of a parameter", { path: "/api/telemetry/query?limit=0" }, /"limit"/],
    ["a path", { path: "/api/telemetry/nowhere" }, /the path or method is not documented/],
    ["a method", { method: "PUT" }, /the path or method is not documented/],
    [
      "a refusal that allows something else",
      { method: "PUT", status: 405, body: { error: "" }, headers: { allow: "POST" } },
      /allow should be GET/,
    ],
  ])("%s", async (_title, draft, message) => {
    await expect(check(draft)).rejects.toThrow(/^Not as documented/);
    await expect(check(draft)).rejects.toThrow(message);
  });

  it("a line of a stream, when it is read", async () => {
    const answer = await check(ndjson(EVENT, { _meta: { count: 1 } }));

    await expect(answer.text()).rejects.toThrow(/Not as documented/);
  });

  it("through the send that every test uses", async () => {
    const send = contractSend(async () => Response.json({ status: "fine" }));

    await expect(send(plainRequest("/health"))).rejects.toThrow(/GET \/health → 200/);
  });
});
