/** What the write side needs from outside. */
import type { Log } from "../core/log.ts";
import type { Authenticate } from "../http/auth.ts";
import type { RandomBytes } from "../segment/code.ts";
import type { Store } from "../store/store.ts";
import type { Transcoder } from "../transcoder/transcoder.ts";

/** One per isolate; `now` and `randomBytes` are asked per request. */
export interface IngestContext {
  readonly authenticate: Authenticate;
  readonly store: Store;
  readonly transcoder: Transcoder;
  readonly bodyLimitBytes: number;
  /** whether spans without a valid trace or span id are rejected */
  readonly requiresSpanIds: boolean;
  /** epoch ms */
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
}
