/** One transcoder serves all requests of an isolate: none may leave anything behind for the next. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { signalShapes } from "../../worker/otlp/signal.ts";
import { transcode } from "../../worker/transcoder/transcode.ts";
import type { Transcoder } from "../../worker/transcoder/transcoder.ts";
import { exportRequest } from "../support/arbitraries.ts";
import { encodeJson } from "../support/otlp-json.ts";
import { exportBody } from "../support/otlp-requests.ts";
import { plainFacts } from "../support/plain-facts.ts";
import { SIGNALS, type SignalName, encodeMessage, requestType, utf8 } from "../support/proto.ts";
import { drawFrom, scramble } from "../support/scramble.ts";
import { FRAME } from "../support/transcode.ts";
import { makeTranscoder } from "../support/transcoder.ts";
import { concat, lengthField, varintField } from "../support/wire.ts";

interface Sent {
  readonly signal: SignalName;
  readonly encoding: "protobuf" | "json";
  readonly body: Uint8Array;
  readonly batchId: string;
  readonly segmentLimitBytes: number;
  readonly requiresSpanIds: boolean;
  /** blocks that are taken before no more are; undefined: all */
  readonly takes: number | undefined;
}

/** All that is known of a request afterwards. */
interface Came {
  readonly blocks: readonly unknown[];
  readonly reason: string | undefined;
  readonly counts: readonly unknown[];
}

function send(
  { signal, takes = Infinity, ...input }: Sent,
  transcoder: Transcoder,
  onBlock: () => void = () => {},
): Came {
  const blocks: unknown[] = [];
  const result = transcode(
    {
      ...input,
      receivedAtMs: FRAME.receivedAtMs,
      shape: signalShapes[signal],
      takeBlock: ({ bytes, facts }) => {
        onBlock();
        blocks.push({ text: new TextDecoder().decode(bytes), facts: plainFacts(facts) });
        return blocks.length < takes;
      },
    },
    transcoder,
  );
  return result.ok
    ? {
        blocks,
        reason: undefined,
        counts: [result.value.accepted, result.value.rejected, result.value.message()],
      }
    : { blocks, reason: result.error.message, counts: [] };
}

/** Long enough to make every buffer grow, with values that are escaped, warned about and repeated. */
function hugeAttributes(length: number): Uint8Array {
  const long = lengthField(1, utf8("k".repeat(length)));
  const control = lengthField(2, lengthField(1, new Uint8Array(length).fill(1)));
  const entries = [
    concat(long, control),
    concat(long, lengthField(2, varintField(8, 1))),
    concat(lengthField(1, utf8("session.id")), control),
  ].map((entry) => lengthField(1, entry));
  return lengthField(1, lengthField(1, ...entries), lengthField(2, lengthField(2)));
}

const signal = fc.constantFrom(...SIGNALS);

function good(of: SignalName): fc.Arbitrary<Pick<Sent, "encoding" | "body">> {
  const type = requestType(of);
  return fc.oneof(
    exportRequest(of).map((request) => ({
      encoding: "protobuf" as const,
      body: encodeMessage(type, request),
    })),
    exportRequest(of).map((request) => ({
      encoding: "json" as const,
      body: encodeJson(of, request),
    })),
    fc.tuple(exportRequest(of), fc.integer()).map(([request, seed]) => ({
      encoding: "protobuf" as const,
      body: scramble(type, encodeMessage(type, request), drawFrom(seed)),
    })),
    fc.integer({ min: 1, max: 40_000 }).map((length) => ({
      encoding: "protobuf" as const,
      body: hugeAttributes(length),
    })),
  );
}

/** A request, perhaps with a changed byte, or cut. */
const sent: fc.Arbitrary<Sent> = signal.chain((of) =>
  fc
    .record({
      request: good(of),
      damage: fc.option(fc.record({ at: fc.nat(), byte: fc.nat(255), isCut: fc.boolean() })),
      batchId: fc.constantFrom("Abcdefgh01234567", "a"),
      segmentLimitBytes: fc.constantFrom(300, 2000, 1_000_000),
      requiresSpanIds: fc.boolean(),
      takes: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 6 }),
    })
    .map(({ request, damage, ...options }) => {
      const { body } = request;
      if (damage === null || body.length === 0) {
        return { signal: of, ...request, ...options };
      }
      const at = damage.at % body.length;
      const damaged = damage.isCut ? body.subarray(0, at) : body.with(at, damage.byte);
      return { signal: of, ...request, body: damaged, ...options };
    }),
);

describe("a transcoder that has seen other requests", () => {
  it("gives the blocks, facts, counts and reasons that a new one gives", () => {
    fc.assert(
      fc.property(fc.array(sent, { minLength: 2, maxLength: 12 }), (requests) => {
        const used = makeTranscoder();
        for (const request of requests) {
          expect(send(request, used)).toEqual(send(request, makeTranscoder()));
        }
      }),
      { numRuns: 120 },
    );
  }, 60_000);

  it("gives them also after an event, and a resource, that were too long to be stored", () => {
    const long = 5 * 2 ** 20;
    const options = {
      signal: "traces",
      encoding: "protobuf",
      batchId: FRAME.batchId,
      segmentLimitBytes: 1_000_000,
      requiresSpanIds: false,
      takes: undefined,
    } as const;
    const spans = lengthField(2, lengthField(5, new Uint8Array(long).fill(1)), lengthField(5));
    const bodies = [
      hugeAttributes(10),
      hugeAttributes(long),
      hugeAttributes(10),
      lengthField(1, lengthField(2, spans, lengthField(2, lengthField(5, utf8("next"))))),
      hugeAttributes(1000),
    ];
    const used = makeTranscoder();
    for (const body of bodies) {
      expect(send({ ...options, body }, used)).toEqual(
        send({ ...options, body }, makeTranscoder()),
      );
    }
  }, 60_000);
});

const ITEMS = [1, 2, 3, 4].map((index) => ({ name: `n${index}`, timeMs: index }));

describe("a request whose blocks are not all taken", () => {
  const request: Sent = {
    signal: "traces",
    encoding: "protobuf",
    body: exportBody("traces", "protobuf", ITEMS),
    batchId: FRAME.batchId,
    segmentLimitBytes: 10,
    requiresSpanIds: false,
    takes: undefined,
  };

  it.each([1, 2, 3, 4])("ends with an error at block %i, and the next one is well", (takes) => {
    const transcoder = makeTranscoder();
    const whole = send(request, makeTranscoder());

    const { blocks, reason } = send({ ...request, takes }, transcoder);

    expect(reason).toContain("it gives more events than can be stored at once");
    expect(blocks).toEqual(whole.blocks.slice(0, takes));
    expect(send(request, transcoder)).toEqual(whole);
  });

  it("gives no further block, also when the next one is full already", () => {
    const padding = "p".repeat(1000);
    const items = ITEMS.flatMap((item) => [item, { ...item, padding }]);
    const body = exportBody("traces", "protobuf", items);
    const long: Sent = { ...request, body, segmentLimitBytes: 900 };
    const whole = send(long, makeTranscoder());

    expect(whole.blocks).toHaveLength(items.length);
    for (let takes = 1; takes <= items.length; takes += 1) {
      const { blocks, reason } = send({ ...long, takes }, makeTranscoder());
      expect(blocks).toEqual(whole.blocks.slice(0, takes));
      expect(reason).toContain("it gives more events than can be stored at once");
    }
  });

  it("throws what taking a block throws, and the next one is well", () => {
    const transcoder = makeTranscoder();
    const whole = send(request, makeTranscoder());
    const trouble = new Error("no room");

    expect(() =>
      send(request, transcoder, () => {
        throw trouble;
      }),
    ).toThrow(trouble);
    expect(send(request, transcoder)).toEqual(whole);
  });
});
