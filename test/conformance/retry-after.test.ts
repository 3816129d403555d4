/** OTLP/HTTP throttling: who may come back, and when. */
import { describe, expect, it } from "vitest";

import { toAnswer } from "../../worker/http/errors.ts";
import { otlpError } from "../../worker/http/respond.ts";
import { codecOf } from "../../worker/otlp/media-type.ts";
import { readRefusal } from "../support/otlp-answers.ts";
import { ENCODINGS, MEDIA_TYPES, exportBody } from "../support/otlp-requests.ts";
import { WAYS, post, statusOf } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

/** No key configured: every export is refused for now. */
const gateway = useBuiltGateway({}, "");

describe.each(WAYS)("a gateway that cannot take anything now, $signal $encoding", (way) => {
  it("[HTTP 503] answers 503 with a Status", async () => {
    const answer = await post(gateway, way, exportBody(way.signal, way.encoding, []));

    expect(answer.status).toBe(503);
    expect(statusOf(answer, way.encoding).code).toBe(14);
  });

  it("[SPEC:665] says when to come back in whole seconds from 1 to 5", async () => {
    const answer = await post(gateway, way, exportBody(way.signal, way.encoding, []));

    expect(answer.headers["retry-after"]).toMatch(/^[1-5]$/);
  });
});

describe("the table of failures", () => {
  it.each([-1, 0, 0.01, 1, 1.2, 5, 60, Infinity])(
    "[SPEC:665] a quota that opens in %d s says 1 to 5 whole seconds",
    (retryAfterSeconds) => {
      const { status, headers } = toAnswer({
        kind: "rate-limited",
        message: "",
        retryAfterSeconds,
      });

      expect(status).toBe(429);
      expect(headers["retry-after"]).toMatch(/^[1-5]$/);
    },
  );

  it.each(ENCODINGS)("[SPEC:619] 429 holds a google.rpc.Status, %s", async (encoding) => {
    const codec = codecOf(MEDIA_TYPES[encoding]);
    if (codec === undefined) {
      throw new Error("no codec");
    }
    const error = { kind: "rate-limited", message: "Too much", retryAfterSeconds: 2 } as const;
    const refusal = await readRefusal(otlpError(codec, error), encoding);

    expect(refusal).toMatchObject({ httpStatus: 429, code: 8, message: "Too much" });
  });
});
