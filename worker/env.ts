/** What the platform hands the Worker, and the configuration read from it once. */

import { INFLATE_LIMIT_BYTES } from "./http/content-coding.ts";

/** Bindings, variables and secrets (wrangler.toml). Variables are text. */
export interface Env {
  /** events and batch records (docs/kv-schema.md) */
  readonly TELEMETRY: KVNamespace;
  /** secret: the bearer token for reading and writing; without it every protected route is 503 */
  readonly TELEMETRY_API_KEY?: string;
  /** seconds until events and batch records expire */
  readonly RETENTION_SECONDS?: string;
  /** cap on a request body, on the wire and after decompression */
  readonly MAX_BODY_BYTES?: string;
  /** "true": spans without a valid trace or span id are rejected, not kept with a warning */
  readonly REQUIRE_SPAN_IDS?: string;
  /** origins of web pages that may send and ask, comma-separated; none: CORS is off */
  readonly CORS_ORIGINS?: string;
  /** retries of a KV operation that failed with 429 or 5xx */
  readonly KV_RETRY_COUNT?: string;
  /** wait before the first retry; doubles each time */
  readonly KV_RETRY_FIRST_DELAY_MS?: string;
  /** where GET /install redirects */
  readonly INSTALL_SCRIPT_URL?: string;
}

/** The configuration, with every default filled in. */
export interface Config {
  /** undefined: not configured */
  readonly apiKey: string | undefined;
  readonly retentionSeconds: number;
  readonly bodyLimitBytes: number;
  readonly requiresSpanIds: boolean;
  /** as configured; http/cors.ts reads it */
  readonly corsOrigins: string;
  readonly retry: { readonly count: number; readonly firstDelayMs: number };
  readonly installScriptUrl: string;
}

const DEFAULT_RETENTION_SECONDS = 7 * 24 * 60 * 60;
/** KV refuses a TTL below 60 s (https://developers.cloudflare.com/kv/api/write-key-value-pairs/). */
const MIN_RETENTION_SECONDS = 60;
/** The OpenTelemetry Collector's default. More decoded data does not fit 128 MB beside other requests. */
const DEFAULT_BODY_LIMIT_BYTES = 20 * 1024 * 1024;
const DEFAULT_RETRY_COUNT = 3;
const DEFAULT_RETRY_FIRST_DELAY_MS = 100;
/** More than this cannot help within the second that otel-cli waits. */
const MAX_RETRY_COUNT = 10;
const DEFAULT_INSTALL_SCRIPT_URL = "https://raw.githubusercontent.com/pryx-co/pryx/main/install.sh";

/** Reads the configuration. A variable that is missing or makes no sense counts as its default. */
export function readConfig(env: Env): Config {
  return {
    apiKey: env.TELEMETRY_API_KEY === "" ? undefined : env.TELEMETRY_API_KEY,
    retentionSeconds: readInteger(env.RETENTION_SECONDS, {
      min: MIN_RETENTION_SECONDS,
      max: Number.MAX_SAFE_INTEGER,
      otherwise: DEFAULT_RETENTION_SECONDS,
    }),
    bodyLimitBytes: readInteger(env.MAX_BODY_BYTES, {
      min: 1,
      max: INFLATE_LIMIT_BYTES,
      otherwise: DEFAULT_BODY_LIMIT_BYTES,
    }),
    requiresSpanIds: env.REQUIRE_SPAN_IDS?.trim().toLowerCase() === "true",
    corsOrigins: env.CORS_ORIGINS ?? "",
    retry: {
      count: readInteger(env.KV_RETRY_COUNT, {
        min: 0,
        max: MAX_RETRY_COUNT,
        otherwise: DEFAULT_RETRY_COUNT,
      }),
      firstDelayMs: readInteger(env.KV_RETRY_FIRST_DELAY_MS, {
        min: 0,
        max: Number.MAX_SAFE_INTEGER,
        otherwise: DEFAULT_RETRY_FIRST_DELAY_MS,
      }),
    },
    installScriptUrl: env.INSTALL_SCRIPT_URL ?? DEFAULT_INSTALL_SCRIPT_URL,
  };
}

interface IntegerRule {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
}

function readInteger(text: string | undefined, { min, max, otherwise }: IntegerRule): number {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isInteger(value) && value >= min && value <= max ? value : otherwise;
}
