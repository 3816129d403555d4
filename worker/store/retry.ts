/** Retries of KV operations: 3 after 100, 200 and 400 ms unless configured otherwise. */
import type { Log } from "../core/log.ts";
import { type Result, err, ok } from "../core/result.ts";
import type { StoreError } from "./store.ts";

/** How often and when to try again, and what that needs from outside. */
export interface RetryPolicy {
  readonly count: number;
  /** wait before the first retry; doubles each time */
  readonly firstDelayMs: number;
  readonly sleep: (delayMs: number) => Promise<void>;
  readonly log: Log;
}

/** How KV words its errors: `KV PUT failed: 429 Too Many Requests`. */
const KV_STATUS = /KV \w+ failed: (\d{3})/;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERRORS = 500;

interface Failure {
  readonly message: string;
  /** trying again right now may help */
  readonly isRetryable: boolean;
  /** trying again later may help */
  readonly isTransient: boolean;
}

function classify(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const status = Number(KV_STATUS.exec(message)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) {
    // A used-up daily quota, a lost connection: no status. Only the latter is worth a quick retry.
    const isQuota = /limit exceeded|too many api requests/i.test(message);
    return { message, isRetryable: !isQuota, isTransient: true };
  }
  const isRetryable = status === TOO_MANY_REQUESTS || status >= SERVER_ERRORS;
  return { message, isRetryable, isTransient: isRetryable };
}

/**
 * Runs an operation until it succeeds, cannot succeed, or the retries are used up. Each failed
 * attempt is one log line.
 *
 * @param operation what it is called in the log
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  operation: { readonly name: string; readonly key: string },
  run: () => Promise<T>,
): Promise<Result<T, StoreError>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return ok(await run());
    } catch (error) {
      const failure = classify(error);
      const isLast = !failure.isRetryable || attempt > policy.count;
      policy.log(isLast ? "error" : "warn", "kv_attempt_failed", {
        operation: operation.name,
        key: operation.key,
        attempt,
        retries_left: isLast ? 0 : policy.count - attempt + 1,
        reason: failure.message,
      });
      if (isLast) {
        return err({ kind: "store", isTransient: failure.isTransient, message: failure.message });
      }
      await policy.sleep(policy.firstDelayMs * 2 ** (attempt - 1));
    }
  }
}
