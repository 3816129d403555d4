/** CPU and peak memory of each side under the same bodies, round by round. */
import { setTimeout as sleep } from "node:timers/promises";

import { createClient } from "./load.ts";
import type { Payload } from "./payloads.ts";
import { cpuMsBetween, readCpu, watchPeak } from "./process-accounting.ts";
import type { Side, SideName } from "./side.ts";

/** What one round took on one side. */
export interface RoundResult {
  /** CPU of the whole process, ms per request */
  readonly cpuMs: number;
  /** highest resident size within the round, bytes */
  readonly peakBytes: number;
}

/** How much is measured. */
export interface RoundPlan {
  readonly payload: Payload;
  readonly rounds: number;
  /** requests per round and side */
  readonly requests: number;
}

/** Results by side, one per round; position 0 is the same round on all sides. */
export type RoundResults = ReadonlyMap<SideName, readonly RoundResult[]>;

/** Files are flushed and garbage of other threads is collected meanwhile: it counts too. */
const SETTLE_MS = 250;

/**
 * Measures a payload. Each round has new bodies, the same for all sides; another side goes first
 * in every round. A round before the first is not counted: the code is compiled in it.
 *
 * @throws when an answer is not 200
 */
export async function measureRounds(
  sides: readonly Side[],
  { payload, rounds, requests }: RoundPlan,
  onRound: () => void,
): Promise<RoundResults> {
  const results = new Map<SideName, RoundResult[]>(sides.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    const bodies = Array.from({ length: requests }, () => payload.make(Date.now()));
    for (let turn = 0; turn < sides.length; turn += 1) {
      const side = sides[(turn + round + sides.length) % sides.length];
      const result = side && (await measureRound(side, payload, bodies));
      if (side !== undefined && result !== undefined && round >= 0) {
        results.get(side.name)?.push(result);
      }
    }
    onRound();
  }
  return results;
}

async function measureRound(
  { url, pid }: Side,
  payload: Payload,
  bodies: readonly Uint8Array[],
): Promise<RoundResult> {
  const client = createClient(url);
  const peak = watchPeak(pid);
  const cpuBefore = readCpu(pid);
  for (const body of bodies) {
    await client.send(payload, body);
  }
  await sleep(SETTLE_MS);
  const cpuMs = cpuMsBetween(cpuBefore, readCpu(pid)) / bodies.length;
  const peakBytes = peak.stop();
  client.close();
  return { cpuMs, peakBytes };
}
