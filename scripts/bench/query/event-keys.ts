/**
 * The approach that the gateway replaces: one key per event, `telemetry:{timestamp}:{random}`, found
 * by listing all keys and reading one by one. It gets every benefit of the doubt: it lists all pages,
 * so that its answers are right, skips keys whose time is out of range without reading them, and
 * stops when it has found enough.
 */
import { FakeKv } from "../../../test/support/fake-kv.ts";
import { Random } from "../../../test/support/fake-kv/random.ts";
import { storedText } from "../../../test/support/stored-text.ts";
import { NATIVE_CODE_LENGTH, randomCode } from "../../../worker/segment/code.ts";
import { SEGMENT_PREFIXES, formatKey, parseKey } from "../../../worker/segment/key.ts";
import { type Answer, countedCost } from "./answer.ts";
import type { WeekGateway } from "./gateway.ts";
import type { Question, StoredEvent } from "./questions.ts";

const BULK_KEYS = 100;

/** Stores the events of a week under a key each, in a namespace of their own. */
export async function copyPerEvent({ kv, week }: WeekGateway): Promise<FakeKv> {
  const random = new Random(1);
  const copy = new FakeKv();
  for (const signal of SEGMENT_PREFIXES) {
    const keys = await listAll(kv, `${signal}:`);
    for (let at = 0; at < keys.length; at += BULK_KEYS) {
      kv.beginInvocation();
      const texts = await kv.namespace.get(keys.slice(at, at + BULK_KEYS), "text");
      for (const [key, text] of texts) {
        const timestampMs = parseKey(key)?.timestampMs ?? 0;
        for (const line of storedText(text ?? "")
          .trimEnd()
          .split("\n")) {
          const code = randomCode(NATIVE_CODE_LENGTH, (into) => into.map(() => random.below(256)));
          await copy.namespace.put(formatKey({ prefix: "telemetry", timestampMs, code }), line);
        }
      }
    }
  }
  if (copy.counts.put !== week.events) {
    throw new Error(`Cannot copy the week: ${copy.counts.put} of ${week.events} events found`);
  }
  return copy;
}

async function listAll(kv: FakeKv, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    kv.beginInvocation();
    const page = await kv.namespace.list({ prefix, ...(cursor !== undefined && { cursor }) });
    keys.push(...page.keys.map(({ name }) => name));
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return keys;
}

/** Asks it. */
export async function askEventKeys(kv: FakeKv, question: Question): Promise<Answer> {
  kv.resetCounts();
  const { startMs, endMs, isMatch, newest = Number.POSITIVE_INFINITY } = question;
  const keys = (await listAll(kv, "telemetry:")).filter((key) => {
    const timestampMs = parseKey(key)?.timestampMs ?? 0;
    return timestampMs >= startMs && timestampMs <= endMs;
  });
  const events: string[] = [];
  for (const key of keys.toReversed()) {
    const event = await kv.namespace.get<StoredEvent>(key, "json");
    if (event !== null && (isMatch === undefined || isMatch(event))) {
      events.push(JSON.stringify(event));
    }
    if (events.length === newest) {
      break;
    }
  }
  return { events, cost: countedCost(kv, 1, undefined) };
}
