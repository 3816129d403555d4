import { describe, expect, it } from "vitest";

import {
  type QueryPage,
  namesOf,
  queryAll,
  queryPage,
  queryPages,
  readJson,
} from "../../support/api-client.ts";
import {
  type Signal,
  bodyRequest,
  exportRequest,
  plainRequest,
} from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";

const LIST_FAILS = "KV GET failed: 500 Internal Server Error";

async function sendNamed(
  { send }: TestGateway,
  signal: Signal,
  names: readonly string[],
): Promise<void> {
  const items = names.map((name) => ({ name, timeMs: START_MS }));
  await send(exportRequest(signal, { encoding: "protobuf", items }));
}

async function sendNative({ send }: TestGateway, name: string): Promise<void> {
  const event = { event_type: "native", data: { name } };
  await send(bodyRequest("/api/telemetry/ingest", JSON.stringify(event)));
}

/** Exports of one item each, `stepMs` apart, round-robin over the signals; returns their names. */
async function fill(
  gateway: TestGateway,
  { count, stepMs, signals }: { count: number; stepMs: number; signals: readonly Signal[] },
): Promise<readonly string[]> {
  const names: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `n${index}`;
    gateway.clock.nowMs += stepMs;
    await sendNamed(gateway, signals[index % signals.length] ?? "traces", [name]);
    names.push(name);
  }
  return names;
}

/** Segments of one span each, `stepMs` apart, put into KV directly; returns their names. */
async function fillStore(
  { kv, clock }: TestGateway,
  { count, stepMs }: { readonly count: number; readonly stepMs: number },
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_none, index) => `n${index}`);
  for (const name of names) {
    clock.nowMs += stepMs;
    const key = `traces:${clock.nowMs}:${name.padStart(16, "A")}`;
    const line = `{"event_type":"span","data":{"name":"${name}"},"received_at":${clock.nowMs}}\n`;
    // A summary of one event without time, service or token (docs/kv-schema.md).
    const size = line.length.toString(36);
    const metadata = `2|1|${size}|${size}|0|0|0|0||....`;
    await kv.namespace.put(key, line, { metadata });
  }
  return names;
}

/** A gateway whose lists begin with empty pages, so many for each signal. */
function gatewayWith(emptyPages: Readonly<Record<string, number>>): TestGateway {
  return createTestGateway({
    kv: { emptyPages: (prefix) => emptyPages[prefix.split(":")[0] ?? ""] ?? 0 },
  });
}

describe("pages", () => {
  it.each([1, 2, 3, 7, 100])(
    "of %d show each event of all signals once, newest first, while new ones arrive",
    async (limit) => {
      const gateway = createTestGateway();
      const signals = ["traces", "metrics", "logs"] as const;
      const names = [...(await fill(gateway, { count: 30, stepMs: 1000, signals }))];
      gateway.clock.nowMs += 1000;
      await sendNative(gateway, "native");
      names.push("native");
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page: QueryPage = await queryPage(gateway.send, {
          limit: String(limit),
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(...namesOf(page.events));
        cursor = page.nextCursor;
        gateway.clock.nowMs += 1;
        await sendNamed(gateway, "logs", [`late-${seen.length}`]);
        await sendNative(gateway, "late");
      } while (cursor !== undefined);

      expect(seen).toEqual(names.toReversed());
    },
  );

  it("order events of one millisecond the same way every time", async () => {
    const gateway = createTestGateway();
    await fill(gateway, { count: 30, stepMs: 0, signals: ["traces", "logs"] });
    await sendNative(gateway, "native");
    const whole = namesOf(await queryAll(gateway.send));

    expect(new Set(whole).size).toBe(31);
    expect(namesOf(await queryAll(gateway.send, { limit: "1" }))).toEqual(whole);
    expect(namesOf(await queryAll(gateway.send, { limit: "4" }))).toEqual(whole);
  });

  it("keep to the range of the first one, although time goes on", async () => {
    const gateway = createTestGateway();
    await fill(gateway, { count: 4, stepMs: 1000, signals: ["traces"] });
    const params = { start: "-3s", limit: "2" };
    const first = await queryPage(gateway.send, params);
    gateway.clock.nowMs += 60_000;
    const rest = await queryAll(gateway.send, { ...params, cursor: first.nextCursor ?? "" });

    expect(namesOf([...first.events, ...rest])).toEqual(["n3", "n2", "n1", "n0"]);
  });

  it("skip a segment that expired between the list and the read", async () => {
    const gateway = createTestGateway();
    await fill(gateway, { count: 5, stepMs: 1, signals: ["traces"] });
    const first = await queryPage(gateway.send, { limit: "2" });
    const gone = gateway.kv.entries.find(({ key }) => key.startsWith("traces:1790000000002"));
    gateway.kv.remove(gone?.key ?? "");
    const rest = await queryAll(gateway.send, { limit: "2", cursor: first.nextCursor ?? "" });

    expect(namesOf([...first.events, ...rest])).toEqual(["n4", "n3", "n2", "n0"]);
  });

  it("skip a segment that a list still shows but a read no longer finds", async () => {
    const gateway = createTestGateway({
      kv: { ghosts: ["traces:1790000000500:AAAAAAAAAAAAAAAA"] },
    });
    await sendNamed(gateway, "traces", ["old"]);
    gateway.clock.nowMs += 1000;
    await sendNamed(gateway, "traces", ["new"]);

    expect(namesOf(await queryAll(gateway.send))).toEqual(["new", "old"]);
    expect(namesOf(await queryAll(gateway.send, { limit: "1" }))).toEqual(["new", "old"]);
    // It has not expired: the answer may lack something, and says so.
    expect(await queryPage(gateway.send)).toMatchObject({ complete: false, nextCursor: undefined });
  });

  it("leave out keys that are no segments", async () => {
    const gateway = createTestGateway();
    await sendNamed(gateway, "traces", ["real"]);
    for (const key of ["traces:1790000000000", "traces:179:AAAAAAAA", "traces:x", "traces:"]) {
      await gateway.kv.namespace.put(key, "{}\n");
    }

    expect(namesOf(await queryAll(gateway.send))).toEqual(["real"]);
  });

  it("show two native segments with the same code: only OTLP codes mean a repeat", async () => {
    const gateway = createTestGateway();
    for (const [second, name] of ["first", "second"].entries()) {
      const receivedMs = START_MS + second * 1000;
      await gateway.kv.namespace.put(
        `telemetry:${receivedMs}:AAAAAAAA`,
        `{"event_type":"native","data":{"name":"${name}"},"received_at":${receivedMs}}\n`,
      );
    }
    gateway.clock.nowMs += 5000;

    expect(namesOf(await queryAll(gateway.send))).toEqual(["second", "first"]);
  });

  it.each(["", "not a summary", "9|1|2|3", null, { version: 1 }])(
    "show segments whose metadata is %j: it never decides",
    async (metadata) => {
      const gateway = createTestGateway();
      const line = `{"event_type":"span","data":{"name":"kept"},"received_at":${START_MS}}\n`;
      const key = `traces:${START_MS}:AAAAAAAAAAAAAAAA`;
      await gateway.kv.namespace.put(key, line, { metadata });

      expect(namesOf(await queryAll(gateway.send, { name: "kept" }))).toEqual(["kept"]);
    },
  );
});

describe("trouble with KV", () => {
  it.each([
    { operation: "list", prefix: "traces:" },
    { operation: "getBulk", prefix: "traces:" },
  ] as const)(
    "is a 503 with Retry-After after the retries, never half an answer: $operation",
    async ({ operation, prefix }) => {
      const gateway = createTestGateway();
      await fill(gateway, { count: 3, stepMs: 1, signals: ["traces", "logs"] });
      gateway.kv.failKeys(operation, prefix, LIST_FAILS);
      const response = await gateway.send(plainRequest("/api/telemetry/query"));

      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toMatch(/^[1-3]$/);
      expect(await readJson(response)).toEqual({
        error: "Cannot read the events right now: ask again",
      });
      expect(gateway.sleeps).toEqual([100, 200, 400]);
    },
  );

  it("is not noticed when a retry helps", async () => {
    const gateway = createTestGateway();
    await fill(gateway, { count: 3, stepMs: 1, signals: ["traces", "logs"] });
    gateway.kv.failCalls("list", [1, 3], LIST_FAILS);
    gateway.kv.failCalls("getBulk", [1], LIST_FAILS);

    expect(await queryAll(gateway.send)).toHaveLength(3);
    expect(gateway.sleeps).toEqual([100, 100, 100]);
  });
});

describe("empty list pages", () => {
  it.each([1, 3, 50])("are not the end: %d before each list", async (count) => {
    const gateway = gatewayWith({ traces: count, metrics: count, logs: count, telemetry: count });
    const names = await fill(gateway, { count: 6, stepMs: 1000, signals: ["traces", "logs"] });

    expect(namesOf(await queryAll(gateway.send, { limit: "4" }))).toEqual(names.toReversed());
  });

  it.each([
    { traces: 0, logs: 250 },
    { traces: 250, logs: 0 },
    { traces: 250, logs: 250 },
    { traces: 150, logs: 150 },
  ])("lose nothing when there are more than a request may list: %j", async (emptyPages) => {
    const gateway = gatewayWith(emptyPages);
    const names = await fill(gateway, { count: 4, stepMs: 1000, signals: ["traces", "logs"] });
    const pages = await queryPages(gateway.send, { limit: "3" });

    expect(namesOf(pages.flatMap(({ events }) => events))).toEqual(names.toReversed());
    expect(pages.length).toBeLessThan(20);
  });
});

describe("more keys than one list shows", () => {
  const COUNT = 5000;
  const DAY_MS = 86_400_000;

  it.each([1, 20, 1000])(
    "5,000 segments, %d ms apart: few lists for the newest 10, and paging finds each once",
    async (stepMs) => {
      const gateway = createTestGateway();
      // Away from a time at which blocks of all sizes end: START_MS is one.
      gateway.clock.nowMs += 2 * DAY_MS;
      const names = await fillStore(gateway, { count: COUNT, stepMs });
      gateway.kv.resetCounts();
      const newest = await queryPage(gateway.send, { limit: "10" });
      const { list, getBulk, keysRead } = gateway.kv.counts;

      expect(namesOf(newest.events)).toEqual(names.slice(-10).toReversed());
      // One for each other signal; of traces one that does not fit and one that does. Where all is
      // of a few seconds the first finer blocks hold nothing yet.
      expect(list).toBeLessThanOrEqual(stepMs < 1000 ? 9 : 5);
      expect(getBulk).toBe(1);
      expect(keysRead).toBe(10);
      expect(namesOf(await queryAll(gateway.send, { limit: "1000" }))).toEqual(names.toReversed());
    },
  );

  it("5,000 segments of one millisecond are found, each once", async () => {
    const gateway = createTestGateway();
    const names = await fillStore(gateway, { count: COUNT, stepMs: 0 });
    const found = namesOf(await queryAll(gateway.send, { limit: "1000" }));

    expect(found).toHaveLength(COUNT);
    expect(new Set(found)).toEqual(new Set(names));
  });

  it("repeats are recognised among many segments", async () => {
    const gateway = createTestGateway();
    await sendNamed(gateway, "traces", ["repeated"]);
    const names = await fillStore(gateway, { count: 3000, stepMs: 10 });
    await sendNamed(gateway, "traces", ["repeated"]);
    const found = namesOf(await queryAll(gateway.send, { limit: "700" }));

    expect(found).toEqual(["repeated", ...names.toReversed()]);
  });
});
