/**
 * Segment keys: `{prefix}:{timestamp}:{code}` (docs/kv-schema.md).
 *
 * - prefix: the signal, or `telemetry` for native events
 * - timestamp: when the gateway received the request, epoch ms, 13 digits
 * - code: [A-Za-z0-9]; for OTLP 16 characters that the body determines, so that a repeat of the
 *   same body is recognised, then three digits for the second and further parts of a split batch;
 *   for native events 8 random characters
 */
import type { Signal } from "../otlp/signal.ts";

/** What a segment key starts with. */
export type SegmentPrefix = Signal | "telemetry";

/** All of them. */
export const SEGMENT_PREFIXES: readonly SegmentPrefix[] = [
  "traces",
  "metrics",
  "logs",
  "telemetry",
];

/** Digits of a timestamp: epoch milliseconds from 2001 to 2286. */
export const TIMESTAMP_DIGITS = 13;
const PART_DIGITS = 3;

/** A parsed key. */
export interface SegmentKey {
  readonly prefix: SegmentPrefix;
  readonly timestampMs: number;
  readonly code: string;
}

const KEY = /^(traces|metrics|logs|telemetry):(\d{13}):([A-Za-z0-9]{8,})$/;

/** The key's text. */
export function formatKey({ prefix, timestampMs, code }: SegmentKey): string {
  return `${prefix}:${formatTimestamp(timestampMs)}:${code}`;
}

/** A time as it stands in keys. */
export function formatTimestamp(timestampMs: number): string {
  return String(timestampMs).padStart(TIMESTAMP_DIGITS, "0");
}

/** The code of part `index` (from 0) of a batch that was split by size. */
export function partCode(batchCode: string, index: number): string {
  return index === 0 ? batchCode : `${batchCode}${String(index).padStart(PART_DIGITS, "0")}`;
}

/** Reads a key; undefined for keys that are not segments. */
export function parseKey(text: string): SegmentKey | undefined {
  const [, prefix, timestamp, code] = KEY.exec(text) ?? [];
  if (prefix === undefined || timestamp === undefined || code === undefined) {
    return undefined;
  }
  return isSegmentPrefix(prefix) ? { prefix, timestampMs: Number(timestamp), code } : undefined;
}

/** Whether a word is a segment prefix. */
export function isSegmentPrefix(word: string): word is SegmentPrefix {
  return word === "traces" || word === "metrics" || word === "logs" || word === "telemetry";
}
