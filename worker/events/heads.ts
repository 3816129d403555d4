/** The texts around an item's own fields, shared by both encodings. */
import { type Literal, literal } from "../core/bytes.ts";
import { memberOf } from "../core/members.ts";
import type { Signal } from "../otlp/signal.ts";
import type { JsonWriter } from "./json-writer.ts";

const decoder = new TextDecoder();

const RESOURCE_MEMBER = literal('{"resource":');
const SCOPE_MEMBER = literal(',"scope":');
const EVENT_OPENINGS: Readonly<Record<Signal, Literal>> = {
  traces: literal('{"event_type":"span","data":'),
  metrics: literal('{"event_type":"metric","data":'),
  logs: literal('{"event_type":"log","data":'),
};

/** Starts a head: `{"event_type":"span","data":{"resource":`; the resource's members follow. */
export function openResource(head: JsonWriter, signal: Signal): void {
  head.length = 0;
  head.beginLine();
  head.writeLiteral(EVENT_OPENINGS[signal]);
  head.writeLiteral(RESOURCE_MEMBER);
}

/** Goes on with `,"scope":`; the scope's members follow. */
export function openScope(head: JsonWriter): void {
  head.writeLiteral(SCOPE_MEMBER);
}

/**
 * The service a rendered resource names (attribute service.name), if any.
 *
 * @param head a head whose resource object starts at `mark` and is closed
 */
export function serviceOf(head: JsonWriter, mark: number): string | undefined {
  if (head.overflowed) {
    return undefined;
  }
  const resource: unknown = JSON.parse(decoder.decode(head.bytes.subarray(mark, head.length)));
  const attributes = memberOf(resource, "attributes");
  const service = memberOf(attributes, "service.name");
  return typeof service === "string" ? service : undefined;
}
