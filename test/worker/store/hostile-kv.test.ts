/**
 * Each thing that KV does in production and the simulator does not, alone: what the store makes of
 * it, and what clients see. All of it at once, by chance: test/property/hostile-kv.test.ts.
 */
import { describe, expect, it } from "vitest";

import type { BatchRecord } from "../../../worker/segment/batch-record.ts";
import { KvStore } from "../../../worker/store/kv-store.ts";
import type { Store } from "../../../worker/store/store.ts";
import { namesOf, queryAll, queryPage } from "../../support/api-client.ts";
import { FakeKv } from "../../support/fake-kv.ts";
import type { FakeKvOptions } from "../../support/fake-kv/options.ts";
import { FREE_PLAN, OPERATIONS_PER_INVOCATION } from "../../support/fake-kv/quotas.ts";
import { exportRequest, plainRequest } from "../../support/otlp-requests.ts";
import {
  RETENTION_SECONDS,
  START_MS,
  type TestGateway,
  createTestGateway,
} from "../../support/test-gateway.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const OK = { ok: true, value: undefined };
const bytes = new TextEncoder().encode("{}\n");

interface Hostile {
  readonly store: Store;
  readonly kv: FakeKv;
  readonly clock: { nowMs: number };
}

/** A store without retries on a fake. */
function storeOn(options: FakeKvOptions): Hostile {
  const clock = { nowMs: START_MS };
  const kv = new FakeKv({ ...options, now: () => clock.nowMs });
  const store = new KvStore(kv.namespace, {
    retentionSeconds: RETENTION_SECONDS,
    retry: { count: 0, firstDelayMs: 0, sleep: async () => {}, log: () => {} },
  });
  return { store, kv, clock };
}

function segment(index: number): { key: string; value: Uint8Array; summary: string } {
  return { key: `logs:${START_MS + index}:AAAAAAAA`, value: bytes, summary: "s" };
}

function record(status: BatchRecord["status"]): BatchRecord {
  return {
    batch_id: "b",
    signal: "logs",
    event_count: 1,
    rejected_count: 0,
    timestamp: START_MS,
    status,
    events: [],
  };
}

async function listedKeys(store: Store): Promise<readonly string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list("logs:", cursor);
    if (!page.ok) {
      throw new Error(page.error.message);
    }
    keys.push(...page.value.keys.map(({ key }) => key));
    cursor = page.value.cursor;
  } while (cursor !== undefined);
  return keys;
}

/** Exports one span; the same name and time give the same body. */
async function sendSpan({ send }: TestGateway, name: string, timeMs = START_MS): Promise<Response> {
  const response = await send(
    exportRequest("traces", { encoding: "protobuf", items: [{ name, timeMs }] }),
  );
  await response.bytes();
  return response;
}

describe("one write per second and key", () => {
  it("refuses the second for now, and no other key", async () => {
    const { store, clock } = storeOn({ limitsWrites: true });
    expect(await store.putBatch(record("processing"))).toEqual(OK);
    clock.nowMs += SECOND - 1;

    expect(await store.putSegment(segment(0))).toEqual(OK);
    expect(await store.putBatch(record("completed"))).toEqual({
      ok: false,
      error: {
        kind: "store",
        isTransient: true,
        message: "KV PUT failed: 429 Too Many Requests",
      },
    });
    expect(await store.getBatch("b")).toMatchObject({ value: { status: "processing" } });
    clock.nowMs += 1;
    expect(await store.putBatch(record("completed"))).toEqual(OK);
  });
});

describe("writes that appear late", () => {
  it("are invisible to lists and reads, each for its own time", async () => {
    const { store, clock } = storeOn({ readLagMs: MINUTE, listLagMs: 2 * MINUTE });
    await store.putSegment(segment(0));
    const { key } = segment(0);
    clock.nowMs += MINUTE - 1;

    expect(await store.readSegments([key])).toEqual({ ok: true, value: new Map() });
    clock.nowMs += 1;
    expect(await store.readSegments([key])).toEqual({ ok: true, value: new Map([[key, "{}\n"]]) });
    expect(await listedKeys(store)).toEqual([]);
    clock.nowMs += MINUTE;
    expect(await listedKeys(store)).toEqual([key]);
  });

  it("leave the value before them in place for so long, and never give it back", async () => {
    const { store, kv, clock } = storeOn({});
    await store.putBatch(record("processing"));
    kv.setLags({ readLagMs: MINUTE });
    await store.putBatch(record("completed"));

    expect(await store.getBatch("b")).toMatchObject({ value: { status: "processing" } });
    kv.setLags({ readLagMs: 0 });
    await store.putBatch(record("failed"));
    expect(await store.getBatch("b")).toMatchObject({ value: { status: "failed" } });
    clock.nowMs += MINUTE;
    expect(await store.getBatch("b")).toMatchObject({ value: { status: "failed" } });
  });

  it.each([
    { readLagMs: 0, listLagMs: MINUTE },
    { readLagMs: MINUTE, listLagMs: 0 },
    { readLagMs: MINUTE, listLagMs: MINUTE },
  ])("show up in queries once, later: %j", async (kv) => {
    const gateway = createTestGateway({ kv });
    await sendSpan(gateway, "late");
    const early = await queryAll(gateway.send);
    gateway.clock.nowMs += MINUTE;

    expect(namesOf(early)).toEqual([]);
    expect(namesOf(await queryAll(gateway.send))).toEqual(["late"]);
  });

  it("may be visible here and not there", async () => {
    const { store, clock } = storeOn({ places: 2, listLagMs: { upTo: MINUTE }, seed: 3 });
    await store.putSegment(segment(0));
    clock.nowMs += MINUTE / 2;
    const counts = new Set<number>();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      counts.add((await listedKeys(store)).length);
    }

    expect(counts).toEqual(new Set([0, 1]));
    clock.nowMs += MINUTE / 2;
    expect(await listedKeys(store)).toHaveLength(1);
  });

  it("do not make a page hide what is behind them", async () => {
    const gateway = createTestGateway();
    await sendSpan(gateway, "old");
    gateway.kv.setLags({ listLagMs: MINUTE });
    gateway.clock.nowMs += SECOND;
    await sendSpan(gateway, "hidden");
    gateway.kv.setLags({});
    gateway.clock.nowMs += SECOND;
    await sendSpan(gateway, "new");
    const first = await queryPage(gateway.send, { limit: "1" });
    gateway.clock.nowMs += MINUTE;
    const rest = await queryAll(gateway.send, { limit: "1", cursor: first.nextCursor ?? "" });

    expect(namesOf([...first.events, ...rest])).toEqual(["new", "hidden", "old"]);
  });

  it("show an event once whose first copy appears between two pages", async () => {
    const gateway = createTestGateway();
    gateway.kv.setLags({ listLagMs: MINUTE });
    await sendSpan(gateway, "sent twice");
    gateway.kv.setLags({});
    gateway.clock.nowMs += 5 * SECOND;
    await sendSpan(gateway, "sent twice");
    const first = await queryPage(gateway.send, { limit: "1" });
    gateway.clock.nowMs += MINUTE;
    const rest = await queryAll(gateway.send, { limit: "1", cursor: first.nextCursor ?? "" });

    expect(namesOf([...first.events, ...rest])).toEqual(["sent twice"]);
  });
});

describe("cached reads", () => {
  it("make a key look missing that was read before it was written", async () => {
    const { store, clock } = storeOn({ readCacheMs: MINUTE });
    await store.getBatch("b");
    await store.putBatch(record("completed"));
    clock.nowMs += MINUTE - 1;

    expect(await store.getBatch("b")).toEqual({ ok: true, value: undefined });
    clock.nowMs += 1;
    expect(await store.getBatch("b")).toMatchObject({ value: { status: "completed" } });
  });

  it("hide a batch's record, and none of its events", async () => {
    const gateway = createTestGateway({ kv: { readCacheMs: MINUTE } });
    const batchId = (await sendSpan(createTestGateway(), "one")).headers.get("batch-id") ?? "";
    const path = `/api/telemetry/batch/${batchId}`;
    const before = await gateway.send(plainRequest(path));
    await sendSpan(gateway, "one");
    const after = await gateway.send(plainRequest(path));

    expect([before.status, after.status]).toEqual([404, 404]);
    expect(namesOf(await queryAll(gateway.send, { batch_id: batchId }))).toEqual(["one"]);
    gateway.clock.nowMs += MINUTE;
    expect((await gateway.send(plainRequest(path))).status).toBe(200);
  });

  it("make a query that came too early miss a segment for a minute, then show it", async () => {
    const gateway = createTestGateway({ kv: { readCacheMs: MINUTE } });
    gateway.kv.setLags({ readLagMs: SECOND });
    await sendSpan(gateway, "early");
    const tooEarly = await queryAll(gateway.send);
    gateway.clock.nowMs += MINUTE - 1;
    const cached = await queryAll(gateway.send);
    gateway.clock.nowMs += 1;

    expect([...tooEarly, ...cached]).toEqual([]);
    expect(namesOf(await queryAll(gateway.send))).toEqual(["early"]);
  });
});

describe("lists that end early", () => {
  it.each([1, 2, 7])("are followed page by page: %d keys each", async (pageKeys) => {
    const { store, kv } = storeOn({ pageKeys });
    const keys = Array.from({ length: 20 }, (_none, index) => segment(index).key);
    for (let index = 0; index < keys.length; index += 1) {
      await store.putSegment(segment(index));
    }

    expect(await listedKeys(store)).toEqual(keys);
    expect(kv.counts.list).toBe(Math.ceil(keys.length / pageKeys));
  });

  it("have pages without keys where keys have expired", async () => {
    const { store, clock } = storeOn({ pageKeys: 5, gapsMs: DAY });
    for (let index = 0; index < 20; index += 1) {
      await store.putSegment(segment(index));
    }
    clock.nowMs += RETENTION_SECONDS * SECOND;
    await store.putSegment(segment(RETENTION_SECONDS * SECOND));
    const first = await store.list("logs:");

    expect(first).toMatchObject({ ok: true, value: { keys: [] } });
    expect(first.ok && first.value.cursor).toEqual(expect.any(String));
    expect(await listedKeys(store)).toEqual([segment(RETENTION_SECONDS * SECOND).key]);
  });

  it("do not keep a query from the events behind expired ones", async () => {
    const gateway = createTestGateway({ kv: { pageKeys: 3, gapsMs: DAY } });
    for (let index = 0; index < 20; index += 1) {
      await sendSpan(gateway, `expired ${index}`);
      gateway.clock.nowMs += SECOND;
    }
    gateway.clock.nowMs = START_MS + RETENTION_SECONDS * SECOND + 30 * SECOND;
    await sendSpan(gateway, "alive", gateway.clock.nowMs);

    expect(namesOf(await queryAll(gateway.send, { start: "0" }))).toEqual(["alive"]);
  });

  // The coarsest prefix of a week is listed from its oldest keys on, which have just expired: their
  // hundred pages must not be followed.
  it("do not make the newest events dear where the week before has expired", async () => {
    const gateway = createTestGateway({ kv: { pageKeys: 10, gapsMs: 7 * DAY } });
    for (let index = 0; index < 1000; index += 1) {
      await sendSpan(gateway, `expired ${index}`, gateway.clock.nowMs);
      gateway.clock.nowMs += MINUTE;
    }
    gateway.clock.nowMs += RETENTION_SECONDS * SECOND;
    await sendSpan(gateway, "alive", gateway.clock.nowMs);
    gateway.kv.resetCounts();
    const page = await queryPage(gateway.send, { signal: "traces" });

    expect(namesOf(page.events)).toEqual(["alive"]);
    expect(gateway.kv.counts.list).toBeLessThanOrEqual(30);
  });
});

describe("limits on how much may be asked", () => {
  it("end an invocation after 1,000 operations, the next one starts anew", async () => {
    const operationsPerInvocation = OPERATIONS_PER_INVOCATION;
    const { store, kv } = storeOn({ operationsPerInvocation });
    for (let count = 0; count < operationsPerInvocation; count += 1) {
      expect((await store.list("logs:")).ok).toBe(true);
    }

    expect(await store.list("logs:")).toMatchObject({
      error: { message: "Too many API requests by single Worker invocation." },
    });
    kv.beginInvocation();
    expect((await store.list("logs:")).ok).toBe(true);
  });

  it("leave room for a query: many short pages never reach them", async () => {
    const operationsPerInvocation = OPERATIONS_PER_INVOCATION;
    const gateway = createTestGateway({ kv: { operationsPerInvocation, pageKeys: 1 } });
    const names = Array.from({ length: 1500 }, (_none, index) => `n${index}`);
    for (const name of names) {
      gateway.clock.nowMs += SECOND;
      await sendSpan(gateway, name, gateway.clock.nowMs);
    }

    expect(namesOf(await queryAll(gateway.send, { limit: "1000" }))).toEqual(names.toReversed());
  });

  it("are over for the day: 503, no retry; after midnight it goes on", async () => {
    const gateway = createTestGateway({ kv: { dailyQuota: { ...FREE_PLAN, write: 3 } } });
    const statuses: number[] = [];
    for (const name of ["one", "two"]) {
      statuses.push((await sendSpan(gateway, name)).status);
    }
    expect(statuses).toEqual([200, 200]);
    expect((await sendSpan(gateway, "three")).status).toBe(503);
    expect(gateway.sleeps).toEqual([]);
    expect(gateway.logs.map(({ fields }) => fields["reason"])).toContain(
      "KV put() limit exceeded for the day.",
    );
    gateway.clock.nowMs = Math.ceil(gateway.clock.nowMs / DAY) * DAY;
    expect((await sendSpan(gateway, "three")).status).toBe(200);
  });

  it.each([
    { dailyQuota: { list: 0 }, text: "KV list() limit exceeded for the day." },
    { dailyQuota: { read: 0 }, text: "KV get() limit exceeded for the day." },
  ])("are a 503 of the query, too: $text", async ({ dailyQuota, text }) => {
    const gateway = createTestGateway({ kv: { dailyQuota } });
    await sendSpan(gateway, "one");
    const response = await gateway.send(plainRequest("/api/telemetry/query"));

    expect(response.status).toBe(503);
    expect(gateway.logs.at(-1)?.fields["reason"]).toBe(text);
  });
});

describe("slow operations", () => {
  it("keep an export waiting: it is acknowledged when it is stored, not before", async () => {
    const gateway = createTestGateway();
    const { kv, clock } = gateway;
    kv.slow.slowDown("put", 250);
    const seen: string[] = [];
    const answered = sendSpan(gateway, "slow").then(() => seen.push("answered"));
    await kv.slow.untilHeld(1);
    clock.nowMs += 249;
    kv.settle();

    expect(kv.entries).toEqual([]);
    expect(seen).toEqual([]);
    clock.nowMs += 1;
    kv.settle();
    // The batch record is a second put.
    await kv.slow.untilHeld(1);
    expect(kv.entries.map(({ key }) => key.split(":")[0])).toEqual(["traces"]);
    expect(seen).toEqual([]);
    kv.slow.release();
    await answered;
    expect(seen).toEqual(["answered"]);
  });

  it("let a query that waits see what was written meanwhile, in order", async () => {
    const gateway = createTestGateway();
    const { kv } = gateway;
    await sendSpan(gateway, "old");
    kv.slow.slowDown("list", Number.POSITIVE_INFINITY);
    gateway.clock.nowMs += SECOND;
    const asked = queryAll(gateway.send);
    await kv.slow.untilHeld(1);
    await sendSpan(gateway, "new");
    kv.slow.release("list");

    expect(namesOf(await asked)).toEqual(["new", "old"]);
  });
});

describe("answers that get lost", () => {
  it("of a put that was done cost a retry and nothing else", async () => {
    const gateway = createTestGateway();
    gateway.kv.failShares({ putAfterWriting: 1 });
    const failed = await sendSpan(gateway, "stored");
    gateway.kv.heal();
    gateway.clock.nowMs += 5 * SECOND;
    const again = await sendSpan(gateway, "stored");

    expect([failed.status, again.status]).toEqual([503, 200]);
    expect(gateway.kv.entries.filter(({ key }) => key.startsWith("traces:"))).toHaveLength(2);
    expect(namesOf(await queryAll(gateway.send))).toEqual(["stored"]);
  });
});
