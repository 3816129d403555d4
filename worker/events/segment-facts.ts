/** What is known of the events of one segment, gathered while they are written. */
import { type Tokens, TokenSets } from "./tokens.ts";

/** Some events as NDJSON, one per line, each line ended by a line feed. */
export interface EventBlock {
  readonly bytes: Uint8Array;
  readonly facts: SegmentFacts;
}

/** The facts a planner can prune by, and the ones ingest needs. Times are epoch milliseconds. */
export interface SegmentFacts {
  readonly events: number;
  /** earliest and latest time in the events; 0 when no event has one */
  readonly firstMs: number;
  readonly lastMs: number;
  /** events that carry no time at all */
  readonly timeless: number;
  /** highest severity number; a span with status error counts as 17, ERROR */
  readonly severity: number;
  /** spans and native events with status error, log records and native events of level error or fatal */
  readonly errors: number;
  /** undefined once there are more than can be remembered */
  readonly services: ReadonlySet<string> | undefined;
  readonly tokens: Tokens;
}

/** Distinct service names remembered; above that "unknown". */
export const SERVICE_LIMIT = 16;

/** What one event adds to the facts of its segment. */
export interface EventFacts {
  /** epoch ms */
  readonly timeMs: number;
  /** severity number; 0 when the event has none */
  readonly severity: number;
  readonly isError: boolean;
  readonly service: string | undefined;
}

/** Gathers the facts of a segment of native events. */
export class FactsGatherer implements SegmentFacts {
  events = 0;
  firstMs = 0;
  lastMs = 0;
  readonly timeless = 0;
  severity = 0;
  errors = 0;
  services: Set<string> | undefined = new Set();
  readonly tokens = new TokenSets();

  /** Counts one event. */
  add({ timeMs, severity, isError, service }: EventFacts): void {
    this.firstMs = this.events === 0 ? timeMs : Math.min(this.firstMs, timeMs);
    this.lastMs = Math.max(this.lastMs, timeMs);
    this.events += 1;
    this.severity = Math.max(this.severity, severity);
    this.errors += isError ? 1 : 0;
    if (service !== undefined && this.services !== undefined) {
      this.services.add(service);
      if (this.services.size > SERVICE_LIMIT) {
        this.services = undefined;
      }
    }
  }
}
