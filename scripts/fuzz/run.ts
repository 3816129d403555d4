/** The run itself: many requests at once, each judged. */
import {
  type ConformanceGateway,
  startBuiltGateway,
} from "../../test/conformance/support/built-gateway.ts";
import { drawFuzzCase } from "../../test/support/fuzz-case.ts";
import { drawFrom } from "../../test/support/scramble.ts";

/** What a run is asked for. */
export interface FuzzPlan {
  readonly cases: number;
  readonly seed: number;
  /** told now and then how far it is */
  readonly onProgress: (line: string) => void;
}

/** What came of it. */
export interface FuzzResult {
  /** how often each status was answered */
  readonly statuses: Readonly<Record<string, number>>;
  /** answers of other statuses, hangs, exceptions; at most some */
  readonly failures: readonly string[];
}

const EXPECTED: ReadonlySet<number> = new Set([200, 400, 413, 415]);
const CONCURRENCY = 8;
/** A case that takes longer hangs: the slowest take some tens of ms. */
const TIMEOUT_MS = 10_000;
const FAILURE_LIMIT = 20;
/** Some recordings exceed it, so that 413 is among the answers. */
const BODY_LIMIT_BYTES = 5_000;
const PROGRESS_CASES = 10_000;
const SEED_LIMIT = 2 ** 31;

/** Runs all cases; case `n` of a seed is always the same request. */
export async function runFuzz({ cases, seed, onProgress }: FuzzPlan): Promise<FuzzResult> {
  const gateway = await startBuiltGateway({ MAX_BODY_BYTES: String(BODY_LIMIT_BYTES) });
  const statuses: Record<string, number> = {};
  const failures: string[] = [];
  let next = 0;

  async function work(): Promise<void> {
    while (next < cases && failures.length < FAILURE_LIMIT) {
      const index = next;
      next += 1;
      const outcome = await sendCase(gateway, (seed + index) % SEED_LIMIT);
      statuses[outcome] = (statuses[outcome] ?? 0) + 1;
      if (!EXPECTED.has(Number(outcome))) {
        failures.push(`case ${index} of seed ${seed}: ${outcome}`);
      }
      if (next % PROGRESS_CASES === 0) {
        onProgress(`${next} ${JSON.stringify(statuses)}`);
      }
    }
  }

  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    failures.push(...gateway.exceptions().slice(0, FAILURE_LIMIT));
    return { statuses, failures };
  } finally {
    await gateway.close();
  }
}

/** @returns the status, or why there is none */
async function sendCase(gateway: ConformanceGateway, caseSeed: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, `no answer within ${TIMEOUT_MS} ms`);
  });
  const answer = gateway.send(drawFuzzCase(drawFrom(caseSeed))).then(
    ({ status }) => String(status),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
