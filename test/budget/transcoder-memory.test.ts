/** Memory of WebAssembly never shrinks: what the transcoder takes of it from request to request. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { transcodeExport } from "../../worker/ingest/transcode-export.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { SEGMENT_LIMIT_BYTES } from "../../worker/segment/limits.ts";
import { transcode } from "../../worker/transcoder/transcode.ts";
import type { Transcoder } from "../../worker/transcoder/transcoder.ts";
import { type Fixture, readFixture, readFixtures } from "../support/fixtures.ts";
import { InstanceMemories } from "../support/instance-memories.ts";
import { exportBody } from "../support/otlp-requests.ts";
import { utf8 } from "../support/proto.ts";
import { FRAME } from "../support/transcode.ts";
import { makeTranscoder } from "../support/transcoder.ts";
import { lengthField } from "../support/wire.ts";

const MIB = 1024 * 1024;
/** What an instance may have, to be kept for the next request; an isolate has 128 MB. */
const KEEP_LIMIT_BYTES = 32 * MIB;
/** An isolate has 128 MB for the instance, the body itself and the compressed segments. */
const REQUEST_LIMIT_BYTES = 90 * MIB;
/** The largest body that the gateway takes. */
const LARGE_BODY_BYTES = 20 * MIB;
const TIMEOUT_MS = 120_000;

let memories: InstanceMemories;
let transcoder: Transcoder;
beforeEach(() => {
  memories = new InstanceMemories();
  transcoder = makeTranscoder();
});
afterEach(() => {
  memories.stop();
});

/** How many items of an export were kept. */
function exportOnce({ signal, encoding, body }: Omit<Fixture, "name">): number {
  const { receivedAtMs, batchId } = FRAME;
  const shape = signalShapes[signal];
  const exported = transcodeExport({ shape, encoding, body, receivedAtMs, transcoder }, batchId);
  return exported.ok ? exported.value.notes.accepted : 0;
}

/** A body of so many bytes, or a little less: spans of so many bytes. */
function bodyOf(bytes: number, spanBytes: number): Uint8Array {
  const overheadBytes = 64;
  const padding = "p".repeat(spanBytes - overheadBytes);
  const count = Math.floor(bytes / spanBytes);
  const items = Array.from({ length: count }, () => ({ name: "n", timeMs: 1, padding }));
  return exportBody("traces", "protobuf", items);
}

/** A span that is six times as long in JSON. */
function controlSpan(bytes: number): Uint8Array {
  return lengthField(2, lengthField(5, new Uint8Array(bytes).fill(1)));
}

/** A span whose name comes twice, around much else: it is brought in order in a copy. */
function disorderedSpan(bytes: number): Uint8Array {
  const traceState = lengthField(3, new Uint8Array(bytes).fill(97));
  return lengthField(2, lengthField(5, utf8("a")), traceState, lengthField(5, utf8("b")));
}

function requestOf(...spans: readonly Uint8Array[]): Uint8Array {
  return lengthField(1, lengthField(2, ...spans));
}

/** Spans of a resource that is almost as long as an event may be. */
function longHeadRequest(): Uint8Array {
  const value = lengthField(2, lengthField(1, new Uint8Array(3.9 * MIB).fill(1)));
  const attribute = lengthField(1, lengthField(1, utf8("a")), value);
  const spans = Array.from({ length: 5 }, () => lengthField(2, lengthField(5, utf8("n"))));
  return lengthField(1, lengthField(1, attribute), lengthField(2, ...spans));
}

describe("the memory that a transcoder takes for one request", () => {
  // Two events of 23 MiB were held at once, and the buffer for them doubled: 170 MiB, for a resource
  // of that length 284 MiB.
  it.each([
    ["five spans of 23 MiB as JSON", () => requestOf(...[1, 2, 3, 4, 5].map(longSpan)), 5],
    ["a span that is too long", () => requestOf(controlSpan(19 * MIB)), 0],
    ["spans short and long in turn", () => requestOf(...[0.1, 3.9, 0.1, 3.9, 12].map(span)), 4],
    ["a resource of 23 MiB as JSON", longHeadRequest, 5],
    ["a span of 19 MiB that must be merged", () => requestOf(disorderedSpan(19 * MIB)), 1],
    ["plain spans", () => bodyOf(LARGE_BODY_BYTES, 1000), 20_971],
  ] as const)(
    "is within what an isolate can give: %s",
    (_what, make, accepted) => {
      // Not all of these could be held for the store; the transcoder must get through all the same.
      const notes = transcode(
        {
          ...FRAME,
          body: make(),
          encoding: "protobuf",
          shape: signalShapes.traces,
          segmentLimitBytes: SEGMENT_LIMIT_BYTES,
          requiresSpanIds: false,
          takeBlock: () => true,
        },
        transcoder,
      );

      expect(notes.ok && notes.value.accepted).toBe(accepted);
      expect(Math.max(...memories.sizes)).toBeLessThan(REQUEST_LIMIT_BYTES);
    },
    TIMEOUT_MS,
  );
});

function longSpan(): Uint8Array {
  return controlSpan(3.9 * MIB);
}

function span(mebibytes: number): Uint8Array {
  return controlSpan(Math.floor(mebibytes * MIB));
}

describe("the memory of a transcoder", () => {
  it(
    "stays as it was after the first export of each kind",
    () => {
      const spans = readFixture("traces_go_512.bin");
      const fixtures = readFixtures();
      expect(exportOnce(spans)).toBe(512);
      const [first] = memories.sizes;

      for (let round = 0; round < 200; round += 1) {
        exportOnce(spans);
      }
      expect(memories.sizes).toEqual([first]);

      for (const fixture of fixtures) {
        exportOnce(fixture);
      }
      const [afterAll] = memories.sizes;
      for (let round = 0; round < 20; round += 1) {
        for (const fixture of fixtures) {
          exportOnce(fixture);
        }
      }
      expect(memories.sizes).toEqual([afterAll]);
    },
    TIMEOUT_MS,
  );

  it(
    "stays as it was when requests do not decode",
    () => {
      const { body, ...spans } = readFixture("traces_go_512.bin");
      exportOnce({ ...spans, body });
      const before = memories.sizes;

      for (let round = 1; round < 200; round += 1) {
        const end = Math.floor((body.length * round) / 200);
        expect(exportOnce({ ...spans, body: body.subarray(0, end) })).toBe(0);
      }

      expect(memories.sizes).toEqual(before);
    },
    TIMEOUT_MS,
  );

  it(
    "is kept after a body of 20 MiB",
    () => {
      const small = { signal: "traces", encoding: "protobuf", body: bodyOf(1000, 200) } as const;
      const large = { ...small, body: bodyOf(LARGE_BODY_BYTES, 1000) };

      expect(exportOnce(large)).toBeGreaterThan(20_000);
      exportOnce(small);
      exportOnce(large);

      expect(memories.sizes).toHaveLength(1);
      expect(Math.max(...memories.sizes)).toBeLessThanOrEqual(KEEP_LIMIT_BYTES);
    },
    TIMEOUT_MS,
  );

  it(
    "is given back after a request that needed more",
    () => {
      const small = { signal: "traces", encoding: "protobuf", body: bodyOf(1000, 200) } as const;
      const large = { ...small, body: bodyOf(LARGE_BODY_BYTES, 9 * MIB) };
      expect(exportOnce(large)).toBe(2);
      expect(Math.max(...memories.sizes)).toBeGreaterThan(KEEP_LIMIT_BYTES);

      exportOnce(small);
      exportOnce(small);

      expect(memories.sizes).toHaveLength(2);
      expect(memories.sizes[1]).toBeLessThan(2 * MIB);
    },
    TIMEOUT_MS,
  );
});
