/** How this project calls wrangler: which file, and with which environment. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The directory of the checkout, absolute. */
export const PROJECT_ROOT = join(import.meta.dirname, "..", "..");

/** The script that starts wrangler, for `node <file> <arguments>`; absolute. */
export const WRANGLER_FILE = join(
  dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
  "bin",
  "wrangler.js",
);

/**
 * Adds to an environment what keeps wrangler quiet and offline. Values that are already set win,
 * so that a developer can turn one thing back on.
 *
 * @param base the environment to start from, usually `process.env`
 * @returns a new environment for a wrangler process
 */
export function quietEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    // Without this wrangler fetches a sample of `Request.cf`, and warns when it cannot.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    // One file per run in the home directory, never deleted; the output says the same.
    WRANGLER_WRITE_LOGS: "false",
    // The list of running Workers would also go to the home directory.
    WRANGLER_REGISTRY_PATH: join(PROJECT_ROOT, ".wrangler", "registry"),
    ...base,
  };
}
