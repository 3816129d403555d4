import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { exportRequest } from "../support/arbitraries.ts";
import { canonicalAll } from "../support/canonical.ts";
import { expectedEvents } from "../support/oracle.ts";
import { encodeJson } from "../support/otlp-json.ts";
import { plainFacts } from "../support/plain-facts.ts";
import { SIGNALS, encodeMessage, requestType } from "../support/proto.ts";
import { drawFrom, scramble } from "../support/scramble.ts";
import { FRAME, transcode } from "../support/transcode.ts";

const RUNS = { numRuns: 200 };

describe.each(SIGNALS)("any export request of %s", (signal) => {
  const type = requestType(signal);

  it("gives the events that an independent decoder and the schema document give", () => {
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        const body = encodeMessage(type, request);
        const expected = expectedEvents(signal, body, FRAME);

        const { events, lines, accepted, rejected } = transcode({
          signal,
          encoding: "protobuf",
          body,
        });

        expect(canonicalAll(events)).toEqual(canonicalAll(expected.events));
        expect({ accepted, rejected, lines: lines.length }).toEqual({
          accepted: expected.events.length,
          rejected: expected.rejected,
          lines: expected.events.length,
        });
      }),
      RUNS,
    );
  });

  it("gives the same events and facts in JSON as in protobuf", () => {
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        const protobuf = transcode({
          signal,
          encoding: "protobuf",
          body: encodeMessage(type, request),
        });

        const json = transcode({ signal, encoding: "json", body: encodeJson(signal, request) });

        expect(canonicalAll(json.events)).toEqual(canonicalAll(protobuf.events));
        expect(json.rejected).toBe(protobuf.rejected);
        expect(json.blocks.map(({ facts }) => plainFacts(facts))).toEqual(
          protobuf.blocks.map(({ facts }) => plainFacts(facts)),
        );
      }),
      RUNS,
    );
  });

  it("gives the same events however proto3 lets an encoder write it", () => {
    fc.assert(
      fc.property(exportRequest(signal), fc.integer(), (request, seed) => {
        const body = encodeMessage(type, request);
        const plain = transcode({ signal, encoding: "protobuf", body });

        const other = transcode({
          signal,
          encoding: "protobuf",
          body: scramble(type, body, drawFrom(seed)),
        });

        expect(canonicalAll(other.events)).toEqual(canonicalAll(plain.events));
        expect({ rejected: other.rejected, message: other.message }).toEqual({
          rejected: plain.rejected,
          message: plain.message,
        });
      }),
      RUNS,
    );
  });
});
