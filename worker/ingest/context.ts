/** What the write side needs from outside. */
import type { Log } from "../core/log.ts";
import type { Authenticate } from "../http/auth.ts";
import type { RandomBytes } from "../segment/code.ts";
import type { Store } from "../store/store.ts";

/** One per isolate; `now` and `randomBytes` are asked per request. */
export interface IngestContext {
  readonly authenticate: Authenticate;
  readonly store: Store;
  readonly bodyLimitBytes: number;
  /** epoch ms */
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
}
