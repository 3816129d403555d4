// Package delivery carries the requests of OpenTelemetry's OTLP/HTTP exporters to a receiver, and
// tells exactly what became of every item in them.
//
// A [Transport] stands where such an exporter expects an [net/http.RoundTripper]. It is the only
// layer that retries: the exporters' own retries have to be switched off. One export becomes one or
// more requests:
//
//   - The token is asked for on each request. Without a token nothing is sent.
//   - A network failure, a 429, 502, 503 or 504, and an answer that is not OTLP's are tried again
//     with the same bytes, which is how a receiver recognises a repeat. Retry-After is obeyed. The
//     whole export has one budget of time.
//   - A 413 splits the request: each half is sent by itself, down to single items.
//   - Everything else is the receiver's last word (https://opentelemetry.io/docs/specs/otlp/#failures).
//
// The [Outcome] says how many items were acknowledged and how many were given up, for which reason.
// Of the items given up it counts as unconfirmed those that the receiver may have stored all the
// same: an answer got lost, or a server failed, and no later request settled it.
package delivery
