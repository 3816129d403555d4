/** A gateway over a fake KV, with a clock, randomness and waits that the test holds. */
import type { LogFields } from "../../worker/core/log.ts";
import { type Authenticate, authenticator } from "../../worker/http/auth.ts";
import { cursorSigner } from "../../worker/query/cursor.ts";
import { KeyDensity } from "../../worker/query/key-density.ts";
import { createApp } from "../../worker/routes.ts";
import { KvStore } from "../../worker/store/kv-store.ts";
import type { Send } from "./api-client.ts";
import { contractSend } from "./api-contract.ts";
import { FakeKv } from "./fake-kv.ts";
import type { FakeKvOptions } from "./fake-kv/options.ts";
import { API_KEY } from "./otlp-requests.ts";
import { makeTranscoder } from "./transcoder.ts";

/** A time with 13 digits, whose neighbours share most of them. */
export const START_MS = 1_790_000_000_000;
/** Retention of the gateways under test. */
export const RETENTION_SECONDS = 86_400;

/** One line of the log. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

/** The gateway and everything the test can turn or look at. */
export interface TestGateway {
  /** throws when an answer is not as the OpenAPI document says */
  readonly send: Send;
  readonly kv: FakeKv;
  /** set `nowMs` to let time pass */
  readonly clock: { nowMs: number };
  /** the waits asked for, in ms; none takes time */
  readonly sleeps: readonly number[];
  readonly logs: readonly LogLine[];
}

/** What a test may choose. */
export interface TestGatewayOptions {
  readonly kv?: Omit<FakeKvOptions, "now">;
  readonly bodyLimitBytes?: number;
  readonly retry?: { readonly count: number; readonly firstDelayMs: number };
  /** whether waiting lets the clock go on */
  readonly sleepsAdvance?: boolean;
  readonly authenticate?: Authenticate;
  /** what the isolate remembers of earlier questions */
  readonly density?: KeyDensity;
}

/** Makes a gateway with an empty store. */
export function createTestGateway(options: TestGatewayOptions = {}): TestGateway {
  const clock = { nowMs: START_MS };
  const kv = new FakeKv({ ...options.kv, now: () => clock.nowMs });
  const sleeps: number[] = [];
  const logs: LogLine[] = [];
  let drawn = 0;
  function log(level: string, event: string, fields: LogFields): void {
    logs.push({ level, event, fields });
  }
  const app = createApp({
    authenticate: options.authenticate ?? authenticator(API_KEY),
    store: new KvStore(kv.namespace, {
      retentionSeconds: RETENTION_SECONDS,
      retry: {
        ...(options.retry ?? { count: 3, firstDelayMs: 100 }),
        log,
        sleep: async (delayMs) => {
          sleeps.push(delayMs);
          clock.nowMs += options.sleepsAdvance === true ? delayMs : 0;
        },
      },
    }),
    density: options.density ?? new KeyDensity(),
    sign: cursorSigner(API_KEY),
    transcoder: makeTranscoder(),
    requiresSpanIds: false,
    bodyLimitBytes: options.bodyLimitBytes ?? 1024 * 1024,
    retentionSeconds: RETENTION_SECONDS,
    installScriptUrl: "https://example.test/install.sh",
    now: () => clock.nowMs,
    // Counts up: every code is another one, and the same in every run.
    randomBytes: (into) => {
      drawn += 1;
      return into.map((_zero, at) => Math.floor(drawn / 62 ** at) % 62);
    },
    log,
  });
  function send(request: Request): Promise<Response> {
    kv.beginInvocation();
    return app(request);
  }
  return { send: contractSend(send), kv, clock, sleeps, logs };
}
