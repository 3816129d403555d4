/**
 * The summary of a segment, as it stands in the KV metadata of its key (docs/kv-schema.md).
 *
 * One ASCII string, fields separated by `|`, numbers in base 36, so that a page of 1,000 of them
 * parses fast and stays within the 1,024 bytes KV allows. A summary may be missing or of a version
 * a reader does not know: then the segment must be read. It never decides, it only prunes.
 */
import type { EventBlock } from "../events/event-lines.ts";

/** The version this module writes. */
const VERSION = "1";
const SEPARATOR = "|";
/** Stands for "more than could be noted". */
const UNKNOWN = "*";
const BASE = 36;
const FIELD_COUNT = 9;
/** KV's limit is 1,024 bytes of JSON; two of them are the quotes. */
const SUMMARY_LIMIT_BYTES = 1022;

/** What a planner knows of a segment without reading it. Times are epoch ms, 0 = none. */
export interface Summary {
  readonly events: number;
  /** size of the value */
  readonly bytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** highest severity number; 17 for a span with status error */
  readonly severity: number;
  readonly errors: number;
  /** undefined: unknown */
  readonly services: ReadonlySet<string> | undefined;
  /** first 32 bits of the trace ids, signed; undefined: unknown */
  readonly tracePrefixes: ReadonlySet<number> | undefined;
}

/** Renders the summary of a block of events. */
export function encodeSummary({ bytes, facts }: EventBlock): string {
  const numbers = [
    facts.events,
    bytes.length,
    facts.firstMs,
    facts.lastMs,
    facts.severity,
    facts.errors,
  ].map((value) => value.toString(BASE));
  const services =
    // An empty name would read back as no name at all.
    facts.services === undefined || facts.services.has("")
      ? UNKNOWN
      : [...facts.services].map((service) => escapeService(service)).join(",");
  const traces =
    facts.tracePrefixes === undefined ? UNKNOWN : encodePrefixes([...facts.tracePrefixes]);
  const candidates = [
    [VERSION, ...numbers, services, traces],
    [VERSION, ...numbers, services, UNKNOWN],
    [VERSION, ...numbers, UNKNOWN, UNKNOWN],
  ].map((fields) => fields.join(SEPARATOR));
  return candidates.find((text) => text.length <= SUMMARY_LIMIT_BYTES) ?? "";
}

/** ASCII only, and none of our separators. A lone surrogate, which has no UTF-8, becomes U+FFFD. */
function escapeService(service: string): string {
  return encodeURIComponent(service.toWellFormed()).replaceAll("*", "%2A");
}

function encodePrefixes(prefixes: readonly number[]): string {
  const bytes = new Uint8Array(prefixes.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, prefix] of prefixes.entries()) {
    view.setInt32(index * 4, prefix);
  }
  return btoa(String.fromCharCode(...bytes));
}

/** Reads a summary; undefined when it is missing, damaged or of another version. */
export function decodeSummary(metadata: unknown): Summary | undefined {
  if (typeof metadata !== "string") {
    return undefined;
  }
  const [version, ...fields] = metadata.split(SEPARATOR);
  const numbers = fields.slice(0, FIELD_COUNT - 3).map((text) => Number.parseInt(text, BASE));
  if (version !== VERSION || fields.length !== FIELD_COUNT - 1 || !numbers.every(isCount)) {
    return undefined;
  }
  const [events = 0, bytes = 0, firstMs = 0, lastMs = 0, severity = 0, errors = 0] = numbers;
  const [services = UNKNOWN, traces = UNKNOWN] = fields.slice(FIELD_COUNT - 3);
  try {
    return {
      events,
      bytes,
      firstMs,
      lastMs,
      severity,
      errors,
      services: services === UNKNOWN ? undefined : decodeServices(services),
      tracePrefixes: traces === UNKNOWN ? undefined : decodePrefixes(traces),
    };
  } catch {
    // A damaged escape or base64 text: the segment must be read.
    return undefined;
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function decodeServices(text: string): ReadonlySet<string> {
  return new Set(text === "" ? [] : text.split(",").map((part) => decodeURIComponent(part)));
}

function decodePrefixes(text: string): ReadonlySet<number> {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const prefixes = new Set<number>();
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    prefixes.add(view.getInt32(at));
  }
  return prefixes;
}
