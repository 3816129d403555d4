import { describe, expect, it } from "vitest";

import { namesOf, queryAll, readJson } from "../../support/api-client.ts";
import { decodeSuccess, readRefusal } from "../../support/otlp-answers.ts";
import {
  ENCODINGS,
  MEDIA_TYPES,
  bodyRequest,
  exportRequest,
  plainRequest,
} from "../../support/otlp-requests.ts";
import { START_MS, createTestGateway } from "../../support/test-gateway.ts";

const GOOD = { timeMs: START_MS };
const BAD = { timeMs: START_MS, traceId: "00ff" };
/** Nothing but the reason: what is true of items that are not stored concerns nobody. */
const REASONS = {
  protobuf: "span with a trace_id of 2 bytes; send 16 bytes",
  json: "span with a traceId of 4 characters; send 32 hex characters",
} as const;

describe.each(ENCODINGS)(
  "a span with a trace id of wrong length among good ones, %s",
  (encoding) => {
    const items = [
      { name: "first", ...GOOD },
      { name: "bad", ...BAD },
      { name: "last", ...GOOD },
    ];

    it("is counted in the answer, which is 200 all the same", async () => {
      const { send } = createTestGateway();
      const response = await send(exportRequest("traces", { encoding, items }));
      const answer = decodeSuccess("traces", encoding, await response.bytes());

      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe(MEDIA_TYPES[encoding]);
      // The SDK gives the count as text or as a number, depending on the encoding.
      expect(answer).toMatchObject({
        partialSuccess: { errorMessage: `1 x ${REASONS[encoding]}` },
      });
      expect(JSON.stringify(answer)).toMatch(/"rejectedSpans":"?1"?[,}]/);
    });

    it("is not stored, while the others are", async () => {
      const { send } = createTestGateway();
      await send(exportRequest("traces", { encoding, items }));

      expect(namesOf(await queryAll(send))).toEqual(["last", "first"]);
    });

    it("is counted in the batch record", async () => {
      const { send } = createTestGateway();
      const response = await send(exportRequest("traces", { encoding, items }));
      const batchId = response.headers.get("batch-id") ?? "";
      const record = await readJson(await send(plainRequest(`/api/telemetry/batch/${batchId}`)));

      expect(record).toMatchObject({ event_count: 2, rejected_count: 1, status: "completed" });
    });
  },
);

describe.each(ENCODINGS)("a request of which every item is bad, %s", (encoding) => {
  it("is refused with 400 and stores nothing: a 200 would hide the loss", async () => {
    const { send, kv } = createTestGateway();
    const items = [
      { name: "bad", ...BAD },
      { name: "worse", ...BAD },
    ];
    const response = await send(exportRequest("traces", { encoding, items }));
    const refusal = await readRefusal(response, encoding);

    expect(refusal).toMatchObject({ httpStatus: 400, code: 3 });
    expect(refusal.message).toBe(`All items rejected: 2 x ${REASONS[encoding]}`);
    expect(kv.counts.put).toBe(0);
  });
});

describe("a JSON request that is not OTLP", () => {
  it("is answered 200 with a warning, because OTLP ignores members it does not know", async () => {
    const { send, kv } = createTestGateway();
    const body = '{"foo":1}';
    const headers = { "content-type": "application/json" };
    const response = await send(bodyRequest("/v1/traces", body, { headers }));

    expect(response.status).toBe(200);
    expect(decodeSuccess("traces", "json", await response.bytes())).toEqual({
      partialSuccess: {
        errorMessage: "1 x no resourceSpans in the request; is this OTLP?",
      },
    });
    expect(kv.counts.put).toBe(0);
  });
});
