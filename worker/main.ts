/** Entry of the Worker: wires the app once per isolate, and catches what nobody expected. */
import { consoleLog } from "./console-log.ts";
import { type Env, readConfig } from "./env.ts";
import { authenticator } from "./http/auth.ts";
import { type Cors, corsPolicy, parseOrigins } from "./http/cors.ts";
import { cursorSigner } from "./query/cursor.ts";
import { KeyDensity } from "./query/key-density.ts";
import { type App, createApp, failure } from "./routes.ts";
import { KvStore } from "./store/kv-store.ts";
import transcoderModule from "./transcoder/build/transcoder.wasm";
import { Transcoder } from "./transcoder/transcoder.ts";

/** Made at start-up, which no request is billed for. */
const transcoder = new Transcoder(transcoderModule);
const apps = new WeakMap<Env, App>();
const policies = new WeakMap<Env, Cors>();

/** The CORS policy of an environment: made apart from the app, whose failures need it too. */
function corsOf(env: Env): Cors {
  const known = policies.get(env);
  if (known !== undefined) {
    return known;
  }
  const { patterns, rejected } = parseOrigins(readConfig(env).corsOrigins);
  if (rejected.length > 0) {
    consoleLog("error", "config_ignored", {
      variable: "CORS_ORIGINS",
      reason: "not an origin: scheme://host[:port], with at most one *",
      values: rejected.join(", "),
    });
  }
  const policy = corsPolicy(patterns);
  policies.set(env, policy);
  return policy;
}

/** The app of an environment: the platform hands the same object to every request of an isolate. */
function appOf(env: Env): App {
  const known = apps.get(env);
  if (known !== undefined) {
    return known;
  }
  const config = readConfig(env);
  const app = createApp({
    authenticate: authenticator(config.apiKey),
    store: new KvStore(env.TELEMETRY, {
      retentionSeconds: config.retentionSeconds,
      retry: { ...config.retry, sleep, log: consoleLog },
    }),
    density: new KeyDensity(),
    // Without a key nobody gets as far as a cursor.
    sign: cursorSigner(config.apiKey ?? ""),
    transcoder,
    bodyLimitBytes: config.bodyLimitBytes,
    requiresSpanIds: config.requiresSpanIds,
    retentionSeconds: config.retentionSeconds,
    installScriptUrl: config.installScriptUrl,
    now: () => Date.now(),
    randomBytes: (into) => crypto.getRandomValues(into),
    log: consoleLog,
  });
  apps.set(env, app);
  return app;
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}

export default {
  async fetch(request, env) {
    const cors = corsOf(env);
    return cors.preflight(request) ?? cors.decorate(request, await answer(request, env));
  },
} satisfies ExportedHandler<Env>;

async function answer(request: Request, env: Env): Promise<Response> {
  try {
    return await appOf(env)(request);
  } catch (error) {
    // A bug of ours. Clients keep their data on a 503 and drop it on a 500 (docs: errors.ts).
    consoleLog("error", "unexpected", {
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return failure(request, { kind: "internal" });
  }
}
