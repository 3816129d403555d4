/**
 * Cross-origin access, for exporters that run in a browser (https://fetch.spec.whatwg.org/#http-cors-protocol).
 *
 * Off unless origins are configured. When it is on, every answer carries the headers, errors
 * included: a browser shows an answer without them as a network error, which exporters retry.
 */

/** Puts the CORS headers on answers, and answers preflights by itself. */
export interface Cors {
  /** the answer to a preflight; undefined when the request is none, or CORS is off */
  preflight(request: Request): Response | undefined;
  /** adds the headers to an answer, in place */
  decorate(request: Request, response: Response): Response;
}

/** What CORS_ORIGINS says. */
export interface OriginList {
  /** lower case, each with at most one `*` */
  readonly patterns: readonly string[];
  /** entries that are no origins: they allow nobody */
  readonly rejected: readonly string[];
}

const ANY_ORIGIN = "*";
/** Scheme, host and port, of which `*` may stand for a part. */
const ORIGIN_PATTERN = /^[a-z*][a-z0-9+.*-]*:\/\/[^/?#@\s]+$/;
const DEFAULT_PORT = /^(http:\/\/[^:]+):80$|^(https:\/\/[^:]+):443$/;

const ALLOWED_HEADERS =
  "content-type, content-encoding, authorization, traceparent, tracestate, baggage, accept, x-requested-with";
/** What an exporter may read besides the status: how long to wait, and what its batch is called. */
const EXPOSED_HEADERS = "Retry-After, batch-id, Link, pryx-complete, pryx-skipped";
/** Two hours, the longest that Chromium keeps a preflight. */
const MAX_AGE_SECONDS = "7200";
const PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/** Reads a comma-separated list of origins: `https://app.example.com,https://*.example.org`. */
export function parseOrigins(text: string): OriginList {
  const entries = text
    .split(",")
    .map((entry) => entry.trim().toLowerCase().replace(/\/$/, ""))
    .filter((entry) => entry !== "");
  return {
    patterns: entries.filter(isOriginPattern).map((entry) => entry.replace(DEFAULT_PORT, "$1$2")),
    rejected: entries.filter((entry) => !isOriginPattern(entry)),
  };
}

function isOriginPattern(entry: string): boolean {
  return entry === ANY_ORIGIN || (ORIGIN_PATTERN.test(entry) && entry.split("*").length <= 2);
}

/**
 * Builds the policy.
 *
 * The origin is echoed, and credentials are allowed with it, as browsers demand of `sendBeacon`.
 * A lone `*` allows every origin, without credentials.
 *
 * @param patterns none: CORS is off, and no answer says anything about it
 */
export function corsPolicy(patterns: readonly string[]): Cors {
  if (patterns.length === 0) {
    return { preflight: () => undefined, decorate: (_request, response) => response };
  }
  const matchers = patterns.map(matcherOf);

  function allow(request: Request, headers: Headers): boolean {
    const origin = request.headers.get("origin");
    const matched = matchers.filter((matches) => matches(origin?.toLowerCase() ?? ""));
    if (origin === null || matched.length === 0) {
      return false;
    }
    headers.set("access-control-allow-origin", origin);
    if (matched.some((matches) => matches !== matchesAny)) {
      headers.set("access-control-allow-credentials", "true");
    }
    return true;
  }

  return {
    preflight(request) {
      if (request.method !== "OPTIONS" || !request.headers.has("access-control-request-method")) {
        return undefined;
      }
      const headers = new Headers({ vary: PREFLIGHT_VARY });
      if (allow(request, headers)) {
        headers.set("access-control-allow-methods", "POST");
        headers.set("access-control-allow-headers", ALLOWED_HEADERS);
        headers.set("access-control-max-age", MAX_AGE_SECONDS);
      }
      return new Response(null, { status: 204, headers });
    },
    decorate(request, response) {
      response.headers.append("vary", "Origin");
      if (allow(request, response.headers)) {
        response.headers.set("access-control-expose-headers", EXPOSED_HEADERS);
      }
      return response;
    },
  };
}

function matchesAny(): boolean {
  return true;
}

function matcherOf(pattern: string): (origin: string) => boolean {
  if (pattern === ANY_ORIGIN) {
    return matchesAny;
  }
  const [before = "", after] = pattern.split("*");
  return after === undefined
    ? (origin) => origin === pattern
    : (origin) =>
        origin.length > before.length + after.length &&
        origin.startsWith(before) &&
        origin.endsWith(after);
}
