/** What every {@link Store} does, whatever stands behind it. */
import { beforeEach, describe, expect, it } from "vitest";

import type { BatchRecord } from "../../../worker/segment/batch-record.ts";
import { READ_LIMIT_KEYS, type Store } from "../../../worker/store/store.ts";

/** A store to be tested, and a way to put text into it behind its back. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly putRaw: (key: string, text: string) => Promise<void>;
}

const OK = { ok: true, value: undefined };
const encoder = new TextEncoder();
/** A second of workerd's time, on a machine that has other things to do. */
const MANY_WRITES_TIMEOUT_MS = 30_000;

function record(batchId: string, overrides: Partial<BatchRecord> = {}): BatchRecord {
  return {
    batch_id: batchId,
    signal: "traces",
    event_count: 2,
    rejected_count: 1,
    timestamp: 1_790_000_000_000,
    status: "completed",
    events: ["traces:1790000000000:AAAAAAAAAAAAAAAA"],
    ...overrides,
  };
}

/** Keys of segments, oldest first. */
function segmentKeys(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_none, index) => {
    return `${prefix}:${1_790_000_000_000 + index}:AAAAAAAA`;
  });
}

async function putAll(store: Store, keys: readonly string[]): Promise<void> {
  const bytes = encoder.encode("{}\n");
  const puts = await Promise.all(
    keys.map((key) => store.putSegment({ key, value: bytes, summary: `s${key}` })),
  );
  expect(puts.every((put) => put.ok)).toBe(true);
}

async function listAll(store: Store, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, cursor);
    if (!page.ok) {
      throw new Error(page.error.message);
    }
    expect(page.value.keys.length).toBeLessThanOrEqual(1000);
    keys.push(...page.value.keys.map(({ key }) => key));
    cursor = page.value.cursor;
  } while (cursor !== undefined);
  return keys;
}

/**
 * Registers the tests of the contract.
 *
 * @param makeStore makes an empty store, once per test
 */
export function describeStore(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`Store: ${name}`, () => {
    let store: Store;
    let putRaw: StoreUnderTest["putRaw"];

    beforeEach(async () => {
      ({ store, putRaw } = await makeStore());
    });

    describe("segments", () => {
      it("gives back a value that was written as text", async () => {
        const key = "logs:1790000000000:AAAAAAAA";

        expect(await store.putSegment({ key, value: "KLUv/QBY", summary: "s" })).toEqual(OK);
        expect(await store.readSegments([key])).toEqual({
          ok: true,
          value: new Map([[key, "KLUv/QBY"]]),
        });
      });

      it("gives back the text of a segment unchanged", async () => {
        const text = '{"data":"grüße ✓ 🚀 \\u0000"}\n{"data":1.10}\n';
        const segment = { key: "logs:1790000000000:AAAAAAAA", value: encoder.encode(text) };

        expect(await store.putSegment({ ...segment, summary: "s" })).toEqual(OK);
        expect(await store.readSegments([segment.key])).toEqual({
          ok: true,
          value: new Map([[segment.key, text]]),
        });
      });

      it("writes only the part of a buffer that it is given", async () => {
        const key = "logs:1790000000000:AAAAAAAA";
        const bytes = encoder.encode("before{}\nafter").subarray(6, 9);
        await store.putSegment({ key, value: bytes, summary: "s" });

        expect(await store.readSegments([key])).toEqual({
          ok: true,
          value: new Map([[key, "{}\n"]]),
        });
      });

      it("leaves segments that do not exist out of a read", async () => {
        const [there = "", gone = ""] = segmentKeys("logs", 2);
        await putAll(store, [there]);

        expect(await store.readSegments([gone, there])).toEqual({
          ok: true,
          value: new Map([[there, "{}\n"]]),
        });
      });

      it("reads as many segments at once as it says it does", async () => {
        const keys = segmentKeys("logs", READ_LIMIT_KEYS);
        await putAll(store, keys);
        const read = await store.readSegments(keys);

        expect(read.ok && [...read.value.keys()].toSorted()).toEqual(keys);
      });

      it("replaces a segment that is written again", async () => {
        const key = "logs:1790000000000:AAAAAAAA";
        await putAll(store, [key]);
        await store.putSegment({ key, value: encoder.encode("[]\n"), summary: "new" });

        expect(await store.readSegments([key])).toEqual({
          ok: true,
          value: new Map([[key, "[]\n"]]),
        });
        expect(await store.list("logs:")).toEqual({
          ok: true,
          value: { keys: [{ key, summary: "new" }], cursor: undefined },
        });
      });

      it("keeps a summary of the 1,024 bytes that metadata may have", async () => {
        const summary = "s".repeat(1022);
        const key = "logs:1790000000000:AAAAAAAA";

        expect(await store.putSegment({ key, value: encoder.encode("{}\n"), summary })).toEqual(OK);
        expect(await store.list("logs:")).toMatchObject({ value: { keys: [{ key, summary }] } });
      });

      it("says that a segment it can never take is no passing trouble", async () => {
        const key = `logs:1790000000000:${"A".repeat(600)}`;
        const put = await store.putSegment({ key, value: encoder.encode("{}\n"), summary: "s" });

        expect(put).toMatchObject({ ok: false, error: { kind: "store", isTransient: false } });
      });
    });

    describe("list()", () => {
      it("lists in ascending order, whatever the order of writing", async () => {
        const keys = segmentKeys("traces", 5);
        await putAll(store, keys.toReversed());

        expect(await listAll(store, "traces:")).toEqual(keys);
      });

      it("lists what has the prefix and nothing else", async () => {
        const keys = segmentKeys("traces", 20);
        await putAll(store, [...keys, ...segmentKeys("logs", 2), "tracesx:1:AAAAAAAA"]);

        expect(await listAll(store, "traces:179000000000")).toEqual(keys.slice(0, 10));
        expect(await listAll(store, "traces:1790000000019")).toEqual(keys.slice(19));
      });

      it("lists nothing in an empty store", async () => {
        expect(await store.list("traces:")).toEqual({
          ok: true,
          value: { keys: [], cursor: undefined },
        });
      });

      it(
        "goes on with its cursor until every key was listed once",
        async () => {
          const keys = segmentKeys("traces", 1005);
          await putAll(store, keys);

          expect(await listAll(store, "traces:")).toEqual(keys);
        },
        MANY_WRITES_TIMEOUT_MS,
      );
    });

    describe("batch records", () => {
      it("gives back a record as it was written", async () => {
        const written = record("b1", { status: "failed", error: "KV PUT failed: 500" });

        expect(await store.putBatch(written)).toEqual(OK);
        expect(await store.getBatch("b1")).toEqual({ ok: true, value: written });
      });

      it("finds nothing for an unknown id", async () => {
        expect(await store.getBatch("unknown")).toEqual({ ok: true, value: undefined });
      });

      it("keeps records apart from segments", async () => {
        await store.putBatch(record("traces:1790000000000:AAAAAAAA"));

        expect(await listAll(store, "traces:")).toEqual([]);
      });

      it.each(["{", "null", "[]", '{"batch_id":"b1"}'])(
        "says that the record %s is damaged, for good",
        async (text) => {
          await putRaw("batch:b1", text);

          expect(await store.getBatch("b1")).toMatchObject({
            ok: false,
            error: { isTransient: false },
          });
        },
      );
    });
  });
}
