/** Messages as OTLP/JSON text: ProtoJSON, but ids in hex and enums as integers. */
import type protobuf from "protobufjs";

import {
  type ProtoMessage,
  type ProtoValue,
  type SignalName,
  isList,
  isString,
  messageOf,
  requestType,
  utf8,
} from "./proto.ts";

const ID_FIELDS = new Set(["trace_id", "span_id", "parent_span_id"]);
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** A request as a sender would write it. */
export function encodeJson(signal: SignalName, request: ProtoMessage): Uint8Array {
  return utf8(messageText(requestType(signal), request));
}

function messageText(type: protobuf.Type, message: ProtoMessage): string {
  const members = Object.entries(message).map(([name, value]) => {
    const field = type.fields[name];
    if (field === undefined) {
      throw new Error(`${type.name} has no field ${name}`);
    }
    const text = isList(value)
      ? `[${value.map((element) => valueText(field, element)).join(",")}]`
      : valueText(field, value);
    return `"${jsonNameOf(name)}":${text}`;
  });
  return `{${members.join(",")}}`;
}

/** The ProtoJSON name of a field: start_time_unix_nano → startTimeUnixNano. */
export function jsonNameOf(name: string): string {
  const [first = "", ...others] = name.split("_");
  return first + others.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function valueText(field: protobuf.Field, value: ProtoValue): string {
  const message = messageOf(field);
  if (value instanceof Uint8Array) {
    return JSON.stringify(bytesText(field, value));
  }
  if (typeof value === "bigint") {
    return `"${value}"`;
  }
  if (typeof value === "number") {
    return numberText(value);
  }
  if (typeof value === "boolean") {
    return String(value);
  }
  if (message === undefined || isList(value)) {
    throw new Error(`${field.name} takes no such value`);
  }
  return messageText(message, value);
}

function bytesText(field: protobuf.Field, value: Uint8Array): string {
  if (isString(field)) {
    return decoder.decode(value);
  }
  return Buffer.from(value).toString(ID_FIELDS.has(field.name) ? "hex" : "base64");
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) {
    return `"${value}"`;
  }
  return Object.is(value, -0) ? "-0" : String(value);
}
