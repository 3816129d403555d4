/** OTLP/HTTP request: paths, methods, media types, and the order of checks. */
import { describe, expect, it } from "vitest";

import { ENCODINGS, MEDIA_TYPES, SIGNALS, exportBody } from "../support/otlp-requests.ts";
import { WAYS, post, statusOf } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway({ MAX_BODY_BYTES: "2000" });
const ITEMS = [{ name: "item", timeMs: 1_790_000_000_000 }];

describe("paths", () => {
  it.each(WAYS)("[SPEC:496] $signal in $encoding", async (way) => {
    const answer = await post(gateway, way, exportBody(way.signal, way.encoding, ITEMS));

    expect(answer.status).toBe(200);
    expect(answer.headers["batch-id"]).toMatch(/^[A-Za-z0-9]{16}$/);
  });

  it.each(["/api/v1/traces", "/v1/otlp/v1/traces", "//v1/traces", "/v1/traces/", "/v1/traces?a=b"])(
    "[SPEC:515] %s",
    async (path) => {
      const body = exportBody("traces", "json", ITEMS);
      const answer = await post(gateway, { signal: "traces", encoding: "json" }, body, { path });

      expect(answer.status).toBe(200);
    },
  );

  it.each(["/v1development/profiles", "/v1/profiles"])("[SPEC:507] %s", async (path) => {
    const answer = await post(gateway, { signal: "traces", encoding: "json" }, "{}", { path });

    expect(answer.status).toBe(404);
    expect(statusOf(answer, "json").message).toContain("profiles are not supported");
  });

  it.each(ENCODINGS)("[HTTP root] %s", async (encoding) => {
    const answer = await post(gateway, { signal: "traces", encoding }, "", { path: "/" });

    expect(answer.status).toBe(404);
    expect(statusOf(answer, encoding).message).toMatch(/\/v1\/traces.*\/v1\/metrics.*\/v1\/logs/);
  });

  it("[HTTP root] a path that goes on behind the signal says so", async () => {
    const path = "/v1/traces/v1/trace";
    const answer = await post(gateway, { signal: "traces", encoding: "json" }, "{}", { path });

    expect(statusOf(answer, "json").message).toContain("twice");
  });
});

describe("methods", () => {
  it.each(
    SIGNALS.flatMap((signal) =>
      ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => ({ signal, method })),
    ),
  )("[HTTP 405] $method /v1/$signal", async ({ signal, method }) => {
    const answer = await gateway.send({ method, path: `/v1/${signal}` });

    expect(answer.status).toBe(405);
    expect(answer.headers["allow"]).toBe("POST");
    expect(statusOf(answer, "protobuf").code).toBe(12);
  });
});

describe("media types", () => {
  it.each([
    ["application/x-protobuf", "protobuf"],
    ["application/protobuf", "protobuf"],
    ["APPLICATION/X-PROTOBUF; a=b", "protobuf"],
    ["application/json", "json"],
    ["Application/Json; charset=utf-8", "json"],
    ["application/json;charset", "json"],
  ] as const)('[HTTP media-type] "%s" is %s', async (contentType, encoding) => {
    const answer = await gateway.send({
      path: "/v1/logs",
      headers: [["content-type", contentType]],
      body: exportBody("logs", encoding, ITEMS),
    });

    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe(MEDIA_TYPES[encoding]);
  });

  it.each([
    ["application/json", "application/json", 200],
    ["application/json", "application/x-protobuf", 415],
  ] as const)("[HTTP repeated-type] %s and %s: %i", async (first, second, status) => {
    const answer = await gateway.send({
      path: "/v1/logs",
      headers: [
        ["content-type", first],
        ["content-type", second],
      ],
      body: "{}",
    });

    expect(answer.status).toBe(status);
  });

  it.each(SIGNALS.flatMap((signal) => ["", "text/plain", "text/html"].map((t) => [signal, t])))(
    '[HTTP 415] %s "%s"',
    async (signal, contentType) => {
      const headers = contentType === "" ? [] : [["content-type", contentType] as const];
      const answer = await gateway.send({ path: `/v1/${signal}`, headers, body: "{}" });

      expect(answer.status).toBe(415);
      expect(statusOf(answer, "protobuf").message).toContain("application/json");
    },
  );

  it.each(["application/grpc", "application/grpc+proto"])("[HTTP grpc] %s", async (type) => {
    const headers = [["content-type", type]] as const;
    const answer = await gateway.send({ path: "/v1/logs", headers, body: "x" });

    expect(answer.status).toBe(415);
    expect(statusOf(answer, "protobuf").message).toContain("use OTLP/HTTP");
  });
});

describe("the order of checks", () => {
  const wrong = {
    path: "/v1/nothing",
    method: "PUT",
    isAuthorized: false,
    body: "x".repeat(2001),
    headers: [
      ["content-type", "text/plain"],
      ["content-encoding", "br"],
    ],
  } as const;

  it.each([
    ["everything wrong", {}, 404],
    ["path right", { path: "/v1/logs" }, 405],
    ["and method", { path: "/v1/logs", method: "POST" }, 401],
    ["and key", { path: "/v1/logs", method: "POST", isAuthorized: true }, 413],
    ["and length", { path: "/v1/logs", method: "POST", isAuthorized: true, body: "x" }, 415],
  ])("[HTTP order] %s: %s %i", async (_title, mended, status) => {
    expect((await gateway.send({ ...wrong, ...mended })).status).toBe(status);
  });

  it("[HTTP order] the coding is checked before the body", async () => {
    const answer = await post(gateway, { signal: "logs", encoding: "json" }, "no json", {
      headers: [["content-encoding", "br"]],
    });

    expect(answer.status).toBe(415);
  });
});
