import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  FactsGatherer,
  SERVICE_LIMIT,
  type SegmentFacts,
} from "../../worker/events/segment-facts.ts";
import { parseTime } from "../../worker/query/time.ts";
import { codeOfDigest, randomCode } from "../../worker/segment/code.ts";
import { SEGMENT_PREFIXES, formatKey, parseKey, partCode } from "../../worker/segment/key.ts";
import { type ProtoMessage, encodeMessage, requestType, utf8 } from "../support/proto.ts";
import { transcode } from "../support/transcode.ts";

const RUNS = { numRuns: 300 };
const timeMs = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 });
const code = fc.string({
  unit: fc.constantFrom("A", "Z", "a", "z", "0", "9"),
  minLength: 8,
  maxLength: 19,
});

interface Described {
  readonly startMs: number;
  readonly endMs: number;
  readonly severity: number;
  readonly isError: boolean;
  readonly service: string | undefined;
}

const described: fc.Arbitrary<Described> = fc.record({
  startMs: fc.oneof(fc.constant(0), timeMs),
  endMs: fc.oneof(fc.constant(0), timeMs),
  severity: fc.integer({ min: 0, max: 24 }),
  isError: fc.boolean(),
  service: fc.option(fc.string({ unit: "binary", maxLength: 30 }), { nil: undefined }),
});

/** A span of a resource of its own, or a log record where it must have a severity. */
function resourceOf(signal: "traces" | "logs", event: Described): ProtoMessage {
  const { service, severity, isError } = event;
  const [start, end] = [event.startMs, event.endMs].map((ms) => BigInt(ms) * 1_000_000n);
  const value = { string_value: utf8(service ?? "") };
  const resource =
    service === undefined ? {} : { attributes: [{ key: utf8("service.name"), value }] };
  if (signal === "logs") {
    const times = { time_unix_nano: end ?? 0n, observed_time_unix_nano: start ?? 0n };
    const log_records = [{ ...times, severity_number: severity }];
    return { resource, scope_logs: [{ log_records }] };
  }
  const times = { start_time_unix_nano: start ?? 0n, end_time_unix_nano: end ?? 0n };
  const spans = [{ ...times, status: isError ? { code: 2 } : {} }];
  return { resource, scope_spans: [{ spans }] };
}

/** The facts of one segment that holds all of some events. */
function gather(signal: "traces" | "logs", events: readonly Described[]): SegmentFacts {
  const resources = events.map((event) => resourceOf(signal, event));
  const request = signal === "logs" ? { resource_logs: resources } : { resource_spans: resources };
  const body = encodeMessage(requestType(signal), request);
  const [block] = transcode({ signal, encoding: "protobuf", body }).blocks;
  if (block === undefined) {
    throw new Error("there are no facts of no events");
  }
  return block.facts;
}

function gatherNative(events: readonly Described[]): SegmentFacts {
  const facts = new FactsGatherer();
  for (const { startMs, ...event } of events) {
    facts.add({ ...event, timeMs: startMs });
  }
  return facts;
}

function distinct<T>(values: readonly (T | undefined)[]): ReadonlySet<T> {
  return new Set(values.filter((value) => value !== undefined));
}

describe.each([
  ["spans", (events: readonly Described[]) => gather("traces", events)],
  ["log records", (events: readonly Described[]) => gather("logs", events)],
  ["native events", gatherNative],
] as const)("the facts of a segment of %s", (_items, gatherFrom) => {
  it("know every service of the events, or say that they do not", () => {
    const events = fc.oneof(
      fc.array(described, { minLength: 1, maxLength: 30 }),
      fc.array(described, { minLength: 90, maxLength: 120 }),
    );
    fc.assert(
      fc.property(events, (list) => {
        const { services, events: count } = gatherFrom(list);
        const names = distinct(list.map(({ service }) => service));
        expect(services).toEqual(names.size > SERVICE_LIMIT ? undefined : names);
        expect(count).toBe(list.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe("the facts of a segment", () => {
  it.each(["traces", "logs"] as const)("count the errors of %s, the worst first", (signal) => {
    fc.assert(
      fc.property(fc.array(described, { minLength: 1, maxLength: 20 }), (list) => {
        const { severity, errors } = gather(signal, list);
        // A span with status error counts as ERROR.
        const severities = list.map((event) =>
          signal === "logs" ? event.severity : event.isError ? 17 : 0,
        );
        expect(severity).toBe(Math.max(...severities));
        expect(errors).toBe(severities.filter((one) => one >= 17).length);
      }),
      { numRuns: 100 },
    );
  });

  it("span the times of all events that have one and count the others", () => {
    fc.assert(
      fc.property(fc.array(described, { minLength: 1, maxLength: 20 }), (list) => {
        const { firstMs, lastMs, timeless } = gather("traces", list);
        const firsts = list
          .map(({ startMs, endMs }) => (startMs === 0 ? endMs : startMs))
          .filter((ms) => ms > 0);
        const lasts = list
          .map(({ startMs, endMs }) => (endMs === 0 ? startMs : endMs))
          .filter((ms) => ms > 0);
        expect(firstMs).toBe(firsts.length === 0 ? 0 : Math.min(...firsts));
        expect(lastMs).toBe(Math.max(0, ...lasts));
        expect(timeless).toBe(list.length - firsts.length);
      }),
      RUNS,
    );
  });
});

describe("segment keys", () => {
  it("parse back to the parts they were made of", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SEGMENT_PREFIXES), timeMs, code, (prefix, ms, text) => {
        const key = { prefix, timestampMs: ms, code: text };
        expect(parseKey(formatKey(key))).toEqual(key);
      }),
      RUNS,
    );
  });

  it("sort as their times do", () => {
    fc.assert(
      fc.property(timeMs, timeMs, (a, b) => {
        const [left = "", right = ""] = [a, b].map((timestampMs) =>
          formatKey({ prefix: "logs", timestampMs, code: "AAAAAAAA" }),
        );
        expect(left < right).toBe(a < b);
      }),
      RUNS,
    );
  });

  it.each([
    "batch:abc",
    "traces:123:AAAAAAAA",
    "spans:1764000000000:AAAAAAAA",
    "traces:1764000000000:A",
  ])("are not %s", (text) => {
    expect(parseKey(text)).toBeUndefined();
  });

  it("number the further parts of a batch behind its code", () => {
    expect([0, 1, 12].map((index) => partCode("Abcdefgh01234567", index))).toEqual([
      "Abcdefgh01234567",
      "Abcdefgh01234567001",
      "Abcdefgh01234567012",
    ]);
  });
});

describe("codes", () => {
  it("have the asked length and only letters and digits, whatever the random bytes are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.nat(247), (length, fill) => {
        const made = randomCode(length, (into) => into.map((_none, index) => (fill + index) % 256));
        expect(made).toMatch(new RegExp(`^[A-Za-z0-9]{${length}}$`));
      }),
      RUNS,
    );
  });

  it("are the same for the same digest and differ for others", () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(digest, fc.nat(31), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
        const other = bytes.with(at, (bytes[at] ?? 0) ^ change);
        expect(codeOfDigest(bytes)).toMatch(/^[A-Za-z0-9]{16}$/);
        expect(codeOfDigest(bytes)).toBe(codeOfDigest(bytes.slice()));
        expect(codeOfDigest(other)).not.toBe(codeOfDigest(bytes));
      }),
      RUNS,
    );
  });
});

describe("parseTime()", () => {
  const NOW = 1_764_000_000_000;

  it("reads the epoch milliseconds and RFC 3339 forms of any time", () => {
    const moments = fc.date({
      min: new Date("1970-01-01T00:00:00Z"),
      max: new Date("2200-01-01T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (date) => {
        expect(parseTime(String(date.getTime()), NOW)).toBe(date.getTime());
        expect(parseTime(date.toISOString(), NOW)).toBe(date.getTime());
        expect(parseTime(date.toISOString().replace("Z", "+00:00"), NOW)).toBe(date.getTime());
      }),
      RUNS,
    );
  });

  it.each([
    ["now", NOW],
    ["-0s", NOW],
    ["-250ms", NOW - 250],
    ["-15m", NOW - 900_000],
    ["-2h", NOW - 7_200_000],
    ["-7d", NOW - 604_800_000],
    ["-999999999d", 0],
    ["2025-11-24T16:00:00+01:00", Date.UTC(2025, 10, 24, 15)],
  ])("reads %s", (text, expected) => {
    expect(parseTime(text, NOW)).toBe(expected);
  });

  it.each([
    "",
    "15m",
    "-15",
    "-m",
    "yesterday",
    "2025-11-24",
    "2025-13-24T16:00:00Z",
    "1e3",
    "-1w",
  ])("refuses %j", (text) => {
    expect(parseTime(text, NOW)).toBeUndefined();
  });
});
