/** The same message in other bytes: everything that proto3 says a parser must not mind. */
import type protobuf from "protobufjs";

import { messageOf } from "./proto.ts";
import {
  type RawField,
  Wire,
  concat,
  lengthField,
  renderField,
  splitFields,
  tag,
  varint,
  varintField,
} from "./wire.ts";

/** A number from 0 up to, not including, `limit`. */
export type Draw = (limit: number) => number;

/** The same numbers for the same seed (mulberry32). */
export function drawFrom(seed: number): Draw {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Fields that share a lane keep their order; lanes are shuffled into each other. */
type Lanes = Map<string, Uint8Array[]>;

/**
 * Rewrites a message: fields shuffled, runs of repeated fields torn apart, packed lists unpacked,
 * singular messages split, stale values in front, unknown fields in between.
 */
export function scramble(type: protobuf.Type, bytes: Uint8Array, draw: Draw): Uint8Array {
  const lanes: Lanes = new Map();
  for (const raw of splitFields(bytes)) {
    const field = type.fieldsById[raw.number];
    if (field === undefined) {
      throw new Error(`${type.name} has no field ${raw.number}`);
    }
    const lane = field.partOf?.name ?? field.name;
    const pieces = piecesOf(field, raw, draw);
    lanes.set(lane, [...(lanes.get(lane) ?? []), ...pieces]);
  }
  lanes.set(
    "unknown fields",
    Array.from({ length: draw(3) }, () => unknownField(draw)),
  );
  return concat(...shuffle(lanes, draw));
}

function shuffle(lanes: Lanes, draw: Draw): readonly Uint8Array[] {
  const queues = [...lanes.values()].filter((queue) => queue.length > 0);
  const order: Uint8Array[] = [];
  while (queues.length > 0) {
    const index = draw(queues.length);
    const [head, ...rest] = queues[index] ?? [];
    if (head !== undefined) {
      order.push(head);
    }
    queues.splice(index, 1, ...(rest.length > 0 ? [rest] : []));
  }
  return order;
}

function piecesOf(field: protobuf.Field, raw: RawField, draw: Draw): readonly Uint8Array[] {
  const message = messageOf(field);
  const padding = draw(8) === 0 ? 1 + draw(3) : 0;
  if (message !== undefined) {
    const content = scramble(message, raw.content, draw);
    return field.repeated || isInOneof(field)
      ? [...staleRivals(field, draw), renderField({ ...raw, content }, padding)]
      : splitMessage(raw, content, draw);
  }
  if (field.repeated) {
    return field.packed && field.type !== "bytes"
      ? splitPacked(field, raw, draw)
      : [renderField(raw, padding)];
  }
  return [...staleRivals(field, draw), ...staleValue(raw, draw), renderField(raw, padding)];
}

/** proto3 `optional` is a oneof of one. */
function isInOneof(field: protobuf.Field): boolean {
  return (field.partOf?.fieldsArray.length ?? 0) > 1;
}

/** A singular message in two occurrences, which a parser merges. */
function splitMessage(raw: RawField, content: Uint8Array, draw: Draw): readonly Uint8Array[] {
  if (draw(2) === 0) {
    return [renderField({ ...raw, content })];
  }
  const at = boundaryIn(content, draw);
  return [
    renderField({ ...raw, content: content.subarray(0, at) }),
    renderField({ ...raw, content: content.subarray(at) }),
  ];
}

/** The start of a field in scrambled bytes; groups are stepped over as a whole. */
function boundaryIn(content: Uint8Array, draw: Draw): number {
  const starts = topLevelStarts(content);
  return starts[draw(starts.length)] ?? 0;
}

function topLevelStarts(bytes: Uint8Array): readonly number[] {
  const starts: number[] = [];
  let depth = 0;
  let at = 0;
  while (at < bytes.length) {
    if (depth === 0) {
      starts.push(at);
    }
    const head = readTag(bytes, at);
    depth += head.wireType === Wire.startGroup ? 1 : head.wireType === Wire.endGroup ? -1 : 0;
    at = head.next;
  }
  return [...starts, bytes.length];
}

/** A varint, and where it ends. */
function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let at = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at] ?? 0;
    at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      return { value, next: at };
    }
  }
}

function readTag(bytes: Uint8Array, start: number): { wireType: number; next: number } {
  const head = readVarint(bytes, start);
  const wireType = head.value % 8;
  let at = head.next;
  switch (wireType) {
    case Wire.varint:
      at = readVarint(bytes, at).next;
      break;
    case Wire.fixed64:
      at += 8;
      break;
    case Wire.fixed32:
      at += 4;
      break;
    case Wire.length: {
      const length = readVarint(bytes, at);
      at = length.next + length.value;
      break;
    }
    default:
      break;
  }
  return { wireType, next: at };
}

/** A value of a singular field that a later occurrence replaces. */
function staleValue(raw: RawField, draw: Draw): readonly Uint8Array[] {
  return draw(4) === 0 ? [renderField({ ...raw, content: staleContent(raw.wireType) })] : [];
}

function staleContent(wireType: number): Uint8Array {
  switch (wireType) {
    case Wire.varint:
      return varint(1);
    case Wire.fixed64:
      return Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    case Wire.fixed32:
      return Uint8Array.of(1, 2, 3, 4);
    default:
      return Uint8Array.of(0x0a, 0x00);
  }
}

/** Other members of the same oneof in front: the last one on the wire counts. */
function staleRivals(field: protobuf.Field, draw: Draw): readonly Uint8Array[] {
  const rivals = (field.partOf?.fieldsArray ?? []).filter((rival) => rival !== field);
  const rival = rivals[draw(Math.max(1, rivals.length * 3))];
  if (rival === undefined) {
    return [];
  }
  return [renderField({ number: rival.id, ...staleOf(rival) })];
}

function staleOf(field: protobuf.Field): { wireType: number; content: Uint8Array } {
  switch (field.type) {
    case "bool":
    case "int64":
    case "int32":
      return { wireType: Wire.varint, content: varint(1) };
    case "double":
    case "sfixed64":
      return { wireType: Wire.fixed64, content: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) };
    default:
      return { wireType: Wire.length, content: new Uint8Array(0) };
  }
}

/** A packed list as packed pieces and single values, in order. */
function splitPacked(field: protobuf.Field, raw: RawField, draw: Draw): readonly Uint8Array[] {
  const single = field.type === "uint64" ? Wire.varint : Wire.fixed64;
  return packedValues(raw.content, single).flatMap((content) =>
    draw(2) === 0
      ? [renderField({ number: raw.number, wireType: single, content })]
      : [renderField({ ...raw, content }), ...(draw(4) === 0 ? [lengthField(raw.number)] : [])],
  );
}

function packedValues(content: Uint8Array, wireType: number): readonly Uint8Array[] {
  const ends =
    wireType === Wire.varint
      ? [...content.keys()].filter((index) => (content[index] ?? 0) < 0x80).map((at) => at + 1)
      : Array.from({ length: content.length / 8 }, (_none, index) => (index + 1) * 8);
  return ends.map((end, index) => content.slice(ends[index - 1] ?? 0, end));
}

const UNKNOWN_NUMBERS = [17, 31, 32, 40, 1000, 2 ** 29 - 1];

function unknownField(draw: Draw): Uint8Array {
  const number = UNKNOWN_NUMBERS[draw(UNKNOWN_NUMBERS.length)] ?? 1000;
  switch (draw(5)) {
    case 0:
      return varintField(number, 2n ** 64n - 1n);
    case 1:
      return concat(tag(number, Wire.fixed64), new Uint8Array(8).fill(0xff));
    case 2:
      return lengthField(number, Uint8Array.of(0x07, 0xff, 0x80));
    case 3:
      return concat(tag(number, Wire.fixed32), new Uint8Array(4).fill(0xff));
    default:
      return concat(
        tag(number, Wire.startGroup),
        varintField(1, 5),
        tag(9, Wire.startGroup),
        lengthField(3, Uint8Array.of(1, 2, 3)),
        tag(9, Wire.endGroup),
        tag(number, Wire.endGroup),
      );
  }
}
