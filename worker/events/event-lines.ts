/**
 * Events as lines of NDJSON, gathered into segments.
 *
 *     {"event_type":"span","data":{"resource":{…},"scope":{…} ← head   ,"name":…   },"received_at":…}⏎ ← tail
 *
 * The head is rendered once per scope (per metric for data points) and copied in front of each
 * item; the tail is the same for the whole request.
 */
import type { BufferPool } from "../core/buffer-pool.ts";
import { type Literal, literal } from "../core/bytes.ts";
import { addLineTokens } from "./event-tokens.ts";
import { JsonWriter } from "./json-writer.ts";
import { Notes } from "./notes.ts";
import { ItemFacts, SegmentFacts } from "./segment-facts.ts";
import { MANY_SLOTS, TokenSets } from "./tokens.ts";

/** What every event of a request shares. */
export interface EventFrame {
  /** when the gateway received the request, epoch ms */
  readonly receivedAtMs: number;
  /** ASCII */
  readonly batchId: string;
  /** a segment is cut before it grows beyond this; only a single longer event may exceed it */
  readonly segmentLimitBytes: number;
  /** size of the first buffer: about what the request will need, to avoid growing */
  readonly expectedBytes: number;
  /** where the blocks' buffers come from; give them back when a block is no longer needed */
  readonly buffers?: BufferPool;
  /** whether spans without a valid trace or span id are rejected; absent: no */
  readonly requiresSpanIds?: boolean;
}

/** Some events as NDJSON, one per line, each line ended by a line feed. */
export interface EventBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly facts: SegmentFacts;
}

/** Something that writes into {@link EventLines} and may hold parts of a request. */
export interface LineWriter {
  /** Lets go of the request. */
  release(): void;
}

const NOTHING = new Uint8Array(0);
const INITIAL_LIMIT_BYTES = 4096;
const HEAD_BYTES = 2048;
const SCRATCH_BYTES = 64;
/** What a few dozen events take. */
const MANY_EVENTS_BYTES = 64 * 1024;

/** Builds the lines of one request. */
export class EventLines {
  /** where an item's members are written, between {@link begin} and {@link commit} */
  readonly out: JsonWriter;
  /** where heads are written */
  readonly head = new JsonWriter(HEAD_BYTES);
  /** where a text can be written that is not to be stored; start with length 0 */
  readonly scratch = new JsonWriter(SCRATCH_BYTES);
  readonly notes = new Notes();
  /** facts of the event begun, to be filled in before {@link commit} */
  readonly item = new ItemFacts();
  /**
   * the tokens of the block that is being written, for writers to add to: those of a head as soon
   * as it is written, those of an event as it is written, even if it is then rejected
   */
  readonly tokens: TokenSets;
  #facts: SegmentFacts;
  #headBytes: Uint8Array = NOTHING;
  /** what was cut off of it would be missing from each event */
  #headIsTooLong = false;
  readonly #writers: LineWriter[] = [];
  readonly #tail: Literal;
  readonly #segmentLimitBytes: number;
  #service: string | undefined;
  /** see {@link EventFrame} */
  readonly requiresSpanIds: boolean;

  constructor(frame: EventFrame) {
    this.requiresSpanIds = frame.requiresSpanIds ?? false;
    this.#segmentLimitBytes = frame.segmentLimitBytes;
    this.out = new JsonWriter(
      Math.min(
        Math.max(frame.expectedBytes, INITIAL_LIMIT_BYTES),
        frame.segmentLimitBytes + INITIAL_LIMIT_BYTES,
      ),
      frame.buffers,
    );
    this.tokens =
      frame.expectedBytes < MANY_EVENTS_BYTES ? new TokenSets() : new TokenSets(MANY_SLOTS);
    this.#facts = new SegmentFacts(this.tokens);
    const batchId = JSON.stringify(frame.batchId);
    this.#tail = literal(`},"received_at":${frame.receivedAtMs},"batch_id":${batchId}}\n`);
  }

  /** Takes what stands in {@link head} as the start of the events to come; it must not change then. */
  useHead(): void {
    this.#headBytes = this.head.bytes.subarray(0, this.head.length);
    this.#headIsTooLong = this.head.lineIsTooLong();
  }

  /** Names the service that the events to come belong to. */
  useService(service: string | undefined): void {
    this.#service = service;
  }

  /** Starts an event; its members follow in {@link out}. */
  begin(): void {
    this.item.reset();
    this.notes.beginItem();
    this.out.beginLine();
    this.out.writeBytes(this.#headBytes);
  }

  /** Takes the event begun back: it is not stored, and counts as rejected. */
  reject(reason: string): void {
    this.out.length = this.out.lineStart;
    this.notes.reject(reason);
  }

  /**
   * Ends the event begun.
   *
   * @returns a full block that no longer changes, when this event did not fit into it any more
   */
  commit(): EventBlock | undefined {
    const out = this.out;
    out.writeLiteral(this.#tail);
    if (out.lineIsTooLong() || this.#headIsTooLong) {
      this.reject("event longer than 24 MiB as JSON; send less data in one item");
      return undefined;
    }
    this.notes.accepted += 1;
    const full =
      out.length > this.#segmentLimitBytes && out.lineStart > 0 ? this.#cut() : undefined;
    this.#facts.add(this.item, this.#service);
    return full;
  }

  /** The events since the last full block; undefined when there are none. */
  finish(): EventBlock | undefined {
    return this.out.length === 0
      ? undefined
      : { bytes: this.out.bytes.subarray(0, this.out.length), facts: this.#facts };
  }

  /**
   * Lets go of the request once all its blocks are made. What is left is small, and good for
   * nothing but to be kept alive (ingest/transcode-export.ts).
   */
  release(): void {
    this.#headBytes = NOTHING;
    this.head.release();
    this.scratch.release();
    this.out.release();
    for (const writer of this.#writers) {
      writer.release();
    }
  }

  /** Has {@link release} reach what writes into these lines, and keeps it alive with them. */
  attach(writer: LineWriter): void {
    this.#writers.push(writer);
  }

  /** Closes the block before the current event and moves that event into a new one. */
  #cut(): EventBlock {
    const out = this.out;
    const full = { bytes: out.bytes.subarray(0, out.lineStart), facts: this.#facts };
    full.facts.tokens = this.tokens.take();
    out.moveLine();
    this.#facts = new SegmentFacts(this.tokens);
    // Those of its head and its own were added to the block before.
    addLineTokens(out.bytes.subarray(0, out.length), this.tokens);
    return full;
  }
}
