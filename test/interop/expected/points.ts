/** The metric data points of the programs as the query endpoint must return them. */
import { expect } from "vitest";

import { REMOTE, at, expectedOrigin } from "./origin.ts";
import type { ClientTraits, EventData } from "./traits.ts";

/** Metrics carry the SDK's own clock. */
const NANOS: unknown = expect.stringMatching(/^\d{19}$/);
const CHAT = { attributes: { name: "chat" } };
const TOOLS = { attributes: { name: "tools" } };
const TIMES = { start_time_unix_nano: NANOS, time_unix_nano: NANOS };
const COUNTER = { type: "sum", aggregation_temporality: "cumulative", is_monotonic: true };

/** How the SDKs differ in what they make of the same measurements. */
interface PointTraits {
  /** `pryx.requests` counts in ints, or in doubles. */
  readonly requests: (count: number) => EventData;
  readonly tokens: string;
  /** Times of a gauge: not every SDK gives it a start. */
  readonly gaugeTimes: EventData;
  readonly payload: EventData;
  /** An empty range that is sent nevertheless. */
  readonly negative: EventData;
  readonly exemplars: EventData;
}

function asInt(count: number): EventData {
  return { as_int: String(count) };
}

const POINT_TRAITS: Readonly<Record<ClientTraits["language"], PointTraits>> = {
  go: {
    requests: asInt,
    tokens: "9007199254740993",
    gaugeTimes: TIMES,
    payload: { positive: { offset: -1, bucket_counts: ["1", "0", "1", "0", "1"] } },
    negative: {},
    exemplars: {
      exemplars: [
        {
          time_unix_nano: NANOS,
          as_double: 0.75,
          trace_id: REMOTE.trace_id,
          span_id: REMOTE.span_id,
        },
      ],
    },
  },
  python: {
    requests: asInt,
    tokens: "9007199254740993",
    gaugeTimes: { time_unix_nano: NANOS },
    payload: {
      positive: { offset: -1, bucket_counts: ["1", "0", "1", "0", "1", "0", "0", "0"] },
    },
    negative: { negative: { bucket_counts: ["0"] } },
    exemplars: {},
  },
  nodejs: {
    requests: (count) => ({ as_double: count }),
    tokens: "9007199254740991",
    gaugeTimes: TIMES,
    payload: { positive: { offset: -1, bucket_counts: ["1", "0", "1", "0", "1"] } },
    negative: {},
    exemplars: {},
  },
};

/** The `data` of every metric event of one run, in the order of `sortPoints`. */
export function expectedPoints(traits: ClientTraits, runId: string): readonly EventData[] {
  const origin = expectedOrigin(traits, runId, "points");
  const language = POINT_TRAITS[traits.language];
  const points = [...sums(language), ...gauges(language), ...histograms(language), DELTA_ERRORS];
  const withOrigin = points.map((point) => ({ ...origin, ...point }));
  // Only the Go program bridges a summary and has delta histograms.
  if (traits.language !== "go") {
    return sortPoints(withOrigin);
  }

  return sortPoints([
    ...withOrigin,
    ...GO_DELTA_HISTOGRAMS.map((point) => ({ ...origin, ...point })),
    { ...origin, scope: { name: "pryx-bridge" }, ...BRIDGED_SUMMARY },
  ]);
}

/** Sorts points by metric name and series, so that two lists can be compared. */
export function sortPoints(points: readonly EventData[]): readonly EventData[] {
  return points.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf(point: EventData): string {
  return JSON.stringify([point["name"], point["attributes"]]);
}

function sums(traits: PointTraits): readonly EventData[] {
  const requests = {
    ...COUNTER,
    ...TIMES,
    name: "pryx.requests",
    description: "Total request count",
    unit: "{request}",
  };

  return [
    { ...requests, ...CHAT, ...traits.requests(7) },
    { ...requests, ...TOOLS, ...traits.requests(1) },
    { ...COUNTER, ...TIMES, name: "pryx.tokens", as_int: traits.tokens },
    { ...COUNTER, ...TIMES, name: "pryx.cost", unit: "USD", as_double: 0.75, ...traits.exemplars },
    {
      ...TIMES,
      name: "pryx.sessions.active",
      type: "sum",
      aggregation_temporality: "cumulative",
      as_int: "-2",
    },
  ];
}

function gauges(traits: PointTraits): readonly EventData[] {
  return [
    // Zero is a measurement, not an absent one.
    { ...traits.gaugeTimes, name: "pryx.queue.depth", type: "gauge", as_int: "0" },
    { ...traits.gaugeTimes, name: "pryx.load", type: "gauge", as_double: -3.5 },
  ];
}

function histograms(traits: PointTraits): readonly EventData[] {
  const latency = {
    ...TIMES,
    name: "pryx.latency_ms",
    description: "Request latency in ms",
    type: "histogram",
    aggregation_temporality: "cumulative",
    explicit_bounds: [10, 100, 1000],
  };
  const payload = {
    ...TIMES,
    ...traits.negative,
    name: "pryx.payload.size",
    unit: "By",
    type: "exponential_histogram",
    aggregation_temporality: "cumulative",
  };

  return [
    {
      ...latency,
      ...CHAT,
      count: "4",
      sum: 5555,
      min: 5,
      max: 5000,
      bucket_counts: ["1", "1", "1", "1"],
    },
    {
      ...latency,
      ...TOOLS,
      count: "1",
      sum: 0.25,
      min: 0.25,
      max: 0.25,
      bucket_counts: ["1", "0", "0", "0"],
    },
    {
      ...payload,
      ...traits.payload,
      count: "4",
      sum: 7,
      // The field has presence: this zero was measured.
      min: 0,
      max: 4,
      scale: 1,
      zero_count: "1",
    },
    {
      ...payload,
      ...CHAT,
      count: "1",
      sum: 1024,
      min: 1024,
      max: 1024,
      scale: 20,
      positive: { offset: 10_485_759, bucket_counts: ["1"] },
    },
  ];
}

const DELTA_ERRORS: EventData = {
  ...TIMES,
  name: "pryx.errors",
  description: "Total error count",
  type: "sum",
  aggregation_temporality: "delta",
  is_monotonic: true,
  as_int: "2",
  attributes: { name: "provider" },
};

const GO_DELTA_HISTOGRAMS: readonly EventData[] = [
  {
    ...TIMES,
    name: "pryx.delta.latency_ms",
    type: "histogram",
    aggregation_temporality: "delta",
    count: "1",
    sum: 7.5,
    min: 7.5,
    max: 7.5,
    explicit_bounds: [10],
    bucket_counts: ["1", "0"],
  },
  {
    ...TIMES,
    name: "pryx.payload.delta",
    type: "exponential_histogram",
    aggregation_temporality: "delta",
    count: "1",
    sum: 1,
    min: 1,
    max: 1,
    scale: 20,
    positive: { offset: -1, bucket_counts: ["1"] },
  },
];

const BRIDGED_SUMMARY: EventData = {
  start_time_unix_nano: at(0),
  time_unix_nano: at(1000),
  name: "pryx.bridge.duration",
  unit: "s",
  type: "summary",
  attributes: { name: "bridge" },
  count: "4",
  sum: 10.5,
  quantile_values: [
    { quantile: 0.5, value: 2.25 },
    { quantile: 0.99, value: 4 },
  ],
};
