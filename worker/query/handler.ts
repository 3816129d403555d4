/** Answers questions about stored events: parameters → scan → answer. */
import type { Authenticate } from "../http/auth.ts";
import { apiError, jsonText } from "../http/respond.ts";
import type { Store } from "../store/store.ts";
import { encodeCursor } from "./cursor.ts";
import { parseQuery } from "./params.ts";
import type { Query } from "./query.ts";
import { type Page, scan } from "./scan.ts";

/** What the read side needs from outside. */
export interface QueryContext {
  readonly authenticate: Authenticate;
  readonly store: Store;
  readonly retentionSeconds: number;
  /** epoch ms */
  readonly now: () => number;
}

/** Answers `GET /api/telemetry/query`. */
export async function handleQuery(request: Request, context: QueryContext): Promise<Response> {
  const authenticated = await context.authenticate(request.headers);
  if (!authenticated.ok) {
    return apiError(authenticated.error);
  }
  const query = parseQuery(new URL(request.url).searchParams, {
    nowMs: context.now(),
    retentionSeconds: context.retentionSeconds,
  });
  if (!query.ok) {
    return apiError(query.error);
  }
  const page = await scan(query.value, context.store);
  return page.ok
    ? jsonText(renderPage(page.value, query.value))
    : apiError({ kind: "unavailable", message: "Cannot read the events right now: ask again" });
}

/** `{count, events, next_cursor, complete}`; the events are copied as stored, digit for digit. */
function renderPage({ events, next }: Page, query: Query): string {
  const cursor = next === undefined ? "null" : JSON.stringify(encodeCursor(query, next));
  return `{"count":${events.length},"events":[${events.join(",")}],"next_cursor":${cursor},"complete":${next === undefined}}`;
}
