/** Requests of many tiny fields: a table for them must not take many times their bytes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { signalShapes } from "../../worker/otlp/signal.ts";
import { transcode } from "../../worker/transcoder/transcode.ts";
import { InstanceMemories } from "../support/instance-memories.ts";
import { FRAME } from "../support/transcode.ts";
import { makeTranscoder } from "../support/transcoder.ts";
import { tag, varint } from "../support/wire.ts";

const MIB = 1024 * 1024;
/** A message of 20 MiB of fields of two bytes. */
const FIELDS = 10 * MIB;
const TIMEOUT_MS = 60_000;

let memories: InstanceMemories;
beforeEach(() => {
  memories = new InstanceMemories();
});
afterEach(() => {
  memories.stop();
});

/** `lengthField()` for megabytes. */
function wrapped(numbers: readonly number[], content: Uint8Array): Uint8Array {
  return numbers.toReversed().reduce((inner, number) => {
    const head = [...tag(number, 2), ...varint(inner.length)];
    const whole = new Uint8Array(head.length + inner.length);
    whole.set(head);
    whole.set(inner, head.length);
    return whole;
  }, content);
}

/** The same two bytes over and over. */
function repeated([first, second]: readonly [number, number]): Uint8Array {
  const bytes = new Uint8Array(FIELDS * 2).fill(first);
  for (let at = 1; at < bytes.length; at += 2) {
    bytes[at] = second;
  }
  return bytes;
}

function reasonOf(signal: "traces" | "logs", body: Uint8Array): string {
  const result = transcode(
    {
      ...FRAME,
      encoding: "protobuf",
      body,
      shape: signalShapes[signal],
      segmentLimitBytes: MIB,
      requiresSpanIds: false,
      takeBlock: () => true,
    },
    makeTranscoder(),
  );
  return result.ok ? "" : result.error.message;
}

describe("ten million fields of two bytes", () => {
  it(
    "that are attributes with the same key are refused",
    () => {
      const attribute = [0x4a, 0] as const;

      expect(reasonOf("traces", wrapped([1, 2, 2], repeated(attribute)))).toContain(
        "a list has more than 1,048,576 attributes",
      );
      expect(Math.max(...memories.sizes)).toBeLessThan(3 * FIELDS * 2);
    },
    TIMEOUT_MS,
  );

  it(
    "of a message that must be merged are refused",
    () => {
      const severity = [0x10, 1] as const;

      expect(reasonOf("logs", wrapped([1, 2, 2], repeated(severity)))).toContain(
        "out of order too often",
      );
      expect(Math.max(...memories.sizes)).toBeLessThan(3 * FIELDS * 2);
    },
    TIMEOUT_MS,
  );
});
