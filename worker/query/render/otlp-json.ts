/** Events as an OTLP/JSON export request, which any OTLP/HTTP receiver takes. */
import type { Signal } from "../../otlp/signal.ts";
import { requestOf } from "./otlp-request.ts";
import type { Rendered } from "./rendered.ts";

/**
 * Renders the events of one signal as its Export…ServiceRequest: lowerCamelCase names, hex ids,
 * 64-bit integers as text, enums as numbers (OTLP spec, "JSON Protobuf Encoding").
 *
 * @param events the events' JSON texts as stored; native events and those of other signals have no
 *   form in this request and are skipped, as are damaged ones
 */
export function renderOtlpJson(events: readonly string[], signal: Signal): Rendered<string> {
  const { body, skipped } = requestOf(events, signal);
  return { body: JSON.stringify(body), skipped };
}
