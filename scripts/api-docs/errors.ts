/** The table of errors in docs/api.md: real answers of gateways to requests that go wrong. */
import { isJsonObject } from "../../test/support/api-client.ts";
import { API_KEY, bodyRequest } from "../../test/support/otlp-requests.ts";
import { createTestGateway } from "../../test/support/test-gateway.ts";
import { err, ok } from "../../worker/core/result.ts";
import { authenticator } from "../../worker/http/auth.ts";
import { renderTable } from "../bench/markdown.ts";
import { type RequestDraft, pathOf, requestOf } from "./requests.ts";
import { openGateway } from "./story.ts";

interface Failure {
  readonly what: string;
  readonly ask: () => Promise<Response>;
}

const QUERY = "/api/telemetry/query";
const TRACE = "/api/telemetry/traces/0af7651916cd43dd8448eb211c80319c";
const INGEST = "/api/telemetry/ingest";
const SMALL_LIMIT_BYTES = 16;

function asked(draft: RequestDraft): Failure {
  return { what: `\`${pathOf(draft)}\``, ask: () => openGateway().send(requestOf(draft)) };
}

const FAILURES: readonly Failure[] = [
  {
    what: "a body that is no JSON",
    ask: () => openGateway().send(bodyRequest(INGEST, "{")),
  },
  asked({ path: QUERY, params: [["limit", "5000"]] }),
  asked({ path: QUERY, params: [["servise", "shop"]] }),
  asked({ path: QUERY, params: [["filter", "status=error && duration>"]] }),
  asked({ path: QUERY, params: [["cursor", "made-up"]] }),
  {
    what: "no token",
    ask: () =>
      createTestGateway({ authenticate: authenticator(API_KEY) }).send(
        requestOf({ path: QUERY, isOpen: true }),
      ),
  },
  {
    what: "a wrong token",
    ask: () =>
      createTestGateway({ authenticate: async () => err({ kind: "token-wrong" }) }).send(
        requestOf({ path: QUERY }),
      ),
  },
  asked({ path: "/api/telemetry/batch/unknown" }),
  asked({ path: TRACE }),
  asked({ path: "/api/telemetry/spans" }),
  {
    what: `\`DELETE ${QUERY}\``,
    ask: () =>
      openGateway().send(new Request(`https://gateway.test${QUERY}`, { method: "DELETE" })),
  },
  {
    what: "a body above `MAX_BODY_BYTES`",
    ask: () =>
      createTestGateway({
        authenticate: async () => ok(undefined),
        bodyLimitBytes: SMALL_LIMIT_BYTES,
      }).send(bodyRequest(INGEST, '{"event_type":"deploy"}')),
  },
  {
    what: "a coding that is not known",
    ask: () =>
      openGateway().send(bodyRequest(INGEST, "{}", { headers: { "content-encoding": "br" } })),
  },
  {
    what: "KV fails, retries included",
    ask: async () => {
      const { send, kv } = openGateway();
      kv.failKeys("list", "", "KV GET failed: 500 Internal Server Error");
      return send(requestOf({ path: QUERY }));
    },
  },
  {
    what: "a gateway without a key",
    ask: () =>
      createTestGateway({ authenticate: authenticator(undefined) }).send(
        requestOf({ path: QUERY }),
      ),
  },
];

/** Headers that every answer has. */
const UNSHOWN: ReadonlySet<string> = new Set(["cache-control", "content-type"]);

/** Asks for every failure and renders what was answered. */
export async function renderErrors(): Promise<string> {
  const rows: (readonly string[])[] = [];
  for (const { what, ask } of FAILURES) {
    const answer = await ask();
    const headers = [...answer.headers.keys()].filter((name) => !UNSHOWN.has(name));
    const body: unknown = await answer.json();
    const { error, ...others } = isJsonObject(body) ? body : { error: "" };
    rows.push(
      [
        String(answer.status),
        what,
        `\`${String(error)}\``,
        Object.entries(others)
          .map(([name, value]) => `\`${name}\`: ${String(value)}`)
          .join(", "),
        headers.map((name) => `\`${name}\``).join(", "),
      ].map((cell) => cell.replaceAll("|", "\\|")),
    );
  }
  return renderTable(["status", "when", "`error`", "other members", "headers"], rows);
}
