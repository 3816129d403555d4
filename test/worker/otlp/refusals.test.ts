import { gzipSync } from "node:zlib";

import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Env } from "../../../worker/env.ts";
import { authenticator } from "../../../worker/http/auth.ts";
import gateway from "../../../worker/main.ts";
import { FakeKv } from "../../support/fake-kv.ts";
import { readRefusal } from "../../support/otlp-answers.ts";
import {
  ENCODINGS,
  MEDIA_TYPES,
  SIGNALS,
  bodyRequest,
  exportRequest,
  plainRequest,
} from "../../support/otlp-requests.ts";
import { createTestGateway } from "../../support/test-gateway.ts";

const ITEMS = [{ name: "item", timeMs: 1_790_000_000_000 }];
const LIMIT_BYTES = 10_000;
const WAYS = SIGNALS.flatMap((signal) => ENCODINGS.map((encoding) => ({ signal, encoding })));

/** A body that fails the test when anyone reads it. */
function untouchable(): ReadableStream<Uint8Array> {
  return new ReadableStream(
    { pull: () => Promise.reject(new Error("the body was read")) },
    { highWaterMark: 0 },
  );
}

function unreadPost(path: string, headers: Readonly<Record<string, string>>): Request {
  return new Request(`https://gateway.test${path}`, {
    method: "POST",
    headers,
    body: untouchable(),
  });
}

describe.each(WAYS)("authentication, $signal $encoding", ({ signal, encoding }) => {
  const contentType = MEDIA_TYPES[encoding];

  it.each([
    { title: "no Authorization", headers: {} },
    { title: "Bearer without a token", headers: { authorization: "Bearer" } },
    { title: "Bearer and a blank", headers: { authorization: "Bearer " } },
    { title: "another scheme", headers: { authorization: "Basic dGVzdC1rZXk=" } },
    { title: "a token without a scheme", headers: { authorization: "test-key" } },
    { title: "a wrong token", headers: { authorization: "Bearer wrong" } },
    { title: "the token and more", headers: { authorization: "Bearer test-key2" } },
    { title: "the start of the token", headers: { authorization: "Bearer test-ke" } },
  ])("refuses $title with 401, without reading the body", async ({ headers }) => {
    const { send, kv } = createTestGateway();
    const request = unreadPost(`/v1/${signal}`, { ...headers, "content-type": contentType });
    const refusal = await readRefusal(await send(request), encoding);

    expect(refusal).toMatchObject({ httpStatus: 401, code: 16 });
    expect(refusal.headers.get("www-authenticate")).toMatch(/^Bearer realm="telemetry"/);
    expect(kv.counts.put).toBe(0);
  });

  it.each(["Bearer test-key", "bearer test-key", "BEARER  test-key", "Bearer%20test-key"])(
    'lets "%s" in',
    async (authorization) => {
      const { send } = createTestGateway();
      const request = exportRequest(
        signal,
        { encoding, items: ITEMS },
        { headers: { authorization } },
      );

      expect((await send(request)).status).toBe(200);
    },
  );

  it("answers 503 telemetry_auth_unconfigured when the gateway has no key", async () => {
    const { send } = createTestGateway({ authenticate: authenticator(undefined) });
    const request = exportRequest(signal, { encoding, items: ITEMS });
    const refusal = await readRefusal(await send(request), encoding);

    expect(refusal).toMatchObject({ httpStatus: 503, message: "telemetry_auth_unconfigured" });
    expect(refusal.headers.get("retry-after")).toMatch(/^[1-3]$/);
  });
});

describe("paths and methods", () => {
  it.each(["/", "/v1", "/v1/profiles", "/v1/trace", "/v1development/profiles", "/v1/tracesx"])(
    "answers a POST to %s with 404 and the right path, in the encoding of the request",
    async (path) => {
      for (const encoding of ENCODINGS) {
        const request = exportRequest("traces", { encoding, items: ITEMS }, { path });
        const refusal = await readRefusal(await exports.default.fetch(request), encoding);

        expect(refusal).toMatchObject({ httpStatus: 404, code: 12 });
        expect(refusal.message).toContain("/v1/traces");
      }
    },
  );

  it.each(
    SIGNALS.flatMap((signal) =>
      ["GET", "HEAD", "PUT", "DELETE", "PATCH"].map((method) => ({ signal, method })),
    ),
  )("answers $method /v1/$signal with 405 and what is allowed", async ({ signal, method }) => {
    const response = await exports.default.fetch(plainRequest(`/v1/${signal}`, { method }));
    await response.bytes();

    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toMatch(/\bPOST\b/);
    expect(response.headers.get("content-type")).toBe(MEDIA_TYPES.protobuf);
  });

  it.each(["/", "/index.html", "/api", "/api/telemetry", "/v1", "/v1/traces/", "//v1/logs", "/x"])(
    "answers GET %s neither with a success, nor a redirect, nor a page",
    async (path) => {
      const response = await exports.default.fetch(plainRequest(path));
      const text = new TextDecoder().decode(await response.bytes());

      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.has("location")).toBe(false);
      expect(text).not.toContain("<");
    },
  );

  it("redirects no export, whatever its path looks like", async () => {
    for (const path of [
      "/v1/traces/",
      "//v1/traces",
      "/V1/Traces",
      "/v1/traces//",
      "/./v1/traces",
    ]) {
      const request = exportRequest("traces", { encoding: "protobuf", items: ITEMS }, { path });
      const response = await exports.default.fetch(request);
      await response.bytes();

      expect([200, 404]).toContain(response.status);
      expect(response.headers.get("content-type")).toBe(MEDIA_TYPES.protobuf);
    }
  });
});

describe("Content-Type and Content-Encoding", () => {
  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/grpc",
    "application/x-protobuf, application/json",
    "application/json2",
    "",
  ])('answers "%s" with 415 and a protobuf Status, without reading', async (contentType) => {
    const { send } = createTestGateway();
    const headers = { authorization: "Bearer test-key", "content-type": contentType };
    const refusal = await readRefusal(await send(unreadPost("/v1/traces", headers)), "protobuf");

    expect(refusal.httpStatus).toBe(415);
    expect(refusal.message).toContain("application/x-protobuf");
  });

  it("answers an export without a Content-Type with 415", async () => {
    const { send } = createTestGateway();
    const headers = { authorization: "Bearer test-key" };
    const refusal = await readRefusal(await send(unreadPost("/v1/traces", headers)), "protobuf");

    expect(refusal.httpStatus).toBe(415);
  });

  it.each(["br", "zlib", "lz4", "snappy", "gzip, gzip", "identity, gzip", "constructor"])(
    'answers coding "%s" with 415 and the codings it reads, without reading',
    async (coding) => {
      const { send } = createTestGateway();
      for (const encoding of ENCODINGS) {
        const headers = {
          authorization: "Bearer test-key",
          "content-type": MEDIA_TYPES[encoding],
          "content-encoding": coding,
        };
        const refusal = await readRefusal(await send(unreadPost("/v1/logs", headers)), encoding);

        expect(refusal.httpStatus).toBe(415);
        expect(refusal.headers.get("accept-encoding")).toBe("gzip, deflate, zstd");
      }
    },
  );
});

describe.each(ENCODINGS)("the size of a body, %s", (encoding) => {
  const headers = { authorization: "Bearer test-key", "content-type": MEDIA_TYPES[encoding] };
  const { send, kv } = createTestGateway({ bodyLimitBytes: LIMIT_BYTES });

  it("is refused by Content-Length before the body is read", async () => {
    const tooMuch = { ...headers, "content-length": String(LIMIT_BYTES + 1) };
    const refusal = await readRefusal(await send(unreadPost("/v1/traces", tooMuch)), encoding);

    expect(refusal.httpStatus).toBe(413);
    expect(refusal.message).toContain(String(LIMIT_BYTES));
  });

  it("is counted while a body without Content-Length streams in, and reading stops some way on", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(LIMIT_BYTES / 4));
        if (pulled === 1000) {
          controller.close();
        }
      },
    });
    const request = new Request("https://gateway.test/v1/traces", {
      method: "POST",
      headers,
      body,
    });
    const refusal = await readRefusal(await send(request), encoding);

    expect(refusal.httpStatus).toBe(413);
    expect(pulled).toBeLessThan(30);
  });

  it("is counted after decompression too: a bomb is cut at the limit", async () => {
    const bomb = gzipSync(new Uint8Array(50 * 1024 * 1024));
    const { send: sendTo } = createTestGateway({ bodyLimitBytes: 1024 * 1024 });
    const request = bodyRequest("/v1/traces", bomb, {
      headers: { ...headers, "content-encoding": "gzip" },
    });
    const refusal = await readRefusal(await sendTo(request), encoding);

    expect(refusal.httpStatus).toBe(413);
    expect(refusal.message).toContain("after decompression");
  });

  it("is fine up to the very limit", async () => {
    const isJson = encoding === "json";
    const body = isJson ? `{"resourceSpans":[]}`.padEnd(LIMIT_BYTES) : atTheLimit();
    const response = await send(bodyRequest("/v1/traces", body, { headers }));

    expect(response.status).toBe(200);
    expect(kv.counts.put).toBe(0);
  });
});

/** An unknown field 15 of bytes that fills a protobuf message to the limit. */
function atTheLimit(): Uint8Array {
  const body = new Uint8Array(LIMIT_BYTES);
  const length = LIMIT_BYTES - 3;
  body.set([0x7a, (length & 0x7f) | 0x80, length >> 7]);
  return body;
}

describe("bodies that cannot be decoded", () => {
  it.each([
    { title: "truncated protobuf", encoding: "protobuf", body: new Uint8Array([0x0a, 0x10, 0x0a]) },
    {
      title: "a wire type that does not exist",
      encoding: "protobuf",
      body: new Uint8Array([0x0f]),
    },
    { title: "JSON sent as protobuf", encoding: "protobuf", body: '{"resourceSpans":[]}' },
    { title: "half a JSON object", encoding: "json", body: '{"resourceSpans":[' },
    { title: "a JSON list", encoding: "json", body: "[]" },
    { title: "no JSON at all", encoding: "json", body: "" },
    { title: "JSON of the wrong shape", encoding: "json", body: '{"resourceSpans":{"a":1}}' },
  ] as const)("are refused with 400: $title", async ({ encoding, body }) => {
    const { send, kv } = createTestGateway();
    const headers = { "content-type": MEDIA_TYPES[encoding] };
    const refusal = await readRefusal(
      await send(bodyRequest("/v1/traces", body, { headers })),
      encoding,
    );

    expect(refusal).toMatchObject({ httpStatus: 400, code: 3 });
    expect(kv.counts.put).toBe(0);
  });

  it.each(ENCODINGS)("are refused with 400 when gzip is damaged, %s", async (encoding) => {
    const whole = gzipSync("x".repeat(1000));
    const { send } = createTestGateway();
    for (const body of [whole.subarray(0, 20), new Uint8Array([1, 2, 3]), new Uint8Array(0)]) {
      const headers = { "content-type": MEDIA_TYPES[encoding], "content-encoding": "gzip" };
      const request = bodyRequest("/v1/traces", body, { headers });
      const refusal = await readRefusal(await send(request), encoding);

      expect(refusal).toMatchObject({ httpStatus: 400, code: 3 });
    }
  });
});

/** An environment with CORS on, and no key. */
function corsEnv(origins: string): Env {
  return { TELEMETRY: new FakeKv({ now: () => 0 }).namespace, CORS_ORIGINS: origins };
}

describe("an exception that nobody expected", () => {
  const broken: Env = {
    get TELEMETRY(): KVNamespace {
      throw new TypeError("no such binding");
    },
    TELEMETRY_API_KEY: "test-key",
  };

  /** The lines written to the platform's log. */
  const lines: unknown[] = [];

  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, "error").mockImplementation((line: unknown) => {
      lines.push(line);
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function fetchBroken(request: Request): Promise<Response> {
    return gateway.fetch(new Request<unknown, IncomingRequestCfProperties>(request), broken);
  }

  it.each(WAYS)("is 503 with Retry-After, $signal $encoding", async ({ signal, encoding }) => {
    const request = exportRequest(signal, { encoding, items: ITEMS });
    const refusal = await readRefusal(await fetchBroken(request), encoding);

    expect(refusal).toMatchObject({ httpStatus: 503, code: 14 });
    expect(refusal.headers.get("retry-after")).toMatch(/^[1-3]$/);
    expect(refusal.message).not.toContain("binding");
  });

  it("is 503 with an error object under /api", async () => {
    const response = await fetchBroken(plainRequest("/api/telemetry/query"));

    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: "Cannot answer: internal error" });
  });

  it("carries the CORS headers, where CORS is on", async () => {
    const request = exportRequest("logs", { encoding: "json", items: ITEMS });
    request.headers.set("origin", "https://app.test");
    const env = {
      ...corsEnv("https://app.test"),
      get TELEMETRY() {
        return broken.TELEMETRY;
      },
    };
    const response = await gateway.fetch(
      new Request<unknown, IncomingRequestCfProperties>(request),
      env,
    );
    await response.bytes();

    expect(response.status).toBe(503);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.test");
  });

  it("tells once in the log of an origin that is none", async () => {
    const env = corsEnv("https://app.test, nonsense");
    for (let round = 0; round < 3; round += 1) {
      const request = new Request<unknown, IncomingRequestCfProperties>("https://gateway.test/x");
      await (await gateway.fetch(request, env)).bytes();
    }

    expect(lines.filter((line) => String(line).includes("config_ignored"))).toEqual([
      expect.stringContaining('"values":"nonsense"'),
    ]);
  });

  it("leaves one structured line with the reason in the log", async () => {
    await fetchBroken(plainRequest("/api/telemetry/query"));

    expect(lines).toEqual([
      expect.stringMatching(/^\{"level":"error","event":"unexpected",.*no such/),
    ]);
  });
});
