/** The id of an OTLP batch: the same body of the same signal always gives the same id. */
import type { Signal } from "../otlp/signal.ts";
import { codeOfDigest } from "../segment/code.ts";

/**
 * Hashes a body.
 *
 * A client that repeats a request whose answer it did not get sends the same bytes again, perhaps
 * compressed otherwise: so the hash is over the decompressed body (ADR 002).
 */
export async function batchCodeOf(signal: Signal, body: Uint8Array): Promise<string> {
  const bodyDigest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const name = new TextEncoder().encode(`${signal}:`);
  const named = new Uint8Array(name.length + bodyDigest.length);
  named.set(name);
  named.set(bodyDigest, name.length);
  return codeOfDigest(new Uint8Array(await crypto.subtle.digest("SHA-256", named)));
}
