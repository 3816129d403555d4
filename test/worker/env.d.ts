/** Types of `env` and `exports` from "cloudflare:workers" in the tests that run inside workerd. */
import type { Env as WorkerEnv } from "../../worker/env.ts";
import type * as mainModule from "../../worker/main.ts";

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {}

    interface GlobalProps {
      mainModule: typeof mainModule;
    }
  }
}
