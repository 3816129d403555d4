/** OTLP/HTTP response: types, bytes and sizes of successes and failures. */
import { describe, expect, it } from "vitest";

import { decodeSuccess } from "../support/otlp-answers.ts";
import { ENCODINGS, MEDIA_TYPES, exportBody } from "../support/otlp-requests.ts";
import { GOOD_SPAN, WAYS, jsonExport, post, statusOf } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();
const ITEMS = [{ name: "item", timeMs: 1_790_000_000_000 }];

describe.each(WAYS)("a success, $signal $encoding", (way) => {
  const body = exportBody(way.signal, way.encoding, ITEMS);

  it("[SPEC:574] is 200 with a message that the JavaScript SDK reads", async () => {
    const answer = await post(gateway, way, body);

    expect(answer.status).toBe(200);
    expect(decodeSuccess(way.signal, way.encoding, answer.body)).toEqual({});
  });

  it("[SPEC:533] has exactly the type of the request", async () => {
    const answer = await post(gateway, way, body);

    expect(answer.headers["content-type"]).toBe(MEDIA_TYPES[way.encoding]);
  });

  it("[SPEC:581] has no partial_success: 0 bytes or {}", async () => {
    expect((await post(gateway, way, body)).text).toBe(way.encoding === "json" ? "{}" : "");
  });

  it("[SPEC:562] is not compressed for a client that did not ask", async () => {
    const answer = await post(gateway, way, body);

    expect(answer.headers["content-encoding"]).toBeUndefined();
  });
});

describe.each(ENCODINGS)("failures, %s", (encoding) => {
  const way = { signal: "traces", encoding } as const;

  it.each([
    [404, { path: "/" }],
    [405, { method: "PUT" }],
    [401, { isAuthorized: false }],
    [415, { headers: [["content-encoding", "br"]] }],
    [400, {}],
  ] as const)(
    "[SPEC:619] %i holds a google.rpc.Status in the request's encoding",
    async (status, more) => {
      const answer = await post(gateway, way, "\u0000", more);
      const { code, message } = statusOf(answer, encoding);

      expect(answer.status).toBe(status);
      expect(code).toBeGreaterThan(0);
      expect(message).toMatch(/^[\x20-\x7e]{1,1024}$/);
    },
  );

  it.each(["", "application/json", "text/plain"])(
    '[HTTP 401] without a key, type "%s"',
    async (contentType) => {
      const headers = contentType === "" ? [] : [["content-type", contentType] as const];
      const answer = await gateway.send({
        path: "/v1/logs",
        isAuthorized: false,
        headers,
        body: "",
      });

      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
      expect(statusOf(answer, contentType === "application/json" ? "json" : "protobuf").code).toBe(
        16,
      );
    },
  );

  it("[SPEC:544] a thousand reasons make an answer below 4 KiB", async () => {
    const items = Array.from(
      { length: 1000 },
      (_none, index) => `{"traceId":"${'\\"'.repeat(index + 40)}"}`,
    );
    const answer = await post(
      gateway,
      { signal: "traces", encoding: "json" },
      jsonExport("traces", "x", items),
    );
    const partial = await post(
      gateway,
      { signal: "traces", encoding: "json" },
      jsonExport("traces", "x", [...items, `{${GOOD_SPAN}}`]),
    );

    expect(answer.status).toBe(400);
    expect(answer.body.length).toBeLessThan(4096);
    expect(partial.status).toBe(200);
    expect(partial.body.length).toBeLessThan(4096);
  });
});
