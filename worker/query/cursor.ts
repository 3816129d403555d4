/**
 * Cursors: opaque to clients, they hold the place where a page ended and the range, which is frozen
 * on the first page. They are signed together with the question they belong to, so that nobody can
 * make one up and none works with another question.
 *
 *     base64url(JSON [version, timestampMs, key, row, startMs, endMs, question]) "." base64url(tag)
 */
import { type Result, err, ok } from "../core/result.ts";
import type { Position, TimeRange } from "./query.ts";

const VERSION = 2;
/** Bytes of the tag that are kept: 128 bits (RFC 2104 §5 wants half of the hash at least). */
const TAG_BYTES = 16;
const encoder = new TextEncoder();

/** Computes the tag of a text: HMAC-SHA-256 under a key only this gateway has. */
export type Sign = (text: string) => Promise<Uint8Array>;

/** What a cursor carries. */
export interface Cursor {
  /** everything down to this place, itself included, has been answered */
  readonly after: Position;
  readonly range: TimeRange;
}

/** Why a cursor is refused, in words. */
export type CursorError = string;

/**
 * Builds a signer from the secret of the gateway: a new secret ends all cursors.
 *
 * @param secret not empty
 */
export function cursorSigner(secret: string): Sign {
  let key: Promise<CryptoKey> | undefined;
  return async (text) => {
    key ??= crypto.subtle.importKey(
      "raw",
      encoder.encode(secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const tag = await crypto.subtle.sign("HMAC", await key, encoder.encode(`cursor\n${text}`));
    return new Uint8Array(tag, 0, TAG_BYTES);
  };
}

/**
 * The cursor for what follows.
 *
 * @param question the question in a form that differs when the question does, paging aside
 */
export async function encodeCursor(
  { after, range }: Cursor,
  question: string,
  sign: Sign,
): Promise<string> {
  const payload = toBase64Url(
    encoder.encode(
      JSON.stringify([
        VERSION,
        after.timestampMs,
        after.key,
        after.row,
        range.startMs,
        range.endMs,
        fingerprintOf(question),
      ]),
    ),
  );
  return `${payload}.${toBase64Url(await sign(`${payload}\n${question}`))}`;
}

/** Reads a cursor. */
export async function decodeCursor(
  text: string,
  question: string,
  sign: Sign,
): Promise<Result<Cursor, CursorError>> {
  const [payload = "", tag] = text.split(".");
  const parsed = parsePayload(payload);
  if (parsed === undefined || tag === undefined) {
    return err("it is not a cursor of this gateway");
  }
  if (parsed.fingerprint !== fingerprintOf(question)) {
    return err("it belongs to another question: send it with the parameters it was answered to");
  }
  // The tag is no secret worth the time it takes to compare: whoever sees it has the cursor.
  return tag === toBase64Url(await sign(`${payload}\n${question}`))
    ? ok(parsed.cursor)
    : err("it was not made by this gateway, or before its key changed");
}

function parsePayload(
  payload: string,
): { readonly cursor: Cursor; readonly fingerprint: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value[0] !== VERSION) {
    return undefined;
  }
  const fields: readonly unknown[] = value;
  const [, timestampMs, key, row, startMs, endMs, fingerprint] = fields;
  return isCount(timestampMs) &&
    typeof key === "string" &&
    isCount(row) &&
    isCount(startMs) &&
    isCount(endMs) &&
    typeof fingerprint === "string"
    ? { cursor: { after: { timestampMs, key, row }, range: { startMs, endMs } }, fingerprint }
    : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Tells questions apart for a better message only; the tag is what binds them (FNV-1a, 32 bits). */
function fingerprintOf(question: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < question.length; at += 1) {
    hash = Math.imul(hash ^ question.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
