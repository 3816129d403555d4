import { describe, expect, it } from "vitest";

import { type Decoder, loadDecoders } from "../../../scripts/bench/decoders.ts";
import { assertSameEvents } from "../../../scripts/bench/gate.ts";
import {
  addExceptions,
  capturedRequest,
  payloadOf,
  scaleRequest,
  widenText,
} from "../../../scripts/bench/payloads.ts";
import { gatewayLines } from "../../../scripts/bench/sides.ts";

const spans = capturedRequest("traces");
const decoders: readonly Decoder[] = await loadDecoders();

function textOf(request: typeof spans, itemCount: number): string {
  return new TextDecoder().decode(
    gatewayLines(payloadOf("test", "traces", { request, itemCount }), "protobuf"),
  );
}

describe("scaled request", () => {
  it.each([1, 32, 512, 1100])("of %i spans has as many, each with an id of its own", (count) => {
    const text = textOf(scaleRequest("traces", spans, count), count);
    const ids = [...text.matchAll(/"data":.*?"span_id":"([0-9a-f]{16})"/gu)].map(([, id]) => id);

    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
  });

  it("shifts the times of copies", () => {
    const text = textOf(scaleRequest("traces", spans, 1024), 1024);
    const times = [...text.matchAll(/"start_time_unix_nano":"(\d+)"/gu)].map(([, time]) => time);
    const captured = textOf(spans, 512);

    expect(times.filter((time) => !captured.includes(String(time))).length).toBe(512);
  });
});

describe("variants", () => {
  it("have no Latin letter in the names of spans, and four-byte characters", () => {
    const text = textOf(widenText(spans), 512);

    expect(text.includes('"name":"llm.request"')).toBe(false);
    expect(/\p{Emoji_Presentation}/u.test(text)).toBe(true);
  });

  it("have a stack trace of 30 frames in every span", () => {
    const text = textOf(addExceptions(spans), 512);

    expect(text.split("Session.step29 ").length - 1).toBe(512);
  });
});

describe("decoders we compare with", () => {
  it.each(["traces", "logs", "metrics"] as const)(
    "give the events of the gateway: %s",
    (signal) => {
      const payload = payloadOf(signal, signal, {
        request: capturedRequest(signal),
        itemCount: 512,
      });

      expect(() => {
        assertSameEvents(payload, decoders);
      }).not.toThrow();
    },
  );
});
