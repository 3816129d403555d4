/** CORS, for exporters in browsers. */
import { describe, expect, it } from "vitest";

import { exportBody } from "../support/otlp-requests.ts";
import type { Answer } from "./support/built-gateway.ts";
import { post } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const off = useBuiltGateway();
const on = useBuiltGateway({
  CORS_ORIGINS: "https://app.example.com, https://*.example.org, http://localhost:*, no-origin",
  MAX_BODY_BYTES: "1000",
});
const unconfigured = useBuiltGateway({ CORS_ORIGINS: "https://app.example.com" }, "");
const any = useBuiltGateway({ CORS_ORIGINS: "*" });
const APP = "https://app.example.com";
const WAY = { signal: "traces", encoding: "json" } as const;
const BODY = exportBody("traces", "json", [{ name: "item", timeMs: 1_790_000_000_000 }]);

async function preflight(gateway: typeof on, origin: string, path = "/v1/traces"): Promise<Answer> {
  return await gateway.send({
    method: "OPTIONS",
    path,
    isAuthorized: false,
    headers: [
      ["origin", origin],
      ["access-control-request-method", "POST"],
      ["access-control-request-headers", "authorization,content-type"],
    ],
  });
}

const ALLOW_ORIGIN = "access-control-allow-origin";

describe("not configured", () => {
  it("[CORS off] a preflight reaches the route, which is 405", async () => {
    const answer = await preflight(off, APP);

    expect(answer.status).toBe(405);
    expect(answer.headers[ALLOW_ORIGIN]).toBeUndefined();
  });

  it("[CORS off] an answer says nothing about origins", async () => {
    const answer = await post(off, WAY, BODY, { headers: [["origin", APP]] });

    expect(answer.status).toBe(200);
    expect(answer.headers[ALLOW_ORIGIN]).toBeUndefined();
    expect(answer.headers["vary"] ?? "").not.toContain("Origin");
  });
});

describe("preflights", () => {
  it("[CORS preflight] are 204 without a key and say what is allowed", async () => {
    const { status, headers, body } = await preflight(on, APP);

    expect(status).toBe(204);
    expect(body).toHaveLength(0);
    expect(headers).toMatchObject({
      [ALLOW_ORIGIN]: APP,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-max-age": "7200",
      vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    });
    for (const name of [
      "content-type",
      "content-encoding",
      "authorization",
      "traceparent",
      "tracestate",
      "baggage",
    ]) {
      expect(headers["access-control-allow-headers"]?.split(", ")).toContain(name);
    }
  });

  it("[CORS preflight] come before the key is asked for, and before the path", async () => {
    expect((await preflight(unconfigured, APP)).status).toBe(204);
    expect((await preflight(on, APP, "/nothing")).status).toBe(204);
  });

  it("[CORS preflight] OPTIONS without a requested method is none", async () => {
    const headers = [["origin", APP]] as const;

    expect((await on.send({ method: "OPTIONS", path: "/v1/logs", headers })).status).toBe(405);
  });

  it.each([
    APP,
    "HTTPS://APP.EXAMPLE.COM",
    "https://a.example.org",
    "https://a.b.example.org",
    "http://localhost:5173",
  ])("[CORS origin] %s is allowed, and echoed", async (origin) => {
    expect((await preflight(on, origin)).headers[ALLOW_ORIGIN]).toBe(origin);
  });

  it.each([
    "https://example.org",
    "https://example.org.evil.test",
    "https://app.example.com.evil.test",
    "http://app.example.com",
    "https://app.example.com:8443",
    "null",
    "no-origin",
  ])("[CORS origin] %s is refused with 204 and no header", async (origin) => {
    const { status, headers } = await preflight(on, origin);

    expect(status).toBe(204);
    expect(headers[ALLOW_ORIGIN]).toBeUndefined();
    expect(headers["access-control-allow-methods"]).toBeUndefined();
  });

  it("[CORS origin] a lone * allows all, without credentials", async () => {
    const { headers } = await preflight(any, "https://anyone.test");

    expect(headers[ALLOW_ORIGIN]).toBe("https://anyone.test");
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
  });
});

describe("answers", () => {
  const origin = ["origin", APP] as const;

  it.each([
    [200, on, {}],
    [400, on, { body: "{" }],
    [401, on, { isAuthorized: false }],
    [404, on, { path: "/" }],
    [405, on, { method: "PUT" }],
    [413, on, { body: "x".repeat(1001) }],
    [415, on, { headers: [["content-encoding", "br"], origin] }],
    [503, unconfigured, {}],
  ] as const)("[CORS answers] %i", async (status, gateway, more) => {
    const sent = { headers: [origin], ...more };
    const body = "body" in more ? more.body : BODY;
    const answer = await post(gateway, WAY, body, sent);

    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      [ALLOW_ORIGIN]: APP,
      "access-control-expose-headers": "Retry-After, batch-id, Link, pryx-complete, pryx-skipped",
      vary: "Origin",
    });
  });

  it("[CORS answers] to a refused origin vary all the same", async () => {
    const answer = await post(on, WAY, BODY, { headers: [["origin", "https://evil.test"]] });

    expect(answer.status).toBe(200);
    expect(answer.headers["vary"]).toBe("Origin");
    expect(answer.headers[ALLOW_ORIGIN]).toBeUndefined();
  });

  it("[CORS config] entries beside a bad one count", async () => {
    expect((await preflight(on, "no-origin")).headers[ALLOW_ORIGIN]).toBeUndefined();
    expect((await preflight(on, APP)).headers[ALLOW_ORIGIN]).toBe(APP);
  });
});
