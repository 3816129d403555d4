import { describe, expect, it } from "vitest";

import { loadProtoRoot } from "../../scripts/proto-root.ts";
import { ok } from "../../worker/core/result.ts";
import {
  MEDIA_TYPES,
  SIGNALS,
  type Signal,
  bodyRequest,
  exportRequest,
} from "../support/otlp-requests.ts";
import { START_MS, createTestGateway } from "../support/test-gateway.ts";

const root = loadProtoRoot();
const SERVICES = {
  traces: "trace.v1.ExportTrace",
  metrics: "metrics.v1.ExportMetrics",
  logs: "logs.v1.ExportLogs",
};

/** Decodes a message as protobufjs does, with the vendored .proto files. */
function decode(type: string, body: Uint8Array): unknown {
  const message = root.lookupType(type);
  return message.toObject(message.decode(body), { longs: String });
}

function responseType(signal: Signal): string {
  return `opentelemetry.proto.collector.${SERVICES[signal]}ServiceResponse`;
}

function testGateway(): ReturnType<typeof createTestGateway> {
  // Node's crypto has no timingSafeEqual over buffers in `subtle`: who may write is not asked here.
  return createTestGateway({ authenticate: async () => ok(undefined) });
}

describe("answers in protobuf, read with the vendored .proto files", () => {
  it.each(SIGNALS)("hold an Export…ServiceResponse after a success, %s", async (signal) => {
    const items = [{ name: "item", timeMs: START_MS }];
    const { send } = testGateway();
    const response = await send(exportRequest(signal, { encoding: "protobuf", items }));

    expect(response.status).toBe(200);
    expect(decode(responseType(signal), await response.bytes())).toEqual({});
  });

  it("hold the partial success when an item was rejected", async () => {
    const items = [
      { name: "good", timeMs: START_MS },
      { name: "bad", timeMs: START_MS, traceId: "00ff" },
    ];
    const { send } = testGateway();
    const response = await send(exportRequest("traces", { encoding: "protobuf", items }));

    expect(decode(responseType("traces"), await response.bytes())).toEqual({
      partial_success: {
        rejected_spans: "1",
        error_message: "1 x span with a trace_id of 2 bytes; send 16 bytes",
      },
    });
  });

  it.each([
    { status: 400, path: "/v1/logs", contentType: MEDIA_TYPES.protobuf, code: 3 },
    { status: 404, path: "/", contentType: MEDIA_TYPES.protobuf, code: 12 },
    { status: 415, path: "/v1/logs", contentType: "text/plain", code: 2 },
  ])("hold a google.rpc.Status after a $status", async ({ status, path, contentType, code }) => {
    const { send } = testGateway();
    const headers = { "content-type": contentType };
    const response = await send(bodyRequest(path, new Uint8Array([0x0f]), { headers }));

    expect(response.status).toBe(status);
    expect(decode("google.rpc.Status", await response.bytes())).toMatchObject({ code });
  });
});
