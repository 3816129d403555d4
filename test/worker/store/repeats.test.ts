import { describe, expect, it } from "vitest";

import { type Params, namesOf, queryAll, queryPages } from "../../support/api-client.ts";
import {
  ENCODINGS,
  type Item,
  SIGNALS,
  type SendOptions,
  bodyRequest,
  exportBody,
  exportRequest,
} from "../../support/otlp-requests.ts";
import { START_MS, type TestGateway, createTestGateway } from "../../support/test-gateway.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const ITEMS: readonly Item[] = ["one", "two", "three"].map((name) => ({ name, timeMs: START_MS }));
const decoder = new TextDecoder();
const NEWEST_FIRST = ["three", "two", "one"];

async function sendSpans(gateway: TestGateway, options: SendOptions = {}): Promise<Response> {
  const request = exportRequest("traces", { encoding: "protobuf", items: ITEMS }, options);
  const response = await gateway.send(request);
  expect(response.status).toBe(200);
  return response;
}

function segmentsOf({ kv }: TestGateway): readonly string[] {
  return kv.entries.map(({ key }) => key).filter((key) => !key.startsWith("batch:"));
}

/** What a client sees that asks for everything, in pages of this many events. */
async function namesInPages(
  { send }: TestGateway,
  limit: number,
  params: Params = {},
): Promise<readonly string[]> {
  return namesOf(await queryAll(send, { ...params, limit: String(limit) }));
}

describe("a body that is sent again", () => {
  const delays = [
    { title: "immediately", delayMs: 0 },
    { title: "1 ms later", delayMs: 1 },
    { title: "30 s later", delayMs: 30 * SECOND },
    { title: "2 minutes later", delayMs: 2 * MINUTE },
    { title: "10 minutes later", delayMs: 10 * MINUTE },
    { title: "5 hours later", delayMs: 300 * MINUTE },
  ];

  it.each(
    SIGNALS.flatMap((signal) => delays.map(({ title, delayMs }) => ({ signal, title, delayMs }))),
  )(
    "$title shows each event once, on one page and on many, $signal",
    async ({ signal, delayMs }) => {
      const gateway = createTestGateway();
      const answers: (string | null)[] = [];
      for (const waitMs of [0, delayMs]) {
        gateway.clock.nowMs += waitMs;
        const response = await gateway.send(
          exportRequest(signal, { encoding: "json", items: ITEMS }),
        );
        answers.push(response.headers.get("batch-id"));
      }

      expect(answers[0]).toMatch(/^[A-Za-z0-9]{16}$/);
      expect(answers[1]).toBe(answers[0]);
      expect(await namesInPages(gateway, 100)).toEqual(NEWEST_FIRST);
      expect(await namesInPages(gateway, 1)).toEqual(NEWEST_FIRST);
    },
  );

  it("is the same batch whether it is compressed or not", async () => {
    const gateway = createTestGateway();
    const plain = await sendSpans(gateway);
    gateway.clock.nowMs += SECOND;
    const compressed = await sendSpans(gateway, { isGzip: true });

    expect(compressed.headers.get("batch-id")).toBe(plain.headers.get("batch-id"));
    expect(await namesInPages(gateway, 1)).toEqual(NEWEST_FIRST);
  });

  it("is recognised however often it comes", async () => {
    const gateway = createTestGateway();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await sendSpans(gateway);
      gateway.clock.nowMs += 30 * SECOND;
    }

    expect(await namesInPages(gateway, 2)).toEqual(NEWEST_FIRST);
  });

  it("is another batch for another signal", async () => {
    const gateway = createTestGateway();
    const parts = SIGNALS.map((signal) => decoder.decode(exportBody(signal, "json", ITEMS)));
    // One body with items for every signal: each route ignores the members it does not know.
    const body = parts.join("").replaceAll("}{", ",");
    const headers = { "content-type": "application/json" };
    const ids = new Set<string | null>();
    for (const signal of SIGNALS) {
      const response = await gateway.send(bodyRequest(`/v1/${signal}`, body, { headers }));
      ids.add(response.headers.get("batch-id"));
    }

    expect(ids.size).toBe(3);
    expect(await namesInPages(gateway, 100)).toHaveLength(9);
  });

  it("is recognised segment by segment when it is split", async () => {
    const bodyLimitBytes = 30 * 1024 * 1024;
    const gateway = createTestGateway({ bodyLimitBytes });
    const padding = "x".repeat(1024 * 1024);
    const items = Array.from({ length: 10 }, (_none, index) => ({
      name: `large-${index}`,
      timeMs: START_MS,
      padding,
    }));
    for (const waitMs of [0, 30 * SECOND]) {
      gateway.clock.nowMs += waitMs;
      await gateway.send(exportRequest("traces", { encoding: "protobuf", items }));
    }

    expect(segmentsOf(gateway)).toHaveLength(8);
    expect(await namesInPages(gateway, 3)).toEqual(items.map(({ name }) => name).toReversed());
  });

  it("is found once in a query for its batch, too", async () => {
    const gateway = createTestGateway();
    const batchId = (await sendSpans(gateway)).headers.get("batch-id") ?? "";
    gateway.clock.nowMs += 30 * SECOND;
    await sendSpans(gateway);

    expect(await namesInPages(gateway, 1, { batch_id: batchId })).toEqual(NEWEST_FIRST);
  });

  it("is answered 200 although KV refuses the second batch record within the same second", async () => {
    const gateway = createTestGateway({ kv: { limitsWrites: true } });
    await sendSpans(gateway);
    gateway.clock.nowMs += 200;
    await sendSpans(gateway);

    expect(gateway.logs.at(-1)?.event).toBe("batch_record_lost");
    expect(await namesInPages(gateway, 1)).toEqual(NEWEST_FIRST);
  });

  it("costs the record's second write a retry when waiting is enough", async () => {
    const gateway = createTestGateway({ kv: { limitsWrites: true }, sleepsAdvance: true });
    await sendSpans(gateway);
    gateway.clock.nowMs += 500;
    await sendSpans(gateway);

    expect(gateway.sleeps).toEqual([100, 200, 400]);
    expect(gateway.logs.map(({ event }) => event)).not.toContain("batch_record_lost");
  });
});

describe("a late repeat", () => {
  it("is recognised by the batch record and not stored again", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway);
    gateway.clock.nowMs += 10 * MINUTE;
    gateway.kv.resetCounts();
    await sendSpans(gateway);

    expect(gateway.kv.counts).toMatchObject({ put: 0, get: 1 });
    expect(segmentsOf(gateway)).toHaveLength(1);
  });

  it("is stored when the batch record cannot be read: doubled is better than lost", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway);
    gateway.clock.nowMs += 10 * MINUTE;
    gateway.kv.failKeys("get", "batch:", "KV GET failed: 500 Internal Server Error");
    await sendSpans(gateway);

    expect(segmentsOf(gateway)).toHaveLength(2);
  });

  it("is stored when the first attempt had failed", async () => {
    const gateway = createTestGateway();
    gateway.kv.failKeys("put", "traces:", "KV PUT failed: 500 Internal Server Error");
    const request = exportRequest("traces", { encoding: "protobuf", items: ITEMS });
    const failed = await gateway.send(request);
    await failed.bytes();
    gateway.kv.heal();
    gateway.clock.nowMs += 10 * MINUTE;
    await sendSpans(gateway);

    expect(failed.status).toBe(503);
    expect(await namesInPages(gateway, 100)).toEqual(NEWEST_FIRST);
  });

  it("is still recognised when an attempt in between had failed", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway);
    gateway.clock.nowMs += 30 * SECOND;
    gateway.kv.failKeys("put", "traces:", "KV PUT failed: 500 Internal Server Error");
    await gateway.send(exportRequest("traces", { encoding: "protobuf", items: ITEMS }));
    gateway.kv.heal();
    gateway.clock.nowMs += 10 * MINUTE;
    await sendSpans(gateway);

    expect(segmentsOf(gateway)).toHaveLength(1);
  });

  it("costs exports that arrive in time no read", async () => {
    const gateway = createTestGateway();
    gateway.clock.nowMs += 2 * MINUTE;
    await sendSpans(gateway);

    expect(gateway.kv.counts).toMatchObject({ put: 2, get: 0 });
  });
});

describe("copies of one body in a range of time", () => {
  const first = START_MS;
  const second = START_MS + 30 * SECOND;

  async function twoCopies(): Promise<TestGateway> {
    const gateway = createTestGateway();
    await sendSpans(gateway);
    gateway.clock.nowMs = second;
    await sendSpans(gateway);
    gateway.clock.nowMs += MINUTE;
    return gateway;
  }

  it.each([
    { title: "both", start: first, end: second },
    { title: "the older one", start: first, end: second - 1 },
    { title: "the older one alone", start: first, end: first },
    { title: "the newer one", start: first + 1, end: second },
    { title: "the newer one alone", start: second, end: second },
  ])("show their events once when the range holds $title", async ({ start, end }) => {
    const gateway = await twoCopies();
    const range = { start: String(start), end: String(end) };

    expect(await namesInPages(gateway, 100, range)).toEqual(NEWEST_FIRST);
    expect(await namesInPages(gateway, 1, range)).toEqual(NEWEST_FIRST);
  });

  it("show nothing when the range lies between them", async () => {
    const gateway = await twoCopies();
    const range = { start: String(first + 1), end: String(second - 1) };

    expect(await namesInPages(gateway, 100, range)).toEqual([]);
  });

  it("show once when a copy arrives between two pages", async () => {
    const gateway = createTestGateway();
    await sendSpans(gateway);
    const [page] = await queryPages(gateway.send, { limit: "2" });
    gateway.clock.nowMs += SECOND;
    await sendSpans(gateway);
    const rest = await queryAll(gateway.send, { limit: "2", cursor: page?.nextCursor ?? "" });

    expect(namesOf([...(page?.events ?? []), ...rest])).toEqual(NEWEST_FIRST);
  });
});

describe.each(ENCODINGS)("records without any time, %s", (encoding) => {
  const items = [{ name: "timed", timeMs: START_MS }, { name: "timeless" }];

  it("may be sent twice on purpose: each request is a batch of its own, and both show", async () => {
    const gateway = createTestGateway();
    const ids: (string | null)[] = [];
    for (let copy = 0; copy < 2; copy += 1) {
      gateway.clock.nowMs += 1;
      const response = await gateway.send(exportRequest("logs", { encoding, items }));
      ids.push(response.headers.get("batch-id"));
    }

    expect(ids[0]).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(await namesInPages(gateway, 1)).toEqual(["timeless", "timed", "timeless", "timed"]);
  });
});
