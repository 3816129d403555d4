/** OTLP/JSON as protobuf bytes: protobufjs reads in them what the sender wrote. */
import fc from "fast-check";
import type protobuf from "protobufjs";
import { describe, expect, it } from "vitest";

import { exportRequest } from "../support/arbitraries.ts";
import { encode } from "../support/encode-json.ts";
import { encodeJson } from "../support/otlp-json.ts";
import {
  type ProtoMessage,
  type ProtoValue,
  SIGNALS,
  decodeMessage,
  encodeMessage,
  isList,
  isString,
  messageOf,
  requestType,
  utf8,
} from "../support/proto.ts";

const RUNS = { numRuns: 300 };
const ID_BYTES: Readonly<Record<string, number>> = { trace_id: 16, span_id: 8, parent_span_id: 8 };
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

describe.each(SIGNALS)("any export request of %s", (signal) => {
  const type = requestType(signal);

  it("is the same message in JSON, but for what JSON cannot say", () => {
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        const { message, notes } = encode(signal, encodeJson(signal, request));
        const expected = encodeMessage(type, asJsonSays(type, request));

        expect(message).toEqual(decodeMessage(type, expected));
        expect(notes.rejected).toBe(rejectedSpans(request));
      }),
      RUNS,
    );
  });
});

/** Without ids that are none, spans that have such, zeros that say nothing, and invalid UTF-8. */
function asJsonSays(type: protobuf.Type, message: ProtoMessage): ProtoMessage {
  const members = Object.entries(message).flatMap(([name, value]): [string, ProtoValue][] => {
    const field = type.fields[name];
    if (field === undefined) {
      throw new Error(`${type.name} has no field ${name}`);
    }
    if (isList(value)) {
      const kept = value.filter((element) => !(isSpan(field) && hasBadId(element)));
      return [[name, kept.map((element) => valueAsJsonSays(field, element))]];
    }
    const said = valueAsJsonSays(field, value);
    return isIdOfNothing(field, said) || (field.partOf === null && isZero(said))
      ? []
      : [[name, said]];
  });
  return Object.fromEntries(members);
}

function valueAsJsonSays(field: protobuf.Field, value: ProtoValue): ProtoValue {
  const message = messageOf(field);
  if (value instanceof Uint8Array) {
    return isString(field) ? utf8(decoder.decode(value)) : value;
  }
  return message === undefined || typeof value !== "object" || isList(value)
    ? value
    : asJsonSays(message, value);
}

function isIdOfNothing(field: protobuf.Field, value: ProtoValue): boolean {
  const length = ID_BYTES[field.name];
  return (
    length !== undefined &&
    value instanceof Uint8Array &&
    (value.length !== length || value.every((byte) => byte === 0))
  );
}

function isZero(value: ProtoValue): boolean {
  return value instanceof Uint8Array
    ? value.length === 0
    : Object.is(value, 0) || value === 0n || value === false;
}

function isSpan(field: protobuf.Field): boolean {
  return messageOf(field)?.name === "Span";
}

function hasBadId(span: ProtoValue): boolean {
  return (
    typeof span === "object" &&
    !(span instanceof Uint8Array) &&
    !isList(span) &&
    Object.entries(ID_BYTES).some(([name, length]) => {
      const id = span[name];
      return id instanceof Uint8Array && id.length !== length && id.length > 0;
    })
  );
}

function rejectedSpans(request: ProtoMessage): number {
  return listIn(request, "resource_spans")
    .flatMap((resource) => listIn(resource, "scope_spans"))
    .flatMap((scope) => listIn(scope, "spans"))
    .filter((span) => hasBadId(span)).length;
}

function listIn(message: ProtoValue, name: string): readonly ProtoValue[] {
  const list =
    typeof message === "object" && !(message instanceof Uint8Array) && !isList(message)
      ? message[name]
      : undefined;
  return list !== undefined && isList(list) ? list : [];
}
