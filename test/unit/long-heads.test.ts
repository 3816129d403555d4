import { describe, expect, it } from "vitest";

import { encodeJson } from "../support/otlp-json.ts";
import { type ProtoMessage, encodeMessage, requestType, utf8 } from "../support/proto.ts";
import { transcode } from "../support/transcode.ts";

const MIB = 1024 * 1024;
/** Tens of megabytes are written, perhaps on a busy machine. */
const TIMEOUT_MS = 30_000;

/** One span, whose resource has an attribute of control characters: six times as long in JSON. */
function requestWith(attributeBytes: number): ProtoMessage {
  const value = { string_value: new Uint8Array(attributeBytes).fill(1) };
  const resource = { attributes: [{ key: utf8("a"), value }] };
  const spans = [{ name: utf8("n") }];
  return { resource_spans: [{ resource, scope_spans: [{ spans }] }] };
}

describe.each([
  ["protobuf", (request: ProtoMessage) => encodeMessage(requestType("traces"), request)],
  ["json", (request: ProtoMessage) => encodeJson("traces", request)],
] as const)("a span sent as %s", (encoding, encode) => {
  it(
    "is rejected when its resource alone is longer than an event may be",
    () => {
      const body = encode(requestWith(7 * MIB));

      const { accepted, rejected, message } = transcode({ signal: "traces", encoding, body });

      expect({ accepted, rejected }).toEqual({ accepted: 0, rejected: 1 });
      expect(message).toContain("longer than 24 MiB");
    },
    TIMEOUT_MS,
  );
});
