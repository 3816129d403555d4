/** The built Worker in workerd, spoken to over a socket: what a client sees, and nothing else. */
import { Agent, request as httpRequest } from "node:http";

import { type TestHarness, createTestHarness } from "wrangler";

import { isJsonObject } from "../../support/api-client.ts";
import { API_KEY } from "../../support/otlp-requests.ts";

/** An answer, its body read to the end. */
export interface Answer {
  readonly status: number;
  /** by name in lower case; undefined when absent */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly text: string;
}

/** What is sent. */
export interface Sent {
  readonly method?: string;
  /** as it stands in the request line */
  readonly path: string;
  /** pairs, so that a header can be sent twice */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array | string;
  /** sends the body in chunks, without Content-Length */
  readonly isChunked?: boolean;
  /** false: without the key */
  readonly isAuthorized?: boolean;
}

/** A gateway under test. */
export interface ConformanceGateway {
  send(sent: Sent): Promise<Answer>;
  /** events that the query endpoint finds, newest first */
  events(params: Readonly<Record<string, string>>): Promise<readonly Record<string, unknown>[]>;
  /** lines of the Worker's log that tell of an exception */
  exceptions(): readonly string[];
}

/** Starts the built Worker for a program; the caller closes it. */
export async function startBuiltGateway(
  vars: Readonly<Record<string, string>> = {},
  apiKey: string = API_KEY,
): Promise<ConformanceGateway & { close(): Promise<void> }> {
  const harness: TestHarness = createTestHarness({
    root: new URL("../../..", import.meta.url).pathname,
    workers: [
      { configPath: "./wrangler.toml", vars: { ...vars }, secrets: { TELEMETRY_API_KEY: apiKey } },
    ],
  });
  const { url } = await harness.listen();
  const agent = new Agent({ keepAlive: true });

  async function send(sent: Sent): Promise<Answer> {
    return await exchange(url, agent, sent);
  }

  return {
    send,
    async events(params) {
      const query = new URLSearchParams({ limit: "1000", ...params }).toString();
      const { text } = await send({ method: "GET", path: `/api/telemetry/query?${query}` });
      const reply: unknown = JSON.parse(text);
      const events: unknown = isJsonObject(reply) ? reply["events"] : undefined;
      if (!Array.isArray(events) || !events.every(isJsonObject)) {
        throw new TypeError(`Cannot read the query answer: ${text}`);
      }
      return events;
    },
    exceptions: () =>
      harness
        .getLogs()
        .map((log) => log.message)
        .filter((line) => /"event":"unexpected"|Uncaught|internal error/.test(line)),
    async close() {
      agent.destroy();
      await harness.close();
    },
  };
}

function exchange(url: URL, agent: Agent, sent: Sent): Promise<Answer> {
  const body = typeof sent.body === "string" ? new TextEncoder().encode(sent.body) : sent.body;
  const headers = [
    ["host", url.host],
    ...(sent.isAuthorized === false ? [] : [["authorization", `Bearer ${API_KEY}`]]),
    ...(body === undefined || sent.isChunked === true
      ? []
      : [["content-length", String(body.length)]]),
    ...(sent.isChunked === true ? [["transfer-encoding", "chunked"]] : []),
    ...(sent.headers ?? []),
  ].flat();
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        host: url.hostname,
        port: url.port,
        method: sent.method ?? "POST",
        path: sent.path,
        headers,
        setDefaultHeaders: false,
      },
      (response) => {
        const chunks: Uint8Array[] = [];
        response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const whole = Uint8Array.from(Buffer.concat(chunks));
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
            ),
            body: whole,
            text: new TextDecoder().decode(whole),
          });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
