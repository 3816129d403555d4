import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { exportRequest } from "../support/arbitraries.ts";
import { readFixtures } from "../support/fixtures.ts";
import { encodeJson } from "../support/otlp-json.ts";
import { SIGNALS, encodeMessage, requestType, utf8 } from "../support/proto.ts";
import { type Input, tryTranscode } from "../support/transcode.ts";

const RUNS = { numRuns: 200 };
const ENCODINGS = ["protobuf", "json"] as const;
const CASES = SIGNALS.flatMap((signal) => ENCODINGS.map((encoding) => ({ signal, encoding })));

/** Whether the answer is either a reason in words, or as many valid lines as were accepted. */
function isAnswered(input: Input): boolean {
  const result = tryTranscode(input);
  return "reason" in result
    ? /^Cannot \w+ /.test(result.reason)
    : result.value.lines.length === result.value.accepted;
}

interface Damage {
  readonly at: number;
  readonly kind: "flip" | "drop" | "insert" | "cut";
  readonly byte: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(2000),
  kind: fc.constantFrom("flip", "flip", "drop", "insert", "cut"),
  byte: fc.nat(255),
});

function damaged(bytes: Uint8Array, { at, kind, byte }: Damage): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  const before = [...bytes.subarray(0, place)];
  const after = [...bytes.subarray(place + 1)];
  const here = [...bytes.subarray(place, place + 1)];
  switch (kind) {
    case "flip":
      return Uint8Array.from([...before, ...here.map((old) => old ^ byte), ...after]);
    case "drop":
      return Uint8Array.from([...before, ...after]);
    case "insert":
      return Uint8Array.from([...before, byte, ...here, ...after]);
    case "cut":
      return Uint8Array.from(before);
  }
}

describe.each(CASES)("$encoding bodies of $signal", ({ signal, encoding }) => {
  it("are answered in words when they are any bytes at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        expect(isAnswered({ signal, encoding, body })).toBe(true);
      }),
      RUNS,
    );
  });

  it("are answered in words when bytes of a request were changed, lost or added", () => {
    const body = exportRequest(signal).map((request) =>
      encoding === "json"
        ? encodeJson(signal, request)
        : encodeMessage(requestType(signal), request),
    );
    fc.assert(
      fc.property(body, fc.array(damage, { minLength: 1, maxLength: 4 }), (bytes, damages) => {
        const broken = damages.reduce((current, one) => damaged(current, one), bytes);
        expect(isAnswered({ signal, encoding, body: broken })).toBe(true);
      }),
      RUNS,
    );
  });
});

describe.each(SIGNALS)("JSON values of %s", (signal) => {
  it("are answered in words wherever they stand, of any type", () => {
    const names = [
      "resourceSpans",
      "resourceMetrics",
      "resourceLogs",
      "scopeSpans",
      "scopeMetrics",
    ];
    const others = [
      "scopeLogs",
      "spans",
      "metrics",
      "logRecords",
      "gauge",
      "dataPoints",
      "resource",
    ];
    const fields = [
      "attributes",
      "key",
      "value",
      "traceId",
      "status",
      "scope",
      "body",
      "kvlistValue",
    ];
    const object = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 9 },
        fc.constantFrom(null, "", 1, true, "x"),
        fc.array(tie("node"), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...names, ...others, ...fields), tie("node"), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(object, (value) => {
        const body = utf8(JSON.stringify(value));
        expect(isAnswered({ signal, encoding: "json", body })).toBe(true);
      }),
      RUNS,
    );
  });
});

describe("a recorded request that ends too early", () => {
  const small = readFixtures().filter(
    ({ body, name }) => body.length < 2500 && !/_gzip/.test(name),
  );

  it.each(small)("$name: is answered in words wherever it ends", (fixture) => {
    for (let length = 0; length < fixture.body.length; length += 1) {
      expect(isAnswered({ ...fixture, body: fixture.body.subarray(0, length) })).toBe(true);
    }
  });
});
