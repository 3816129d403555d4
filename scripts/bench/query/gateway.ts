/** The gateway's side: requests to its query endpoint, page by page. */
import { FakeKv } from "../../../test/support/fake-kv.ts";
import { OPERATIONS_PER_INVOCATION } from "../../../test/support/fake-kv/quotas.ts";
import { ok } from "../../../worker/core/result.ts";
import { cursorSigner } from "../../../worker/query/cursor.ts";
import { KeyDensity } from "../../../worker/query/key-density.ts";
import { type App, createApp } from "../../../worker/routes.ts";
import { KvStore } from "../../../worker/store/kv-store.ts";
import { Transcoder } from "../../../worker/transcoder/transcoder.ts";
import { type SyntheticWeek, WEEK_RETENTION_SECONDS, fillWeek } from "../../synthetic-week/fill.ts";
import type { WeekOptions } from "../../synthetic-week/plan.ts";
import { loadTranscoderModule } from "../../transcoder-module.ts";
import { type Answer, countedCost } from "./answer.ts";
import { type Question, memberOf } from "./questions.ts";

/** A gateway that has taken a week of telemetry. */
export interface WeekGateway {
  readonly kv: FakeKv;
  readonly week: SyntheticWeek;
  /** An app that remembers nothing of earlier questions. */
  newIsolate(): App;
}

/** One that may remember what it was asked before. */
interface Isolate {
  readonly kv: FakeKv;
  readonly app: App;
}

/** The most events a page may have. */
const PAGE_LIMIT = 1000;
/** More pages than any question needs: a cursor that never ends fails instead of hanging. */
const MAX_PAGES = 2000;

/** Makes a gateway and fills its KV, which allows a request as many operations as KV does. */
export async function openWeek(options: WeekOptions): Promise<WeekGateway> {
  const clock = { nowMs: options.endMs };
  const kv = new FakeKv({
    now: () => clock.nowMs,
    operationsPerInvocation: OPERATIONS_PER_INVOCATION,
  });
  const week = await fillWeek(kv, clock, options);
  const store = new KvStore(kv.namespace, {
    retentionSeconds: WEEK_RETENTION_SECONDS,
    retry: { count: 0, firstDelayMs: 0, sleep: async () => {}, log: () => {} },
  });
  const transcoder = new Transcoder(loadTranscoderModule());
  function newIsolate(): App {
    return createApp({
      authenticate: async () => ok(undefined),
      store,
      density: new KeyDensity(),
      sign: cursorSigner("benchmark"),
      transcoder,
      bodyLimitBytes: Number.POSITIVE_INFINITY,
      requiresSpanIds: false,
      retentionSeconds: WEEK_RETENTION_SECONDS,
      installScriptUrl: "https://example.test/install.sh",
      now: () => clock.nowMs,
      randomBytes: (into) => into,
      log: () => {},
    });
  }
  return { kv, week, newIsolate };
}

/**
 * Asks the gateway: one page when only the newest are wanted, else until it says that it is complete.
 *
 * @throws when it answers anything but 200, or names other operations than KV has counted
 */
export async function askGateway({ kv, app }: Isolate, question: Question): Promise<Answer> {
  kv.resetCounts();
  const events: string[] = [];
  let requests = 0;
  let [lists, reads, segments, pruned] = [0, 0, 0, 0];
  let cursor: string | undefined;
  do {
    const page = await askPage({ kv, app }, question, cursor);
    requests += 1;
    events.push(...page.events);
    lists += countOf(page.scanned, "lists");
    reads += countOf(page.scanned, "reads");
    segments += countOf(page.scanned, "segments");
    pruned += countOf(page.scanned, "pruned");
    cursor = page.cursor;
    if (requests > MAX_PAGES) {
      throw new Error(`Cannot answer "${question.title}": the cursor goes on and on`);
    }
  } while (cursor !== undefined && events.length < (question.newest ?? Number.POSITIVE_INFINITY));
  const cost = countedCost(kv, requests, pruned);
  if (cost.lists !== lists || cost.reads !== reads || cost.keysRead !== segments) {
    throw new Error(
      `Cannot trust "${question.title}": it says ${lists} lists, ${reads} reads of ${segments} keys, KV counted ${cost.lists}, ${cost.reads} of ${cost.keysRead}`,
    );
  }
  return { events, cost };
}

interface Page {
  readonly events: readonly string[];
  readonly cursor: string | undefined;
  /** what the answer says of the work behind it */
  readonly scanned: unknown;
}

async function askPage(
  { kv, app }: Isolate,
  { title, path, params, startMs, endMs, newest }: Question,
  cursor: string | undefined,
): Promise<Page> {
  const search = new URLSearchParams({
    ...params,
    start: String(startMs),
    end: String(endMs),
    ...(path === "query" && { limit: String(newest ?? PAGE_LIMIT) }),
    ...(cursor !== undefined && { cursor }),
  });
  kv.beginInvocation();
  const response = await app(
    new Request(`https://gateway.test/api/telemetry/${path}?${search.toString()}`),
  );
  const answer: unknown = await response.json();
  if (response.status !== 200) {
    throw new Error(`Cannot answer "${title}": ${response.status} ${JSON.stringify(answer)}`);
  }
  const next = memberOf(answer, "next_cursor");
  return {
    events: eventsOf(answer).map((event) => JSON.stringify(event)),
    cursor: typeof next === "string" ? next : undefined,
    scanned: memberOf(answer, "scanned"),
  };
}

function countOf(scanned: unknown, name: string): number {
  const count = memberOf(scanned, name);
  return typeof count === "number" ? count : Number.NaN;
}

/** Those of a page of events, or of a trace: spans in a tree, and logs. */
function eventsOf(answer: unknown): readonly unknown[] {
  const spans = listOf(answer, "spans").map((span) => memberOf(span, "event"));
  return [...listOf(answer, "events"), ...spans, ...listOf(answer, "logs")];
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const member = memberOf(value, name);
  return Array.isArray(member) ? member : [];
}
