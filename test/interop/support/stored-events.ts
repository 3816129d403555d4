/** Reads back through the query endpoint what the gateway stored. */

/** One event as the query endpoint returns it. */
export interface StoredEvent {
  readonly event_type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly received_at: number;
  readonly batch_id?: string;
}

/** Where the gateway is, and the key it accepts. */
export interface GatewayAddress {
  readonly url: string;
  readonly apiKey: string;
}

/** Small, so that a run of a client takes more than one page. */
const PAGE_LIMIT = 10;
/** Far more pages than any test needs: a cursor that never ends fails instead of hanging. */
const MAX_PAGES = 500;

/**
 * Reads all events that match, page by page.
 *
 * @param gateway the gateway to ask
 * @param filters query parameters, such as `service` or `event_type`
 * @returns the events in the order of the reply, newest first
 * @throws Error when a reply is not 200 or not of the documented form
 */
export async function readEvents(
  gateway: GatewayAddress,
  filters: Readonly<Record<string, string>>,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const parameters = { limit: String(PAGE_LIMIT), ...filters };
    const reply = await readPage(
      gateway,
      cursor === undefined ? parameters : { ...parameters, cursor },
    );
    events.push(...reply.events);
    if (reply.nextCursor === undefined) {
      return events;
    }
    cursor = reply.nextCursor;
  }
  throw new Error(`Cannot read all events: the cursor goes on after ${MAX_PAGES} pages`);
}

interface Page {
  readonly events: readonly StoredEvent[];
  readonly nextCursor: string | undefined;
}

async function readPage(
  gateway: GatewayAddress,
  parameters: Readonly<Record<string, string>>,
): Promise<Page> {
  const url = `${gateway.url}/api/telemetry/query?${new URLSearchParams(parameters).toString()}`;
  const response = await fetch(url, { headers: { Authorization: `Bearer ${gateway.apiKey}` } });
  const text = await response.text();
  if (response.status !== 200) {
    throw new Error(`Cannot query ${url}: status ${response.status}, ${text}`);
  }
  const reply: unknown = JSON.parse(text);
  if (!isRecord(reply) || !Array.isArray(reply["events"])) {
    throw new Error(`Cannot query ${url}: no events in ${text}`);
  }
  const events = reply["events"].filter(isStoredEvent);
  if (events.length !== reply["events"].length || reply["count"] !== events.length) {
    throw new Error(`Cannot query ${url}: malformed events or count in ${text}`);
  }
  const next = reply["next_cursor"];

  return { events, nextCursor: typeof next === "string" ? next : undefined };
}

function isStoredEvent(value: unknown): value is StoredEvent {
  return (
    isRecord(value) &&
    typeof value["event_type"] === "string" &&
    typeof value["received_at"] === "number" &&
    isRecord(value["data"])
  );
}

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
