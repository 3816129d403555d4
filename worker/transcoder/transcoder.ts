/**
 * The host of the transcoder in WebAssembly (assembly/, ADR 011): an export request in protobuf →
 * blocks of events as NDJSON.
 */
import { LEVELS, levelOfText } from "../events/level.ts";
import { EVENT_LIMIT_BYTES } from "../events/limits.ts";
import { type EventBlock, SERVICE_LIMIT, type SegmentFacts } from "../events/segment-facts.ts";
import { KindNumber, TOKEN_KEYS, TokenList } from "../events/tokens.ts";
import type { Notes } from "../otlp/notes.ts";
import type { SignalShape } from "../otlp/signal.ts";
import type { DecodeError } from "./decode-error.ts";
import { WARNINGS, problemText, rejectionText } from "./problems.ts";
import { SCHEMA_IMAGE_BYTES, type SchemaImage, schemaImage } from "./schema-image.ts";

/** What every event of a request shares, and what may be done with it. */
export interface TranscodeOptions {
  readonly shape: SignalShape;
  /** when the gateway received the request, epoch ms */
  readonly receivedAtMs: number;
  /** ASCII */
  readonly batchId: string;
  /** a block is cut before it grows beyond this; only a single longer event may exceed it */
  readonly segmentLimitBytes: number;
  /** whether spans without a valid trace or span id are rejected */
  readonly requiresSpanIds: boolean;
  /** counts what is kept, rejected and changed */
  readonly notes: Notes;
  /**
   * Takes each block as it fills up, also of a request that then turns out not to decode. Its bytes
   * are overwritten after the call. False ends the work.
   */
  readonly takeBlock: (block: EventBlock) => boolean;
}

/**
 * An instance whose memory has grown beyond this is not kept for the next request: memory of
 * WebAssembly never shrinks, and an isolate has 128 MB. A request of 20 MiB fits.
 */
const KEEP_LIMIT_BYTES = 32 * 1024 * 1024;
/** How `Facts` of assembly/facts.ts is laid out, in bytes. */
const FACTS = {
  events: 0,
  timeless: 4,
  severity: 8,
  errors: 12,
  firstMs: 16,
  lastMs: 24,
  services: 32,
  serviceNames: 36,
  serviceNamesEnd: 40,
  tokens: 44,
  tokenCount: 48,
  unknownKinds: 52,
} as const;
const TOKEN_NUMBERS = 2;
/** Room for the end of each line: `tailAt` in assembly/index.ts. */
const TAIL_LIMIT_BYTES = 1024;
const TWO_POW_32 = 4_294_967_296;
const encoder = new TextEncoder();
/** A byte order mark is part of a name. */
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** What assembly/index.ts exports. */
interface TranscoderExports {
  readonly memory: WebAssembly.Memory;
  readonly allocate: (bytes: number) => number;
  readonly allocateRequest: (bytes: number) => number;
  readonly release: (at: number) => void;
  readonly useMessages: (...messages: readonly number[]) => void;
  readonly addTokenKey: (from: number, to: number, kind: number) => void;
  readonly tailAt: () => number;
  readonly useFrame: (tailLength: number, requiresSpanIds: number) => void;
  readonly useLimits: (blockBytes: number, eventBytes: number) => void;
  readonly transcode: (shape: number) => number;
  readonly problemOffset: () => number;
  readonly problemMessage: () => number;
  readonly problemNumber: () => number;
  readonly problemWireType: () => number;
}

const FUNCTION_NAMES = [
  "allocate",
  "allocateRequest",
  "release",
  "useMessages",
  "addTokenKey",
  "tailAt",
  "useFrame",
  "useLimits",
  "transcode",
  "problemOffset",
  "problemMessage",
  "problemNumber",
  "problemWireType",
] as const;

function areTranscoderExports(exports: object): exports is TranscoderExports {
  return (
    Reflect.get(exports, "memory") instanceof WebAssembly.Memory &&
    FUNCTION_NAMES.every((name) => typeof Reflect.get(exports, name) === "function")
  );
}

/** Transcodes requests, one at a time. One per isolate. */
export class Transcoder {
  readonly #module: WebAssembly.Module;
  #kept: Instance | undefined;

  /**
   * Makes the first instance at once, which takes milliseconds as long as its code is cold: better at
   * start-up than in a request.
   *
   * @param module assembly/index.ts, compiled
   */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#kept = new Instance(module);
  }

  /**
   * Transcodes a request.
   *
   * @param body the protobuf bytes of an Export*ServiceRequest
   * @returns why the bytes do not decode; undefined when they do
   */
  transcode(body: Uint8Array, options: TranscodeOptions): DecodeError | undefined {
    const instance = this.#kept ?? new Instance(this.#module);
    // Only kept when all went well: after an exception nobody knows what state it is in.
    this.#kept = undefined;
    const problem = instance.transcode(body, options);
    if (instance.memoryBytes <= KEEP_LIMIT_BYTES) {
      this.#kept = instance;
    }
    return problem;
  }
}

/** An instance of the module, with its memory. */
class Instance {
  readonly #exports: TranscoderExports;
  readonly #schema: SchemaImage;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  /** of the request that is being transcoded */
  #options: TranscodeOptions | undefined;

  constructor(module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module, { host: this.#imports() });
    if (!areTranscoderExports(exports)) {
      throw new Error("Cannot use the transcoder: the module is another one");
    }
    this.#exports = exports;
    const start = exports.allocate(SCHEMA_IMAGE_BYTES);
    this.#schema = schemaImage(start);
    this.#refresh();
    this.#bytes.set(this.#schema.bytes, start);
    exports.useMessages(...this.#schema.roots);
    for (const [key, kind] of TOKEN_KEYS) {
      const from = this.#put(encoder.encode(key));
      exports.addTokenKey(from, from + key.length, KindNumber[kind]);
      exports.release(from);
    }
  }

  /** Bytes of its memory. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  transcode(body: Uint8Array, options: TranscodeOptions): DecodeError | undefined {
    const { shape } = options;
    const exports = this.#exports;
    const batchId = JSON.stringify(options.batchId);
    const tail = encoder.encode(`},"received_at":${options.receivedAtMs},"batch_id":${batchId}}\n`);
    if (tail.length > TAIL_LIMIT_BYTES) {
      throw new RangeError(
        `Cannot transcode: the batch id takes more than ${TAIL_LIMIT_BYTES} bytes`,
      );
    }
    this.#refresh();
    this.#bytes.set(tail, exports.tailAt());
    exports.useFrame(tail.length, options.requiresSpanIds ? 1 : 0);
    exports.useLimits(options.segmentLimitBytes, EVENT_LIMIT_BYTES);
    const bodyAt = exports.allocateRequest(body.length);
    this.#refresh();
    this.#bytes.set(body, bodyAt);
    this.#options = options;
    const problem = exports.transcode(this.#schema.shapes[shape.signal]);
    this.#options = undefined;
    return problem === 0 ? undefined : this.#error(problem, shape);
  }

  #error(problem: number, shape: SignalShape): DecodeError {
    const exports = this.#exports;
    const reason = problemText(problem, {
      message: this.#schema.messages[exports.problemMessage()],
      number: exports.problemNumber(),
      wireType: exports.problemWireType(),
    });
    return {
      kind: "malformed",
      message: `Cannot decode ${shape.request.name} as protobuf: ${reason}, at byte ${exports.problemOffset()}`,
    };
  }

  /** Puts bytes into its memory; the address. */
  #put(bytes: Uint8Array): number {
    const at = this.#exports.allocate(bytes.length);
    this.#refresh();
    this.#bytes.set(bytes, at);
    return at;
  }

  /** Memory that grows is another buffer. */
  #refresh(): void {
    const { buffer } = this.#exports.memory;
    if (this.#bytes.buffer !== buffer) {
      this.#bytes = new Uint8Array(buffer);
      this.#view = new DataView(buffer);
    }
  }

  /** What assembly/host.ts declares. */
  #imports(): WebAssembly.ModuleImports {
    return {
      formatDouble: (value: number, at: number): number => {
        this.#refresh();
        return encoder.encodeInto(String(value), this.#bytes.subarray(at)).written;
      },
      levelOfText: (from: number, to: number): number => {
        this.#refresh();
        const level = levelOfText(decoder.decode(this.#bytes.subarray(from, to)));
        return level === undefined ? -1 : LEVELS.indexOf(level);
      },
      takeBlock: (from: number, to: number, factsAt: number): number => {
        this.#refresh();
        const options = this.#options;
        const facts = this.#factsAt(factsAt);
        const bytes = this.#bytes.subarray(from, to);
        if (options === undefined || !options.takeBlock({ bytes, facts })) {
          return 0;
        }
        options.notes.accepted += facts.events;
        return 1;
      },
      rejectItem: (reason: number, ...idBytes: readonly number[]): void => {
        const notes = this.#options?.notes;
        // Warnings about a rejected item never came: those that did are about items that are kept.
        notes?.beginItem();
        notes?.reject(rejectionText(reason, idBytes));
      },
      warn: (warning: number, count: number): void => {
        const text = WARNINGS[warning];
        if (text !== undefined) {
          this.#options?.notes.warn(text, count);
        }
      },
    };
  }

  #factsAt(at: number): SegmentFacts {
    const tokens = this.#number(at + FACTS.tokens);
    const tokenBytes = this.#number(at + FACTS.tokenCount) * TOKEN_NUMBERS * 4;
    const pairs = new Uint32Array(this.#bytes.slice(tokens, tokens + tokenBytes).buffer);
    return {
      events: this.#number(at + FACTS.events),
      timeless: this.#number(at + FACTS.timeless),
      severity: this.#number(at + FACTS.severity),
      errors: this.#number(at + FACTS.errors),
      firstMs: this.#long(at + FACTS.firstMs),
      lastMs: this.#long(at + FACTS.lastMs),
      services: this.#servicesAt(at),
      tokens: new TokenList(pairs, this.#number(at + FACTS.unknownKinds)),
    };
  }

  #servicesAt(at: number): ReadonlySet<string> | undefined {
    if (this.#number(at + FACTS.services) > SERVICE_LIMIT) {
      return undefined;
    }
    const services = new Set<string>();
    const end = this.#number(at + FACTS.serviceNamesEnd);
    let start = this.#number(at + FACTS.serviceNames);
    while (start < end) {
      const length = this.#view.getUint16(start, true);
      const json = decoder.decode(this.#bytes.subarray(start + 2, start + 2 + length));
      const name: unknown = JSON.parse(`"${json}"`);
      services.add(String(name));
      start += 2 + length;
    }
    return services;
  }

  #number(at: number): number {
    return this.#view.getUint32(at, true);
  }

  /** A 64-bit integer below 2^53. */
  #long(at: number): number {
    return this.#number(at) + this.#number(at + 4) * TWO_POW_32;
  }
}
