/**
 * Brings the fields of one message into the form every SDK sends: each singular field once, each
 * repeated field in one run. The fast decoder calls this when it meets anything else, then starts
 * that message again on the result; the rules are those of proto3 parsers
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins):
 *
 * - a singular scalar: the last value;
 * - a singular message: merged, which for protobuf means its occurrences concatenated;
 * - a oneof: the last member on the wire;
 * - repeated: all values in order.
 *
 * Unknown fields are left out. Not a hot path: no known sender needs it.
 */
import { type FieldSchema, Kind, type MessageSchema, WireType, fitsWireType } from "../schema.ts";
import { WireReader } from "./reader.ts";

interface Occurrence {
  readonly tagStart: number;
  readonly valueStart: number;
  readonly end: number;
}

/**
 * Brings the message between the reader's position and `end` into canonical form.
 *
 * @returns a reader of the canonical message; undefined when the message does not parse, which the
 *   given reader then knows
 */
export function mergeFields(
  reader: WireReader,
  schema: MessageSchema,
  end: number,
): WireReader | undefined {
  const { bytes } = reader;
  const occurrences = collect(reader, schema, end);
  if (reader.problem !== undefined) {
    return undefined;
  }
  const parts: Uint8Array[] = [];
  for (const [field, found] of occurrences) {
    const last = found.at(-1);
    if (field.repeated) {
      parts.push(...found.map((one) => bytes.subarray(one.tagStart, one.end)));
    } else if (isMergeable(field) && found.length > 1) {
      parts.push(...concatenated(bytes, field, found));
    } else if (last !== undefined) {
      parts.push(bytes.subarray(last.tagStart, last.end));
    }
  }
  return new WireReader(concatenate(parts));
}

function collect(
  reader: WireReader,
  schema: MessageSchema,
  end: number,
): Map<FieldSchema, Occurrence[]> {
  const occurrences = new Map<FieldSchema, Occurrence[]>();
  while (reader.position < end) {
    const tagStart = reader.position;
    const tag = reader.readTag();
    const valueStart = reader.position;
    const field = schema.byNumber[tag >>> 3];
    if (field !== undefined && !fitsWireType(field, tag)) {
      reader.fail(`field "${field.name}" of ${schema.name} has wire type ${tag & 7}`);
      break;
    }
    reader.skip(tag, end);
    if (field !== undefined) {
      if (field.inOneof) {
        forgetRivals(occurrences, field);
      }
      const found = occurrences.get(field) ?? [];
      found.push({ tagStart, valueStart, end: reader.position });
      occurrences.set(field, found);
    }
  }
  reader.finish(end);
  return occurrences;
}

function forgetRivals(occurrences: Map<FieldSchema, Occurrence[]>, winner: FieldSchema): void {
  for (const field of occurrences.keys()) {
    if ((winner.conflicts & (1 << field.number)) !== 0) {
      occurrences.delete(field);
    }
  }
}

function isMergeable(field: FieldSchema): boolean {
  return (
    !field.inOneof &&
    (field.kind === Kind.message || field.kind === Kind.envelope || field.kind === Kind.anyValue)
  );
}

function concatenated(
  bytes: Uint8Array,
  field: FieldSchema,
  found: readonly Occurrence[],
): Uint8Array[] {
  const contents = found.map((one) => {
    const reader = new WireReader(bytes);
    reader.position = one.valueStart;
    const stop = reader.readEnd(one.end);
    return bytes.subarray(reader.position, stop);
  });
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return [encodeVarint(field.number * 8 + WireType.length), encodeVarint(length), ...contents];
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
