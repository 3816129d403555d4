/** Events as a protobuf export request, which any OTLP/HTTP receiver takes. */
import { parseBase64 } from "../../otlp/json/values.ts";
import { type FieldSchema, Kind, type MessageSchema } from "../../otlp/schema.ts";
import { type Signal, signalShapes } from "../../otlp/signal.ts";
import { requestOf } from "./otlp-request.ts";
import type { OtlpJson, OtlpObject } from "./otlp-value.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";
import type { Rendered } from "./rendered.ts";

/**
 * Renders the events of one signal as its Export…ServiceRequest, fields in ascending order.
 *
 * @param events the events' JSON texts as stored; native events and those of other signals have no
 *   form in this request and are skipped, as are damaged ones
 */
export function renderOtlpProtobuf(
  events: readonly string[],
  signal: Signal,
): Rendered<Uint8Array<ArrayBuffer>> {
  const { body, skipped } = requestOf(events, signal);
  const out = new ProtobufWriter();
  writeMessage(out, signalShapes[signal].request, body);
  return { body: out.finish(), skipped };
}

function writeMessage(out: ProtobufWriter, schema: MessageSchema, message: OtlpObject): void {
  for (const field of schema.fields) {
    const value = message[field.jsonName];
    if (value === undefined) {
      continue;
    }
    if (!field.repeated) {
      writeField(out, field, value);
    } else if (field.packable) {
      writePacked(out, field, listOf(value));
    } else {
      for (const element of listOf(value)) {
        writeField(out, field, element);
      }
    }
  }
}

/** Scalars of a list stand in one field, which proto3 does by default; an empty list in none. */
function writePacked(out: ProtobufWriter, field: FieldSchema, list: readonly OtlpJson[]): void {
  if (list.length > 0) {
    out.writeDelimited(field.number, () => {
      for (const element of list) {
        writeScalar(out, field, element);
      }
    });
  }
}

function writeField(out: ProtobufWriter, field: FieldSchema, value: OtlpJson): void {
  switch (field.kind) {
    case Kind.anyValue:
    case Kind.keyValues:
    case Kind.message:
    case Kind.envelope:
      out.writeDelimited(field.number, () => {
        writeMessage(out, field.message, objectOf(value));
      });
      return;
    case Kind.string:
      out.writeDelimited(field.number, () => {
        out.writeText(textOf(value));
      });
      return;
    case Kind.bytes:
    case Kind.traceId:
    case Kind.spanId: {
      const bytes = field.kind === Kind.bytes ? bytesOf(value) : idOf(value);
      out.writeDelimited(field.number, () => {
        out.writeBytes(bytes);
      });
      return;
    }
    case Kind.bool:
    case Kind.int32:
    case Kind.uint32:
    case Kind.sint32:
    case Kind.enum:
    case Kind.fixed32:
    case Kind.int64:
    case Kind.uint64:
    case Kind.fixed64:
    case Kind.sfixed64:
    case Kind.double:
      out.writeTag(field.number, field.wireType);
      writeScalar(out, field, value);
  }
}

/** Writes a value without tag and length. */
function writeScalar(out: ProtobufWriter, { kind, name }: FieldSchema, value: OtlpJson): void {
  switch (kind) {
    case Kind.bool:
      out.writeVarint(value === true ? 1 : 0);
      return;
    case Kind.uint32:
      out.writeVarint(numberOf(value));
      return;
    case Kind.int32:
    case Kind.enum:
      // Negative ones take ten bytes, as all 64 bits of them are sent.
      out.writeVarint64(BigInt(numberOf(value)));
      return;
    case Kind.sint32: {
      const number = numberOf(value);
      // ZigZag: 0, -1, 1, -2 … become 0, 1, 2, 3 …
      out.writeVarint(((number << 1) ^ (number >> 31)) >>> 0);
      return;
    }
    case Kind.fixed32:
      out.writeFixed32(numberOf(value));
      return;
    case Kind.int64:
    case Kind.uint64:
      out.writeVarint64(BigInt(textOf(value)));
      return;
    case Kind.fixed64:
    case Kind.sfixed64:
      out.writeFixed64(BigInt(textOf(value)));
      return;
    case Kind.double:
      // Text where JSON has no number: "NaN", "Infinity", "-Infinity", "-0".
      out.writeDouble(typeof value === "string" ? Number(value) : numberOf(value));
      return;
    case Kind.string:
    case Kind.bytes:
    case Kind.traceId:
    case Kind.spanId:
    case Kind.anyValue:
    case Kind.keyValues:
    case Kind.message:
    case Kind.envelope:
      throw new Error(`Cannot write field "${name}" without its length`);
  }
}

// What the request is made of was checked when it was built: another type here is a bug.

function textOf(value: OtlpJson): string {
  return typeof value === "string" ? value : unexpected(value);
}

function numberOf(value: OtlpJson): number {
  return typeof value === "number" ? value : unexpected(value);
}

function listOf(value: OtlpJson): readonly OtlpJson[] {
  return isList(value) ? value : unexpected(value);
}

function objectOf(value: OtlpJson): OtlpObject {
  return typeof value === "object" && !isList(value) ? value : unexpected(value);
}

/** `Array.isArray` does not narrow readonly lists. */
function isList(value: OtlpJson): value is readonly OtlpJson[] {
  return Array.isArray(value);
}

function unexpected(value: OtlpJson): never {
  throw new Error(
    `Cannot write ${JSON.stringify(value)} as protobuf: the field takes another type`,
  );
}

function bytesOf(value: OtlpJson): Uint8Array {
  return parseBase64(value) ?? unexpected(value);
}

/** Hex as {@link requestOf} gives it: lower case, of even length. */
function idOf(value: OtlpJson): Uint8Array {
  const hex = textOf(value);
  return Uint8Array.from({ length: hex.length / 2 }, (_none, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
