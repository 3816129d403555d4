/** What the read side needs from outside. */
import type { Authenticate } from "../http/auth.ts";
import type { Store } from "../store/store.ts";
import type { Sign } from "./cursor.ts";
import type { KeyDensity } from "./key-density.ts";

/** One per isolate; `now` is asked per request. */
export interface QueryContext {
  readonly authenticate: Authenticate;
  readonly store: Store;
  /** remembers from question to question */
  readonly density: KeyDensity;
  /** signs cursors */
  readonly sign: Sign;
  readonly retentionSeconds: number;
  /** epoch ms */
  readonly now: () => number;
}
