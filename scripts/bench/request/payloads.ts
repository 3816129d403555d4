/**
 * The exports that are sent: 1 span, 512 spans, and just below the cap of 20 MiB, all from one
 * recorded export of the Go SDK. Every body has its own ids and recent times, as in reality: a
 * repeated body would count as a repeat, an old one would cost a read.
 */
import { randomFillSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import protobuf from "protobufjs";

import { loadProtoRoot } from "../../proto-root.ts";

/** A body that is made anew for each request. */
export interface Payload {
  readonly name: string;
  readonly spans: number;
  /** bytes before compression */
  readonly bytes: number;
  readonly isGzip: boolean;
  /** Makes a body with new ids, whose latest time is `nowMs` (epoch ms). */
  make(nowMs: number): Uint8Array;
}

/** Where in a template ids and times stand. */
interface Marks {
  readonly ids: { readonly at: number; readonly length: number }[];
  /** 8 bytes each, little endian, ns since the epoch */
  readonly times: number[];
}

const FIXTURE = join(import.meta.dirname, "../../../test/fixtures/traces_go_512.bin");
const FIXTURE_SPANS = 512;
/** MAX_BODY_BYTES of wrangler.toml, and the default of the Collector. */
const CAP_BYTES = 20 * 1024 * 1024;
const ID_FIELDS: ReadonlySet<string> = new Set(["trace_id", "span_id", "parent_span_id"]);
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const NS_PER_MS = 1_000_000n;

/** The payloads, smallest first. */
export function makePayloads(): readonly Payload[] {
  const type = loadProtoRoot().lookupType(
    "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
  );
  const bulk = Uint8Array.from(readFileSync(FIXTURE));
  const copies = Math.floor(CAP_BYTES / bulk.length);
  const one = { type, template: firstSpanOf(type, bulk), copies: 1, spans: 1 };
  const many = { type, template: bulk, copies: 1, spans: FIXTURE_SPANS };
  const most = { type, template: bulk, copies, spans: FIXTURE_SPANS * copies };
  return [
    payloadOf("1 span", one, false),
    payloadOf("512 spans, gzip", many, true),
    payloadOf("20 MiB", most, false),
    payloadOf("20 MiB, gzip", most, true),
  ];
}

interface Source {
  readonly type: protobuf.Type;
  readonly template: Uint8Array;
  /** Requests one after the other are one request with all their resources. */
  readonly copies: number;
  readonly spans: number;
}

function payloadOf(name: string, source: Source, isGzip: boolean): Payload {
  const { template, copies, spans } = source;
  const marks: Marks = { ids: [], times: [] };
  findMarks(source.type, { reader: protobuf.Reader.create(template), end: template.length }, marks);
  const view = new DataView(template.buffer, template.byteOffset, template.length);
  const latestNs = marks.times.reduce((latest, at) => {
    const time = view.getBigUint64(at, true);
    return time > latest ? time : latest;
  }, 0n);
  return {
    name,
    spans,
    bytes: template.length * copies,
    isGzip,
    make: (nowMs) => {
      const body = new Uint8Array(template.length * copies);
      for (let copy = 0; copy < copies; copy += 1) {
        const part = body.subarray(copy * template.length, (copy + 1) * template.length);
        part.set(template);
        stamp(part, marks, BigInt(nowMs) * NS_PER_MS - latestNs);
      }
      return isGzip ? gzipSync(body) : body;
    },
  };
}

/** The request with nothing but the first span of the first scope of the first resource. */
function firstSpanOf(type: protobuf.Type, body: Uint8Array): Uint8Array {
  const request: unknown = type.toObject(type.decode(body), { longs: String });
  const resource = firstOf(request, "resource_spans");
  const scope = firstOf(resource, "scope_spans");
  const span = firstOf(scope, "spans");
  const reduced = { resource_spans: [{ ...resource, scope_spans: [{ ...scope, spans: [span] }] }] };
  return Uint8Array.from(type.encode(type.fromObject(reduced)).finish());
}

function firstOf(message: unknown, field: string): Readonly<Record<string, unknown>> {
  const members: Readonly<Record<string, unknown>> =
    typeof message === "object" && message !== null ? { ...message } : {};
  const list = members[field];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  if (typeof first !== "object" || first === null) {
    throw new Error(`Cannot read ${FIXTURE}: it has no ${field}`);
  }
  return { ...first };
}

function findMarks(
  type: protobuf.Type,
  { reader, end }: { readonly reader: protobuf.Reader; readonly end: number },
  marks: Marks,
): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3];
    if (field?.resolvedType instanceof protobuf.Type) {
      const length = reader.uint32();
      findMarks(field.resolvedType, { reader, end: reader.pos + length }, marks);
    } else if (field !== undefined && ID_FIELDS.has(field.name)) {
      const length = reader.uint32();
      marks.ids.push({ at: reader.pos, length });
      reader.skip(length);
    } else {
      if (field?.type === "fixed64" && field.name.endsWith("_unix_nano")) {
        marks.times.push(reader.pos);
      }
      reader.skipType(tag & 7);
    }
  }
}

/** New ids by one mask for all, so that children still name their parents. */
function stamp(body: Uint8Array, { ids, times }: Marks, shiftNs: bigint): void {
  const mask = randomFillSync(new Uint8Array(TRACE_ID_BYTES + SPAN_ID_BYTES));
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (const { at, length } of ids) {
    const from = length === SPAN_ID_BYTES ? TRACE_ID_BYTES : 0;
    for (let index = 0; index < length; index += 1) {
      view.setUint8(at + index, view.getUint8(at + index) ^ (mask[from + index] ?? 0));
    }
  }
  for (const at of times) {
    view.setBigUint64(at, view.getBigUint64(at, true) + shiftNs, true);
  }
}
