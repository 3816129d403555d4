/**
 * Cursors: opaque to clients, they hold the place where a page ended, the range, which is frozen
 * on the first page, and a fingerprint of the filters they belong to.
 */
import { type Result, err, ok } from "../core/result.ts";
import type { Filters, Position, Query } from "./query.ts";

const VERSION = 1;

/** What a cursor carries. */
export interface Cursor {
  readonly after: Position;
  readonly startMs: number;
  readonly endMs: number;
  readonly fingerprint: string;
}

/** A short text that differs when the filters do (FNV-1a, 32 bits; it guards against mistakes only). */
export function fingerprintOf(filters: Filters): string {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify(filters)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

/** The cursor for the page after `position`. */
export function encodeCursor(query: Query, position: Position): string {
  const text = JSON.stringify([
    VERSION,
    position.timestampMs,
    position.key,
    position.row,
    query.startMs,
    query.endMs,
    fingerprintOf(query.filters),
  ]);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * Reads a cursor.
 *
 * @returns a reason in words when it is not one of ours
 */
export function decodeCursor(text: string): Result<Cursor, string> {
  let value: unknown;
  try {
    value = JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return err("not a cursor of this gateway");
  }
  if (!Array.isArray(value) || value[0] !== VERSION) {
    return err("not a cursor of this gateway");
  }
  const fields: readonly unknown[] = value;
  const [, timestampMs, key, row, startMs, endMs, fingerprint] = fields;
  if (
    !isCount(timestampMs) ||
    typeof key !== "string" ||
    !isCount(row) ||
    !isCount(startMs) ||
    !isCount(endMs) ||
    typeof fingerprint !== "string"
  ) {
    return err("not a cursor of this gateway");
  }
  return ok({ after: { timestampMs, key, row }, startMs, endMs, fingerprint });
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
