/** Reads answers of the gateway in tests: wherever the gateway is. */
import { plainRequest } from "./otlp-requests.ts";

/** Sends one request to a gateway. */
export type Send = (request: Request) => Promise<Response>;

/** A JSON object, its members yet unknown. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One answer of the query endpoint. */
export interface QueryPage {
  readonly count: number;
  readonly events: readonly JsonObject[];
  readonly nextCursor: string | undefined;
  readonly complete: boolean;
}

/** Query parameters. */
export type Params = Readonly<Record<string, string>>;

/** More pages than any test has: a cursor that never ends fails instead of hanging. */
const MAX_PAGES = 2000;

/** Whether a value is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body of an answer as a JSON object. */
export async function readJson(response: Response): Promise<JsonObject> {
  const value: unknown = await response.json();
  if (!isJsonObject(value)) {
    throw new TypeError("Cannot read the answer: not a JSON object");
  }
  return value;
}

/** Asks the query endpoint once; throws unless it answers 200 in the documented form. */
export async function queryPage(send: Send, params: Params = {}): Promise<QueryPage> {
  const path = `/api/telemetry/query?${new URLSearchParams(params).toString()}`;
  const response = await send(plainRequest(path));
  const reply = await readJson(response);
  const { count, events, next_cursor: cursor, complete } = reply;
  if (
    response.status !== 200 ||
    !Array.isArray(events) ||
    !events.every(isJsonObject) ||
    count !== events.length ||
    typeof complete !== "boolean" ||
    (complete && cursor !== null)
  ) {
    throw new Error(`Cannot query ${path}: ${response.status} ${JSON.stringify(reply)}`);
  }
  return { count, events, nextCursor: typeof cursor === "string" ? cursor : undefined, complete };
}

/** Asks until there are no more pages. */
export async function queryPages(send: Send, params: Params = {}): Promise<readonly QueryPage[]> {
  const pages: QueryPage[] = [];
  let cursor: string | undefined;
  do {
    const page = await queryPage(send, cursor === undefined ? params : { ...params, cursor });
    pages.push(page);
    cursor = page.nextCursor;
    if (pages.length > MAX_PAGES) {
      throw new Error(`Cannot read all events: the cursor goes on after ${MAX_PAGES} pages`);
    }
  } while (cursor !== undefined);
  return pages;
}

/** All events of all pages, newest first. */
export async function queryAll(send: Send, params: Params = {}): Promise<readonly JsonObject[]> {
  return (await queryPages(send, params)).flatMap((page) => page.events);
}

/** The name of an event, wherever its type keeps it. */
export function nameOf(event: JsonObject): string {
  const data = isJsonObject(event["data"]) ? event["data"] : {};
  const name = data["name"] ?? data["event_name"];
  return typeof name === "string" ? name : "";
}

/** The names of events, in order. */
export function namesOf(events: readonly JsonObject[]): readonly string[] {
  return events.map(nameOf);
}
