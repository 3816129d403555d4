/** Authorization: who may use the protected routes. */
import { type Result, err, ok } from "../core/result.ts";
import type { HttpError } from "./errors.ts";

/** Tells whether a request carries the right token. Made once per isolate. */
export type Authenticate = (headers: Headers) => Promise<Result<void, HttpError>>;

/**
 * The scheme is case-insensitive (RFC 9110 §11.1). otel-cli sends header values from the
 * environment undecoded, so the space may arrive as `%20`.
 */
const BEARER = /^bearer(?:\s|%20)+(.+)$/i;
const encoder = new TextEncoder();

/**
 * Builds the check of a static key, which may read and write.
 *
 * Tokens are compared as SHA-256 digests in constant time: neither content nor length leaks.
 *
 * @param apiKey undefined when none is configured: then nobody gets in, and the answer says why
 */
export function authenticator(apiKey: string | undefined): Authenticate {
  if (apiKey === undefined) {
    return async () => err({ kind: "auth-unconfigured" });
  }
  const expected = digest(apiKey);
  return async (headers) => {
    const header = headers.get("authorization");
    const token = BEARER.exec(header?.trim() ?? "")?.[1]?.trim();
    if (token === undefined) {
      return err({ kind: "token-missing", message: missingMessage(header) });
    }
    return crypto.subtle.timingSafeEqual(await digest(token), await expected)
      ? ok(undefined)
      : err({ kind: "token-wrong" });
  };
}

function missingMessage(header: string | null): string {
  return header === null || /^bearer\s*$/i.test(header.trim())
    ? "Cannot authenticate: send the header Authorization: Bearer <token>"
    : "Cannot authenticate: the Authorization header is not of the form Bearer <token>";
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}
