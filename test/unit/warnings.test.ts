/** What a request is told about values that were stored otherwise: each value once. */
import { describe, expect, it } from "vitest";

import { signalShapes } from "../../worker/otlp/signal.ts";
import { transcode } from "../../worker/transcoder/transcode.ts";
import { utf8 } from "../support/proto.ts";
import { FRAME } from "../support/transcode.ts";
import { makeTranscoder } from "../support/transcoder.ts";
import { concat, lengthField, varintField } from "../support/wire.ts";

const IDS = concat(
  lengthField(1, new Uint8Array(16).fill(1)),
  lengthField(2, new Uint8Array(8).fill(1)),
);
const SHORT_ID = lengthField(1, new Uint8Array(3));
/** Of a span: its id of three bytes is left out. */
const BAD_LINK = lengthField(13, SHORT_ID);
const STRING_INDEX = varintField(8, 1);
const transcoder = makeTranscoder();

function attribute(number: number, key: string, value: Uint8Array): Uint8Array {
  return lengthField(number, lengthField(1, utf8(key)), lengthField(2, value));
}

function resourceSpans(...fields: readonly Uint8Array[]): Uint8Array {
  return lengthField(1, ...fields);
}

function scopeSpans(...spans: readonly (readonly Uint8Array[])[]): Uint8Array {
  return lengthField(2, ...spans.map((fields) => lengthField(2, ...fields)));
}

function messageOf(body: Uint8Array): string {
  const notes = transcode(
    {
      ...FRAME,
      body,
      encoding: "protobuf",
      shape: signalShapes.traces,
      segmentLimitBytes: 2 ** 20,
      requiresSpanIds: false,
      takeBlock: () => true,
    },
    transcoder,
  );
  return notes.ok ? (notes.value.message() ?? "") : notes.error.message;
}

describe("warnings", () => {
  it("about spans that are kept stay when a later span is rejected", () => {
    const kept = [IDS, BAD_LINK];
    const body = resourceSpans(scopeSpans(kept, kept, [SHORT_ID, BAD_LINK]));

    expect(messageOf(body)).toMatch(
      /^1 x span with a trace_id of 3 bytes; .*; 2 x trace or span ids/,
    );
  });

  it("about a span whose fields must be merged count each value once", () => {
    const body = resourceSpans(
      scopeSpans([IDS, BAD_LINK, lengthField(5, utf8("a")), lengthField(5, utf8("b"))]),
    );

    expect(messageOf(body)).toMatch(/^1 x trace or span ids/);
  });

  it("about a list that is written again, because it repeats a key, count each value once", () => {
    const body = resourceSpans(
      scopeSpans([
        IDS,
        attribute(9, "a", STRING_INDEX),
        attribute(9, "b", varintField(3, 1)),
        attribute(9, "b", STRING_INDEX),
      ]),
    );

    expect(messageOf(body)).toMatch(/^2 x string table references/);
  });

  it("about a resource count once, however many scopes and spans it has", () => {
    const resource = lengthField(1, attribute(1, "a", STRING_INDEX));
    const merged = [resource, lengthField(1, attribute(1, "b", STRING_INDEX))];
    const scopes = [scopeSpans([IDS], [IDS]), scopeSpans([IDS])];

    expect(messageOf(resourceSpans(resource, ...scopes))).toMatch(/^1 x string table references/);
    expect(messageOf(resourceSpans(...merged, ...scopes))).toMatch(/^2 x string table references/);
    expect(messageOf(resourceSpans(resource))).toMatch(/^1 x string table references/);
  });

  it("of a request that does not decode are not given to the next one", () => {
    const resource = lengthField(1, attribute(1, "a", STRING_INDEX));
    const broken = lengthField(2, lengthField(2, IDS, BAD_LINK, Uint8Array.of(0)));

    expect(messageOf(resourceSpans(resource, broken))).toContain("field number 0");
    expect(messageOf(resourceSpans(scopeSpans([IDS])))).toBe("");
  });
});
