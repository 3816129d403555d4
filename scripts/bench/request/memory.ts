/** Memory of a fresh process: idle, and at the peak of one large export. */
import { setTimeout as sleep } from "node:timers/promises";

import { createClient } from "./load.ts";
import type { Payload } from "./payloads.ts";
import { readMemory, watchPeak } from "./process-accounting.ts";
import type { Side } from "./side.ts";

/** What one fresh process took, in bytes. */
export interface MemoryResult {
  /** resident after a few small exports, before the large one */
  readonly idleBytes: number;
  /** what the large export added at its peak */
  readonly aboveIdleBytes: number;
}

/** Small exports before the measurement: the program has everything loaded that every export needs. */
const WARM_UP_REQUESTS = 20;
const SETTLE_MS = 300;

/**
 * Starts a side, warms it up with small exports, sends one large one and stops it.
 *
 * @throws when an answer is not 200
 */
export async function measureMemory(
  start: () => Promise<Side>,
  small: Payload,
  large: Payload,
): Promise<MemoryResult> {
  const side = await start();
  const client = createClient(side.url);
  try {
    for (let sent = 0; sent < WARM_UP_REQUESTS; sent += 1) {
      await client.send(small, small.make(Date.now()));
    }
    const body = large.make(Date.now());
    await sleep(SETTLE_MS);
    const idleBytes = readMemory(side.pid).residentBytes;
    const peak = watchPeak(side.pid);
    await client.send(large, body);
    return { idleBytes, aboveIdleBytes: peak.stop() - idleBytes };
  } finally {
    client.close();
    await side.stop();
  }
}
