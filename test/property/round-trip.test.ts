/** Export and take in again: nothing may be lost on the way, in either encoding. */
import fc from "fast-check";
import type protobuf from "protobufjs";
import { describe, expect, it } from "vitest";

import type { Signal } from "../../worker/otlp/signal.ts";
import { renderOtlpJson } from "../../worker/query/render/otlp-json.ts";
import { renderOtlpProtobuf } from "../../worker/query/render/otlp-protobuf.ts";
import { anyValue, exportRequest } from "../support/arbitraries.ts";
import { canonical, canonicalAll } from "../support/canonical.ts";
import { groupedEvents } from "../support/exported-order.ts";
import { readFixtures } from "../support/fixtures.ts";
import { encodeJson } from "../support/otlp-json.ts";
import {
  type ProtoMessage,
  type ProtoValue,
  SIGNALS,
  decodeMessage,
  encodeMessage,
  isString,
  messageOf,
  requestType,
  utf8,
} from "../support/proto.ts";
import { transcode } from "../support/transcode.ts";

const RUNS = { numRuns: 200 };

function eventsIn(signal: Signal, request: ProtoMessage): readonly string[] {
  const body = encodeMessage(requestType(signal), request);
  return transcode({ signal, encoding: "protobuf", body }).lines;
}

/** What comes of exported lines when they are sent to the gateway again. */
function sendAgain(lines: readonly string[], signal: Signal, encoding: "protobuf" | "json") {
  const { body, skipped } =
    encoding === "json" ? renderOtlpJson(lines, signal) : renderOtlpProtobuf(lines, signal);
  const bytes = typeof body === "string" ? utf8(body) : body;
  return { ...transcode({ signal, encoding, body: bytes }), skipped };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What protobufjs decoded, as a message that the tests' own JSON encoder takes. */
function withBigInts(type: protobuf.Type, message: Readonly<Record<string, unknown>>) {
  const members = Object.entries(message).map(([name, value]): [string, ProtoValue] => {
    const field = type.fields[name];
    if (field === undefined) {
      throw new Error(`${type.name} has no field ${name}`);
    }
    return [
      name,
      Array.isArray(value)
        ? value.map((element: unknown) => protoValue(field, element))
        : protoValue(field, value),
    ];
  });
  return Object.fromEntries(members);
}

function protoValue(field: protobuf.Field, value: unknown): ProtoValue {
  const message = messageOf(field);
  if (message !== undefined && isRecord(value)) {
    return withBigInts(message, value);
  }
  if (typeof value === "string" && !isString(field)) {
    return BigInt(value);
  }
  if (typeof value === "number" || typeof value === "boolean" || value instanceof Uint8Array) {
    return value;
  }
  throw new Error(`${field.name} holds ${String(value)}`);
}

/**
 * Leaves out empty lists, which protobuf does not have, and empty keys, which protobufjs drops;
 * shows minus zero as the text that it is exported as.
 */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => comparable(element));
  }
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => !(Array.isArray(member) && member.length === 0))
        .filter(([name, member]) => !(name === "key" && member === ""))
        .map(([name, member]) => [name, comparable(member)]),
    );
  }
  return Object.is(value, -0) ? "-0" : value;
}

describe.each(SIGNALS)("exported events of %s", (signal) => {
  it.each(["json", "protobuf"] as const)("are the same events when taken in again, %s", (way) => {
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        const lines = eventsIn(signal, request);

        const again = sendAgain(lines, signal, way);

        expect(canonicalAll(again.events)).toEqual(canonicalAll(groupedEvents(lines)));
        expect(again).toMatchObject({ skipped: 0, rejected: 0 });
      }),
      RUNS,
    );
  });

  it("are the same request in protobuf, to an independent decoder, as in JSON", () => {
    const type = requestType(signal);
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        const lines = eventsIn(signal, request);

        const decoded = decodeMessage(type, renderOtlpProtobuf(lines, signal).body);
        const expected = new TextDecoder().decode(encodeJson(signal, withBigInts(type, decoded)));

        expect(canonical(comparable(JSON.parse(renderOtlpJson(lines, signal).body)))).toBe(
          canonical(comparable(JSON.parse(expected))),
        );
      }),
      RUNS,
    );
  });

  it("name each resource and scope once, however often events repeat them", () => {
    const type = requestType(signal);
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        const lines = eventsIn(signal, request);
        const twice = [...lines, ...lines];

        const once = decodeMessage(type, renderOtlpProtobuf(lines, signal).body);
        const both = decodeMessage(type, renderOtlpProtobuf(twice, signal).body);

        expect(listLengths(both)).toEqual(listLengths(once));
      }),
      RUNS,
    );
  });
});

/** How many resources a request has, and how many scopes each of them. */
function listLengths(request: Readonly<Record<string, unknown>>): readonly number[] {
  const [resources] = Object.values(request);
  return (Array.isArray(resources) ? resources : []).map((resource: unknown) => {
    const scopes = isRecord(resource)
      ? Object.entries(resource).find(([name]) => name.startsWith("scope_"))?.[1]
      : undefined;
    return Array.isArray(scopes) ? scopes.length : 0;
  });
}

describe("recorded requests", () => {
  it.each(
    readFixtures().flatMap((fixture) => [
      [fixture.name, "json", fixture] as const,
      [fixture.name, "protobuf", fixture] as const,
    ]),
  )("%s gives the same events when exported as %s and taken in again", (_name, way, fixture) => {
    const { lines } = transcode(fixture);

    const again = sendAgain(lines, fixture.signal, way);

    expect(lines.length).toBeGreaterThan(0);
    expect(canonicalAll(again.events)).toEqual(canonicalAll(groupedEvents(lines)));
  });
});

describe("exported values", () => {
  it("keep their type however deep they nest, up to the limit of 128 levels", () => {
    fc.assert(
      fc.property(
        anyValue,
        fc.integer({ min: 0, max: 140 }),
        fc.boolean(),
        (value, depth, isMap) => {
          let body = value;
          for (let level = 0; level < depth; level += 1) {
            body = isMap
              ? { kvlist_value: { values: [{ key: utf8("kvlist_value"), value: body }] } }
              : { array_value: { values: [body] } };
          }
          const request = { resource_logs: [{ scope_logs: [{ log_records: [{ body }] }] }] };
          const lines = eventsIn("logs", request);

          for (const way of ["json", "protobuf"] as const) {
            const again = sendAgain(lines, "logs", way);

            expect(canonicalAll(again.events)).toEqual(canonicalAll(groupedEvents(lines)));
          }
        },
      ),
      // Shrinking values that nest this deep takes minutes.
      { numRuns: 100, endOnFailure: true },
    );
  });

  it("that no gateway wrote are skipped, never thrown over", () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const event = fc.record({
      event_type: fc.constantFrom("span", "metric", "log", "page_view"),
      data: fc.oneof(
        json,
        fc.record({ resource: json, scope: json, name: json, attributes: json, body: json }),
        fc.record({
          resource: fc.constant({}),
          scope: fc.constant({}),
          type: fc.constantFrom("sum", "gauge", "histogram"),
          attributes: fc.dictionary(fc.string(), json),
          trace_id: json,
          as_double: json,
        }),
      ),
    });
    const line = fc.oneof(
      event.map((value) => JSON.stringify(value)),
      json.map((value) => JSON.stringify(value)),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 5 }),
        fc.constantFrom(...SIGNALS),
        (lines, signal) => {
          for (const way of ["json", "protobuf"] as const) {
            const again = sendAgain(lines, signal, way);

            expect(again.events.length + again.skipped).toBe(lines.length);
          }
        },
      ),
      RUNS,
    );
  });
});
