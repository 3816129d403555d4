/** The id of an OTLP batch: the same body of the same signal always gives the same id. */
import type { Signal } from "../otlp/signal.ts";
import { codeOfDigest } from "../segment/code.ts";

/** Makes the codes of the same bytes sent as different signals differ: an empty request, say. */
const SIGNAL_MARKS: Readonly<Record<Signal, number>> = { traces: 1, metrics: 2, logs: 3 };

/**
 * Hashes a body.
 *
 * A client that repeats a request whose answer it did not get sends the same bytes again, perhaps
 * compressed otherwise: so the hash is over the decompressed body (ADR 002).
 */
export async function batchCodeOf(signal: Signal, body: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  digest[0] = (digest[0] ?? 0) ^ SIGNAL_MARKS[signal];
  return codeOfDigest(digest);
}
