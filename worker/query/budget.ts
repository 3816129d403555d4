/**
 * What one question may cost, and what it has cost. When the budget is used up the answer says so
 * and carries a cursor: a second request goes on where this one stopped.
 */

/**
 * KV allows 1,000 operations per request; a question that needs more than these is better continued
 * than cut off by the platform in the middle. 200 lists show 200,000 segments.
 */
const LIST_LIMIT = 200;
const READ_LIMIT = 200;
/** Bytes of events looked through: some 100 MB/s where every event is parsed, so a second of CPU. */
const BYTES_LIMIT = 96 * 1024 * 1024;
/** Events parsed, at some 5 µs each: the same second where they are many and small. */
const EVENTS_LIMIT = 200_000;

/** Steps of regular expressions, at some 10 ns each: the same second. */
const STEPS_LIMIT = 100_000_000;

/** USD per operation: https://developers.cloudflare.com/kv/platform/pricing/ */
const USD_PER_LIST = 5 / 1_000_000;
/** Each key of a bulk read is billed, also when it is gone. */
const USD_PER_KEY_READ = 0.5 / 1_000_000;

/** Why an answer is not complete: what was used up first. */
export type StopReason = "limit" | "lists" | "reads" | "bytes" | "events" | "steps";

/** What an answer reports of the work behind it. */
export interface Scanned {
  /** list operations */
  readonly lists: number;
  /** read operations; a bulk read is one */
  readonly reads: number;
  /** segments read, and the keys that were billed */
  readonly segments: number;
  /** segments that their summaries ruled out */
  readonly pruned: number;
  /** bytes of events looked through */
  readonly bytes: number;
  /** events that were parsed */
  readonly events: number;
  /** segments that a list shows and a read does not find, though they have not expired; absent: none */
  readonly missing?: number;
  /** values and lines that could not be read and are missing in the answer; absent: none */
  readonly damaged?: number;
}

/** Counts what a question has used. */
export class Budget {
  lists = 0;
  reads = 0;
  segments = 0;
  pruned = 0;
  bytes = 0;
  events = 0;
  damaged = 0;
  missing = 0;
  /** of regular expressions; they count them here themselves */
  steps = 0;

  /** What is used up; undefined while there is something left of everything. */
  get spent(): StopReason | undefined {
    if (this.lists >= LIST_LIMIT) {
      return "lists";
    }
    if (this.reads >= READ_LIMIT) {
      return "reads";
    }
    if (this.bytes >= BYTES_LIMIT) {
      return "bytes";
    }
    if (this.events >= EVENTS_LIMIT) {
      return "events";
    }
    return this.isOutOfSteps ? "steps" : undefined;
  }

  /** Whether regular expressions must stop: the one thing that can cost too much in one segment. */
  get isOutOfSteps(): boolean {
    return this.steps >= STEPS_LIMIT;
  }

  /** Bytes that may still be looked through. */
  get bytesLeft(): number {
    return Math.max(0, BYTES_LIMIT - this.bytes);
  }

  /** Counts in what another budget has used. */
  add(other: Budget): void {
    this.lists += other.lists;
    this.reads += other.reads;
    this.segments += other.segments;
    this.pruned += other.pruned;
    this.bytes += other.bytes;
    this.events += other.events;
    this.damaged += other.damaged;
    this.missing += other.missing;
    this.steps += other.steps;
  }

  /** Whether something that was looked for could not be read. */
  get hasLost(): boolean {
    return this.missing > 0 || this.damaged > 0;
  }

  /** What was used so far. */
  report(): Scanned {
    const { lists, reads, segments, pruned, bytes, events, damaged, missing } = this;
    return {
      lists,
      reads,
      segments,
      pruned,
      bytes,
      events,
      ...(missing > 0 && { missing }),
      ...(damaged > 0 && { damaged }),
    };
  }

  /** What KV bills for it, at list prices. */
  costUsd(): number {
    return this.lists * USD_PER_LIST + this.segments * USD_PER_KEY_READ;
  }
}
