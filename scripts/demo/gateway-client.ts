/** Asks the gateway what it has stored. */
import type { Destination } from "./telemetry.ts";

/** An event as the query endpoint returns it; docs/event-schema.md describes `data`. */
export interface StoredEvent {
  readonly eventType: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const PAGE_LIMIT = "100";

/**
 * Checks that there is a gateway which accepts the key, before anything is sent to it.
 *
 * @throws Error telling a person what to do about it
 */
export async function checkGateway(destination: Destination): Promise<void> {
  const health = await request(destination, "/health");
  if (health.status !== 200) {
    throw new Error(
      `Cannot use ${destination.endpoint}: /health answers ${health.status}, so it is not a gateway`,
    );
  }
  await readJson(destination, await request(destination, "/api/telemetry/query?limit=1"));
}

/** The address of a query, for people to open it themselves. */
export function queryUrl(endpoint: string, filters: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams({ start: "-5m", limit: PAGE_LIMIT, ...filters });

  return `${endpoint}/api/telemetry/query?${parameters.toString()}`;
}

/**
 * Reads all events of the last five minutes that match, page by page.
 *
 * @param filters parameters of the query endpoint
 * @throws Error when the gateway refuses, or the reply is not of the documented form
 */
export async function queryEvents(
  destination: Destination,
  filters: Readonly<Record<string, string>>,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  let cursor: string | undefined;
  do {
    const url = queryUrl("", cursor === undefined ? filters : { ...filters, cursor });
    const reply = await readJson(destination, await request(destination, url));
    const page = isRecord(reply) ? reply["events"] : undefined;
    if (!isRecord(reply) || !Array.isArray(page)) {
      throw new Error(`Cannot read the answer to ${url}: it has no events`);
    }
    events.push(...page.map(parseEvent));
    const next = reply["next_cursor"];
    cursor = typeof next === "string" ? next : undefined;
  } while (cursor !== undefined);

  return events;
}

/** Narrows a parsed JSON value to an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseEvent(value: unknown): StoredEvent {
  if (!isRecord(value) || typeof value["event_type"] !== "string" || !isRecord(value["data"])) {
    throw new Error(`Cannot read an event: ${JSON.stringify(value)}`);
  }

  return { eventType: value["event_type"], data: value["data"] };
}

async function request({ endpoint, apiKey }: Destination, path: string): Promise<Response> {
  try {
    return await fetch(`${endpoint}${path}`, {
      headers: { Authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch (error) {
    throw new Error(
      `Cannot reach the gateway at ${endpoint}: start it with \`npm start\`, or name another one ` +
        "with `npm run demo -- --endpoint URL --key KEY`",
      { cause: error },
    );
  }
}

async function readJson({ endpoint }: Destination, response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.status === 401 || response.status === 403) {
    throw new Error(
      `Cannot use ${endpoint}: it refuses the API key. Pass the one it was started with, by ` +
        "--key or TELEMETRY_API_KEY",
    );
  }
  if (response.status !== 200) {
    throw new Error(`Cannot query ${endpoint}: status ${response.status}, ${text.slice(0, 500)}`);
  }
  const parsed: unknown = JSON.parse(text);

  return parsed;
}
