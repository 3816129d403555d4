/** The events of one run of a client, sorted so that they compare with what was sent. */
import { sortPoints } from "../expected/points.ts";
import type { EventData } from "../expected/traits.ts";
import { type GatewayAddress, type StoredEvent, readEvents } from "./stored-events.ts";

/** The `data` of all events of one service, by kind. */
export interface StoredRun {
  /** Sorted by name. */
  readonly spans: readonly EventData[];
  /** In the order of `sortPoints`. */
  readonly points: readonly EventData[];
  /** Oldest first. */
  readonly records: readonly EventData[];
}

/** Reads all events of one service. */
export async function readRun(gateway: GatewayAddress, service: string): Promise<StoredRun> {
  const events = await readEvents(gateway, { service });

  return {
    spans: sortBy(dataOf(events, "span"), "name"),
    points: sortPoints(dataOf(events, "metric")),
    records: sortBy(dataOf(events, "log"), "time_unix_nano"),
  };
}

function dataOf(events: readonly StoredEvent[], type: string): readonly EventData[] {
  return events.filter((event) => event.event_type === type).map((event) => event.data);
}

function sortBy(items: readonly EventData[], field: string): readonly EventData[] {
  return items.toSorted((a, b) => (String(a[field]) < String(b[field]) ? -1 : 1));
}
