/** Memory of WebAssembly never shrinks: what the transcoder takes of it from request to request. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { transcodeExport } from "../../worker/ingest/transcode-export.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import type { Transcoder } from "../../worker/transcoder/transcoder.ts";
import { type Fixture, readFixture, readFixtures } from "../support/fixtures.ts";
import { InstanceMemories } from "../support/instance-memories.ts";
import { exportBody } from "../support/otlp-requests.ts";
import { FRAME } from "../support/transcode.ts";
import { makeTranscoder } from "../support/transcoder.ts";

const MIB = 1024 * 1024;
/** What an instance may have, to be kept for the next request; an isolate has 128 MB. */
const KEEP_LIMIT_BYTES = 32 * MIB;
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
    "is kept after a body of 20 MiB, unless it has grown beyond what may be kept",
    () => {
      const small = { signal: "traces", encoding: "protobuf", body: bodyOf(1000, 200) } as const;
      const large = { ...small, body: bodyOf(LARGE_BODY_BYTES, 1000) };
      expect(exportOnce(large)).toBeGreaterThan(20_000);
      const [size = 0] = memories.sizes;

      exportOnce(small);
      exportOnce(small);

      expect(memories.sizes).toHaveLength(size <= KEEP_LIMIT_BYTES ? 1 : 2);
      expect(memories.sizes.at(-1)).toBeLessThanOrEqual(KEEP_LIMIT_BYTES);
      // The body, the events of one segment, and what growing by doubling adds.
      expect(size).toBeLessThanOrEqual(3 * LARGE_BODY_BYTES);
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
