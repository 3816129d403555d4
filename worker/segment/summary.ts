/**
 * The summary of a segment, as it stands in the KV metadata of its key (docs/kv-schema.md).
 *
 * One ASCII string, fields separated by `|`, numbers in base 36, so that a page of 1,000 of them
 * parses fast and stays within the 1,024 bytes KV allows. A summary may be missing or of a version
 * a reader does not know: then the segment must be read. It never decides, it only prunes.
 */
import type { EventBlock } from "../events/segment-facts.ts";
import { type TokenKind, tokenOf } from "../events/tokens.ts";
import { TokenFilter, encodeTokenFilter } from "./token-filter.ts";

/** The version this module writes. 1 had the first bits of the trace ids instead of tokens. */
const VERSION = "2";
const SEPARATOR = "|";
/** Stands for "more than could be noted". */
const UNKNOWN = "*";
const BASE = 36;
const NUMBER_COUNT = 7;
const FIELD_COUNT = 1 + NUMBER_COUNT + 2;
/** KV's limit is 1,024 bytes of JSON; two of them are the quotes. */
const SUMMARY_LIMIT_BYTES = 1022;
/** Services may take this much of it: sixteen names of 24 characters, and the tokens have the rest. */
const SERVICES_LIMIT_BYTES = 400;

/** What a planner knows of a segment without reading it. Times are epoch ms, 0 = none. */
export interface Summary {
  readonly events: number;
  /** size of the events as NDJSON */
  readonly bytes: number;
  /** size of the value in KV; less than `bytes` when it is compressed */
  readonly storedBytes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** highest severity number; 17 for a span with status error */
  readonly severity: number;
  readonly errors: number;
  /** undefined: unknown */
  readonly services: ReadonlySet<string> | undefined;
  /** False only when no event has this value: of a kind of token, as text. */
  readonly mayContain: (kind: TokenKind, text: string) => boolean;
}

/**
 * Renders the summary of a block of events.
 *
 * @param storedBytes size of the value that is stored for it
 */
export function encodeSummary({ bytes, facts }: EventBlock, storedBytes: number): string {
  const numbers = [
    facts.events,
    bytes.length,
    storedBytes,
    facts.firstMs,
    facts.lastMs,
    facts.severity,
    facts.errors,
  ].map((value) => value.toString(BASE));
  const head = [VERSION, ...numbers, encodeServices(facts.services)].join(SEPARATOR) + SEPARATOR;
  return head + encodeTokenFilter(facts.tokens, SUMMARY_LIMIT_BYTES - head.length);
}

function encodeServices(services: ReadonlySet<string> | undefined): string {
  // An empty name would read back as no name at all.
  if (services === undefined || services.has("")) {
    return UNKNOWN;
  }
  const text = [...services].map((service) => escapeService(service)).join(",");
  return text.length <= SERVICES_LIMIT_BYTES ? text : UNKNOWN;
}

/** ASCII only, and none of our separators. A lone surrogate, which has no UTF-8, becomes U+FFFD. */
function escapeService(service: string): string {
  return encodeURIComponent(service.toWellFormed()).replaceAll("*", "%2A");
}

/** Reads a summary; undefined when it is missing, damaged or of another version. */
export function decodeSummary(metadata: unknown): Summary | undefined {
  if (typeof metadata !== "string" || !metadata.startsWith(VERSION + SEPARATOR)) {
    return undefined;
  }
  const fields = metadata.split(SEPARATOR);
  const numbers = fields.slice(1, 1 + NUMBER_COUNT).map((text) => Number.parseInt(text, BASE));
  const [services, tokens] = fields.slice(1 + NUMBER_COUNT);
  if (
    fields.length !== FIELD_COUNT ||
    services === undefined ||
    tokens === undefined ||
    !numbers.every(isCount)
  ) {
    return undefined;
  }
  const [events = 0, bytes = 0, storedBytes = 0, firstMs = 0, lastMs = 0] = numbers;
  const [severity = 0, errors = 0] = numbers.slice(5);
  const filter = TokenFilter.parse(tokens);
  const names = decodeServices(services);
  if (filter === undefined || names === "damaged") {
    return undefined;
  }
  return {
    events,
    bytes,
    storedBytes,
    firstMs,
    lastMs,
    severity,
    errors,
    services: names,
    mayContain: (kind, text) => {
      const token = tokenOf(kind, text);
      return token === undefined || filter.mayContain(kind, token);
    },
  };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function decodeServices(text: string): ReadonlySet<string> | "damaged" | undefined {
  if (text === UNKNOWN) {
    return undefined;
  }
  try {
    return new Set(text === "" ? [] : text.split(",").map((part) => decodeURIComponent(part)));
  } catch {
    return "damaged";
  }
}
