import { describe, expect, it } from "vitest";

import { canonicalAll } from "../support/canonical.ts";
import { type Fixture, readFixtures } from "../support/fixtures.ts";
import { expectedEvents } from "../support/oracle.ts";
import { FRAME, transcode } from "../support/transcode.ts";

const FIXTURES = readFixtures();
const PROTOBUF = FIXTURES.filter(({ encoding }) => encoding === "protobuf");

describe("the events of recorded requests", () => {
  it.each(PROTOBUF)("$name: are those that protobufjs and the schema document give", (fixture) => {
    const expected = expectedEvents(fixture.signal, fixture.body, FRAME);

    const { events, accepted, rejected } = transcode(fixture);

    expect(canonicalAll(events)).toEqual(canonicalAll(expected.events));
    expect({ accepted, rejected }).toEqual({ accepted: expected.events.length, rejected: 0 });
    expect(events.length).toBeGreaterThan(0);
  });
});

/** A sender's protobuf recording of the same telemetry as its JSON one. */
function twinOf({ signal, name }: Fixture): Fixture {
  const client = /_(go|js)_/.exec(name)?.[1] ?? "";
  const isDelta = name.includes("_delta");
  const twin = PROTOBUF.find(
    (one) =>
      one.signal === signal &&
      one.name.includes(`_${client}_`) &&
      one.name.includes("_delta") === isDelta &&
      !one.name.includes("_gzip"),
  );
  if (twin === undefined) {
    throw new Error(`${name} has no twin in protobuf`);
  }
  return twin;
}

/** The members of an object; none for anything else. */
function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** What two recordings of one program share: everything but ids and clocks. */
function kindsOf(fixture: Fixture): readonly string[] {
  return transcode(fixture).events.map((event) => {
    const { event_type: eventType, data } = membersOf(event);
    const { name, type, kind, level, resource, scope, attributes } = membersOf(data);
    return canonicalAll([
      { eventType, name, type, kind, level, scope },
      Object.keys(membersOf(attributes)).toSorted(),
      Object.keys(membersOf(membersOf(resource)["attributes"])).toSorted(),
    ]).join(" ");
  });
}

describe("OTLP/JSON of a recorded program", () => {
  const json = FIXTURES.filter(({ encoding }) => encoding === "json");

  it.each(json)("$name: gives the events of its protobuf twin", (fixture) => {
    expect(kindsOf(fixture).toSorted()).toEqual(kindsOf(twinOf(fixture)).toSorted());
  });
});
