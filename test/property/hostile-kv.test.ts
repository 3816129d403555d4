/**
 * What clients see while KV has a bad day: writes that appear late, and not everywhere at once,
 * cached misses, lists that end early, operations that fail or fail after they were done. An event
 * may be missing for a while. It is never out of order, never made up, never shown twice, and when
 * the bad day is over every acknowledged event is there once.
 *
 * One exception is known: an event that was sent twice may stand on two pages of one answer when its
 * first copy appears between them (test/worker/store/hostile-kv.test.ts).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ok } from "../../worker/core/result.ts";
import {
  type JsonObject,
  type Params,
  isJsonObject,
  nameOf,
  queryAll,
  readJson,
} from "../support/api-client.ts";
import type { FakeKv } from "../support/fake-kv.ts";
import type { FaultShares } from "../support/fake-kv/faults.ts";
import type { FakeKvOptions } from "../support/fake-kv/options.ts";
import { SIGNALS, type Signal, exportRequest, plainRequest } from "../support/otlp-requests.ts";
import { storedText } from "../support/stored-text.ts";
import { type TestGateway, createTestGateway } from "../support/test-gateway.ts";
import { type Guesses, StubbornDensity, wrongGuesses } from "../support/wrong-density.ts";

/** Long enough for everything to become visible and for caches to forget. */
const CALM_MS = 10 * 60_000;
/** An exporter that gets a 503 sends again after seconds; nobody is unlucky this often. */
const MAX_ATTEMPTS = 200;
const RETRY_MS = 5000;
const PREFIXES: Readonly<Record<string, string>> = {
  span: "traces",
  metric: "metrics",
  log: "logs",
};
const TRACE_IDS = ["5b8efff798038103d269b633813fc60c", "00000000000000005b8efff798038103"] as const;
const RUNS = { numRuns: 150 };

/** One export, the time since the one before, and how often its answer is lost on the way. */
interface Sent {
  readonly signal: Signal;
  readonly count: number;
  readonly service: string;
  readonly traceId: string;
  readonly waitMs: number;
  readonly lostAnswers: number;
}

interface Day {
  readonly kv: Omit<FakeKvOptions, "now">;
  readonly shares: FaultShares;
  /** what the isolate believes of the density of keys */
  readonly guesses: Guesses;
  readonly exports: readonly Sent[];
  /** how a client pages while the exports arrive */
  readonly limit: number;
  readonly filter: Params;
  readonly pageWaitMs: number;
}

const lag = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90_000 }));
const drawnLag = fc.oneof(
  lag,
  lag.map((upTo) => ({ upTo })),
);
const share = fc.constantFrom(0, 0, 0.05, 0.3);

function sentArbitrary(lostAnswers: fc.Arbitrary<number>): fc.Arbitrary<Sent> {
  return fc.record({
    signal: fc.constantFrom(...SIGNALS),
    count: fc.integer({ min: 1, max: 4 }),
    service: fc.constantFrom("api", "worker"),
    traceId: fc.constantFrom(...TRACE_IDS),
    waitMs: fc.oneof(fc.constantFrom(0, 0, 1), fc.integer({ min: 0, max: 40_000 })),
    lostAnswers,
  });
}

const kvArbitrary = fc.record({
  seed: fc.integer(),
  limitsWrites: fc.boolean(),
  readLagMs: drawnLag,
  listLagMs: drawnLag,
  places: fc.constantFrom(1, 1, 2),
  readCacheMs: fc.constantFrom(0, 60_000),
  pageKeys: fc.constantFrom(1000, 3, { upTo: 4 }),
  operationsPerInvocation: fc.constant(1000),
});

function dayArbitrary(lostAnswers: fc.Arbitrary<number>): fc.Arbitrary<Day> {
  return fc.record({
    kv: kvArbitrary,
    shares: fc.record({
      put: share,
      putAfterWriting: share,
      get: share,
      getBulk: share,
      list: share,
    }),
    guesses: wrongGuesses,
    exports: fc.array(sentArbitrary(lostAnswers), { minLength: 1, maxLength: 12 }),
    limit: fc.constantFrom(1, 2, 5, 100),
    filter: fc.constantFrom<Params>(
      {},
      { signal: "traces" },
      { service: "api" },
      { trace_id: TRACE_IDS[0] },
    ),
    pageWaitMs: fc.constantFrom(0, 1000, 30_000),
  });
}

/** Where an event stands in the order of all events. */
function placeOf(event: JsonObject): readonly [timeMs: number, key: string, row: number] {
  const { event_type: type, received_at: timeMs, batch_id: code } = event;
  if (typeof type !== "string" || typeof timeMs !== "number" || typeof code !== "string") {
    throw new TypeError(`Cannot place the event ${JSON.stringify(event)}`);
  }
  return [timeMs, `${PREFIXES[type] ?? type}:${timeMs}:${code}`, rowOf(event)];
}

/** Names are "e12.3": export 12, row 3. */
function rowOf(event: JsonObject): number {
  return Number(nameOf(event).split(".")[1]);
}

function isBefore(left: JsonObject, right: JsonObject): boolean {
  const [leftMs, leftKey, leftRow] = placeOf(left);
  const [rightMs, rightKey, rightRow] = placeOf(right);
  if (leftMs !== rightMs) {
    return leftMs > rightMs;
  }
  return leftKey === rightKey ? leftRow > rightRow : leftKey > rightKey;
}

/** A client that asks for one page after the other, and again whenever KV has trouble. */
class Reader {
  readonly #gateway: TestGateway;
  readonly #params: Params;
  #cursor: string | undefined;
  pages: readonly (readonly JsonObject[])[] = [];
  isDone = false;

  constructor(gateway: TestGateway, params: Params) {
    this.#gateway = gateway;
    this.#params = params;
  }

  async readPage(): Promise<void> {
    const cursor = this.#cursor === undefined ? {} : { cursor: this.#cursor };
    const search = new URLSearchParams({ ...this.#params, ...cursor });
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const response = await this.#gateway.send(
        plainRequest(`/api/telemetry/query?${search.toString()}`),
      );
      const page = await readJson(response);
      if (response.status === 200) {
        this.#take(page);
        return;
      }
      if (response.status !== 503) {
        throw new Error(`Cannot read a page: ${response.status} ${JSON.stringify(page)}`);
      }
      this.#gateway.clock.nowMs += RETRY_MS;
    }
    throw new Error(`Cannot read a page: ${MAX_ATTEMPTS} attempts failed`);
  }

  #take({ events, next_cursor: cursor }: JsonObject): void {
    if (!Array.isArray(events) || !events.every(isJsonObject)) {
      throw new TypeError("Cannot read a page: it has no events");
    }
    this.pages = [...this.pages, events];
    this.#cursor = typeof cursor === "string" ? cursor : undefined;
    this.isDone = this.#cursor === undefined;
  }
}

/** Sends an export until it is acknowledged, and again for each answer that is lost. */
async function sendUntilAcknowledged(
  { send, clock }: TestGateway,
  sent: Sent,
  names: readonly string[],
): Promise<void> {
  const { service, traceId } = sent;
  const items = names.map((name) => ({ name, timeMs: clock.nowMs, service, traceId }));
  let acknowledged = 0;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const response = await send(exportRequest(sent.signal, { encoding: "protobuf", items }));
    await response.bytes();
    acknowledged += response.status === 200 ? 1 : 0;
    if (acknowledged > sent.lostAnswers) {
      return;
    }
    clock.nowMs += RETRY_MS;
  }
  throw new Error(`Cannot send an export: ${MAX_ATTEMPTS} attempts failed`);
}

function isWanted({ signal, service, traceId }: Sent, filter: Params): boolean {
  // Data points belong to no trace.
  const ofTrace = signal === "metrics" ? undefined : traceId;
  return (
    (filter["signal"] ?? signal) === signal &&
    (filter["service"] ?? service) === service &&
    (filter["trace_id"] ?? ofTrace) === ofTrace
  );
}

/** Lives through a day; checks what readers see on the way and at the end. */
async function live(day: Day): Promise<void> {
  const gateway = createTestGateway({
    kv: day.kv,
    density: new StubbornDensity(day.guesses),
    authenticate: async () => ok(undefined),
  });
  const { kv, clock } = gateway;
  const params = { ...day.filter, limit: String(day.limit) };
  const readers = [new Reader(gateway, params)];
  const wanted: string[] = [];
  kv.failShares(day.shares);
  for (const [index, sent] of day.exports.entries()) {
    clock.nowMs += sent.waitMs;
    const names = Array.from({ length: sent.count }, (_none, row) => `e${index}.${row}`);
    await sendUntilAcknowledged(gateway, sent, names);
    if (isWanted(sent, day.filter)) {
      wanted.push(...names);
    }
    clock.nowMs += day.pageWaitMs;
    const reader = readers.at(-1);
    await reader?.readPage();
    if (reader?.isDone === true) {
      readers.push(new Reader(gateway, params));
    }
  }
  for (const reader of readers) {
    while (!reader.isDone) {
      clock.nowMs += day.pageWaitMs;
      await reader.readPage();
    }
    expectSound(reader.pages.flat(), wanted);
    expectNoneTwice(reader.pages.flat(), (name) => copiesOf(name, kv) === 1);
    for (const page of reader.pages) {
      expectNoneTwice(page, () => true);
    }
  }
  kv.heal();
  clock.nowMs += CALM_MS;
  const all = await queryAll(gateway.send, params);

  expectSound(all, wanted);
  expect(all.map(nameOf).toSorted()).toEqual(wanted.toSorted());
}

/** How many segments hold an event: more than one when a client sent it again. */
function copiesOf(name: string, { entries }: FakeKv): number {
  return entries.filter(({ text }) => storedText(text).includes(`"${name}"`)).length;
}

function expectNoneTwice(
  events: readonly JsonObject[],
  isConcerned: (name: string) => boolean,
): void {
  const names = events.map(nameOf);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  expect(twice.filter(isConcerned)).toEqual([]);
}

/** In order, all of them events that were sent. */
function expectSound(events: readonly JsonObject[], wanted: readonly string[]): void {
  for (const [index, event] of events.entries()) {
    const next = events[index + 1];
    expect(next === undefined || isBefore(event, next)).toBe(true);
  }
  expect(events.map(nameOf).filter((name) => !wanted.includes(name))).toEqual([]);
}

describe("on a bad day of KV", () => {
  it("readers see each event at most once, in order, and later exactly once", async () => {
    await fc.assert(fc.asyncProperty(dayArbitrary(fc.constant(0)), live), RUNS);
  }, 60_000);

  it("the same holds for exports whose answers get lost", async () => {
    await fc.assert(fc.asyncProperty(dayArbitrary(fc.integer({ min: 0, max: 2 })), live), RUNS);
  }, 60_000);
});
