/** Where the next page of a list starts. Opaque to callers, as KV's cursors are. */
import { kvFailure } from "./operations.ts";

/** A place in a list. */
export interface ListPosition {
  /** KV wants the same prefix on every page (cloudflare-docs#9782) */
  readonly prefix: string;
  /** the last key looked at; "": none yet */
  readonly after: string;
  /** empty pages still to come before the first keys */
  readonly emptyPages: number;
}

/** The cursor of a place. */
export function formatCursor({ prefix, after, emptyPages }: ListPosition): string {
  return btoa(encodeURIComponent(JSON.stringify([prefix, after, emptyPages])));
}

/** @throws when it is not a cursor, or belongs to a list of another prefix */
export function parseCursor(cursor: string, prefix: string): ListPosition {
  const [ownPrefix, after, emptyPages] = partsOf(cursor);
  if (
    typeof ownPrefix !== "string" ||
    typeof after !== "string" ||
    typeof emptyPages !== "number"
  ) {
    throw kvFailure("list", "400 Invalid cursor");
  }
  if (ownPrefix !== prefix) {
    throw kvFailure("list", "400 the cursor belongs to another prefix");
  }
  return { prefix, after, emptyPages };
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(decodeURIComponent(atob(cursor)));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
