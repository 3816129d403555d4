/** What was acknowledged is there: after a crash in the middle of a load, and among many exports. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { type Gateway, startGateway } from "../../scripts/gateway/process.ts";
import { type GatewayAddress, type StoredEvent, readEvents } from "./support/stored-events.ts";

const API_KEY = "durability-key";
const SERVICE = "durability";
/** Requests under way at once: as many as a small fleet of exporters. */
const CONCURRENCY = 20;
const CRASH_AFTER = 300;
const CRASH_LOAD = 2000;
const EXPORTS = 5000;
const TIMEOUT_MS = 240_000;

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) {
    await cleanup();
  }
});

function makeStorage(): string {
  const directory = mkdtempSync(join(tmpdir(), "pryx-durability-"));
  cleanups.push(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

async function start(persistTo: string): Promise<Gateway> {
  const gateway = await startGateway({ apiKey: API_KEY, persistTo });
  cleanups.push(() => gateway.stop());
  return gateway;
}

/** One log record as an export of its own. */
function exportOf(index: number): string {
  const timeUnixNano = `${BigInt(Date.now()) * 1_000_000n + BigInt(index)}`;
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: SERVICE } }] },
        scopeLogs: [
          { logRecords: [{ timeUnixNano, severityNumber: 9, eventName: `record-${index}` }] },
        ],
      },
    ],
  });
}

/** Whether the gateway acknowledged; false also when it was not there. */
async function send({ url }: GatewayAddress, index: number): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/logs`, {
      method: "POST",
      headers: { Authorization: `Bearer ${API_KEY}`, "Content-Type": "application/json" },
      body: exportOf(index),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Sends `count` exports, some at once, and tells which were acknowledged. */
async function sendAll(
  gateway: GatewayAddress,
  count: number,
  onAcknowledged: (total: number) => void = () => {},
): Promise<ReadonlySet<string>> {
  const acknowledged = new Set<string>();
  let next = 0;
  async function work(): Promise<void> {
    while (next < count) {
      const index = next;
      next += 1;
      if (await send(gateway, index)) {
        acknowledged.add(`record-${index}`);
        onAcknowledged(acknowledged.size);
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return acknowledged;
}

function namesOf(events: readonly StoredEvent[]): readonly unknown[] {
  return events.map(({ data }) => data["event_name"]);
}

describe("acknowledged exports", () => {
  it(
    "are found once each after kill -9 in the middle of a load",
    async () => {
      const storage = makeStorage();
      const crashing = await start(storage);
      let crash: Promise<void> | undefined;
      const acknowledged = await sendAll(crashing, CRASH_LOAD, (total) => {
        if (total === CRASH_AFTER) {
          crash = crashing.kill();
        }
      });
      await crash;
      const restarted = await start(storage);
      const names = namesOf(await readEvents(restarted, { service: SERVICE, limit: "1000" }));

      expect(acknowledged.size).toBeGreaterThanOrEqual(CRASH_AFTER);
      expect(acknowledged.size).toBeLessThan(CRASH_LOAD);
      expect(names).toHaveLength(new Set(names).size);
      expect(names).toEqual(expect.arrayContaining([...acknowledged]));
    },
    TIMEOUT_MS,
  );

  it(
    "are found once each among 5,000, newest first",
    async () => {
      const gateway = await start(makeStorage());
      const acknowledged = await sendAll(gateway, EXPORTS);
      const events = await readEvents(gateway, { service: SERVICE, limit: "1000" });
      const newest = await readEvents(gateway, { start: "-1h", limit: "1000", signal: "logs" });
      const response = await fetch(`${gateway.url}/api/telemetry/query?limit=10`, {
        headers: { Authorization: `Bearer ${API_KEY}` },
      });
      const page: unknown = await response.json();
      const times = events.map((event) => event.received_at);
      const names = namesOf(events);

      expect(acknowledged.size).toBe(EXPORTS);
      expect(names).toHaveLength(EXPORTS);
      expect(new Set(names)).toEqual(acknowledged);
      expect(times).toEqual(times.toSorted((left, right) => right - left));
      expect(newest).toEqual(events);
      expect(page).toMatchObject({ count: 10, events: events.slice(0, 10), complete: false });
    },
    TIMEOUT_MS,
  );
});
