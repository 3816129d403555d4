/** What is known of the events of one segment, gathered while they are written. */
import { TokenSets } from "./tokens.ts";

/** Distinct service names remembered; above that "unknown". */
export const SERVICE_LIMIT = 16;

/** What one event adds to the facts of its segment; one instance is used for all events in turn. */
export class ItemFacts {
  /** the times the event covers, epoch ms; 0 stands for no time */
  startMs = 0;
  endMs = 0;
  /** severity number; 0 when the event has none */
  severity = 0;
  isError = false;

  /** Forgets the event before. */
  reset(): void {
    this.startMs = 0;
    this.endMs = 0;
    this.severity = 0;
    this.isError = false;
  }
}

/** The facts a planner can prune by, and the ones ingest needs. Times are epoch milliseconds. */
export class SegmentFacts {
  events = 0;
  /** earliest and latest time in the events; 0 when no event has one */
  firstMs = 0;
  lastMs = 0;
  /** events that carry no time at all */
  timeless = 0;
  /** highest severity number; a span with status error counts as 17, ERROR */
  severity = 0;
  /** spans and native events with status error, log records and native events of level error or fatal */
  errors = 0;
  /** undefined once there are more than can be remembered */
  services: Set<string> | undefined = new Set();
  tokens: TokenSets;
  #lastService: string | undefined;

  /** @param tokens where the tokens of the events are added; none yet when it is left out */
  constructor(tokens = new TokenSets()) {
    this.tokens = tokens;
  }

  /** Counts one event. */
  add(item: ItemFacts, service: string | undefined): void {
    this.events += 1;
    this.#addTimes(item.startMs, item.endMs);
    if (item.severity > this.severity) {
      this.severity = item.severity;
    }
    if (item.isError) {
      this.errors += 1;
    }
    if (service !== this.#lastService) {
      this.#addService(service);
    }
  }

  #addTimes(startMs: number, endMs: number): void {
    const first = startMs === 0 ? endMs : startMs;
    const last = endMs === 0 ? startMs : endMs;
    if (first === 0) {
      this.timeless += 1;
      return;
    }
    if (this.firstMs === 0 || first < this.firstMs) {
      this.firstMs = first;
    }
    if (last > this.lastMs) {
      this.lastMs = last;
    }
  }

  #addService(service: string | undefined): void {
    this.#lastService = service;
    if (service !== undefined && this.services !== undefined) {
      this.services.add(service);
      if (this.services.size > SERVICE_LIMIT) {
        this.services = undefined;
      }
    }
  }
}
