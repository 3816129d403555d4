/** Timings as Markdown tables. */
import { renderTable } from "./markdown.ts";
import type { Payload } from "./payloads.ts";
import { type Timings, ratioOf, timeOf } from "./rounds.ts";
import type { SideName } from "./sides.ts";
import { type Spread } from "./statistics.ts";
import { TARGETS, boundsOf, verdictOf } from "./targets.ts";

/** A payload and what was measured with it. */
export interface Measured {
  readonly payload: Payload;
  readonly timings: Timings;
}

const NANOS_PER_MICRO = 1000;
const SIDES_IN_WORDS: Readonly<Record<SideName, string>> = {
  gateway: "**gateway**, protobuf → segments and summary",
  "protobufjs static": "protobufjs, static code: decode, map, stringify, encode",
  "protobufjs reflection": "protobufjs, reflection: the same",
  "protobuf-es": "protobuf-es: the same",
  "JSON.parse": "`JSON.parse` of the request as OTLP/JSON",
  "JSON.parse + stringify": "`JSON.parse` and `JSON.stringify`",
  "gateway, JSON": "**gateway**, JSON → segments and summary",
  "gateway, gzip": "**gateway**, gzip: inflate and transcode",
  "gateway, zstd": "**gateway**, zstd: inflate and transcode",
  gunzip: "floor: gunzip alone",
  unzstd: "floor: zstd alone",
  copy: "floor: copying what is stored",
};

/** Reached or not, at 512 spans. */
export function targetTable({ timings }: Measured): string {
  return renderTable(
    ["target", "measured", "wanted", ""],
    TARGETS.map((target) => {
      const ratio = ratioOf(timings, target.side, target.base);
      return [target.text, times(ratio), boundsOf(target), verdictOf(target, ratio.median)];
    }),
  );
}

/** Every side of one payload. */
export function sideTable({ payload, timings }: Measured): string {
  return renderTable(
    ["side", "CPU µs per request", `ns per ${unitOf(payload)}`, "÷ gateway"],
    [...timings.keys()].map((name) => [
      SIDES_IN_WORDS[name],
      micros(timeOf(timings, name)),
      nanosPerItem(payload, timeOf(timings, name)),
      times(ratioOf(timings, name, "gateway")),
    ]),
  );
}

/** The gateway against its rivals, for every payload. */
export function payloadTable(all: readonly Measured[]): string {
  return renderTable(
    [
      "payload",
      "KiB",
      "gateway µs",
      "`JSON.parse` ÷ gateway",
      "protobufjs static ÷ gateway",
      "gateway JSON ÷ parse + stringify",
    ],
    all.map(({ payload, timings }) => [
      payload.name,
      number(payload.protobuf.length / 1024),
      micros(timeOf(timings, "gateway")),
      times(ratioOf(timings, "JSON.parse", "gateway")),
      times(ratioOf(timings, "protobufjs static", "gateway")),
      times(ratioOf(timings, "gateway, JSON", "JSON.parse + stringify")),
    ]),
  );
}

/** Compressed requests: the whole, and how much of it is inflating. */
export function compressionTable(all: readonly Measured[]): string {
  return renderTable(
    [
      "payload",
      "gzip: KiB",
      "inflate + transcode µs",
      "gunzip alone µs",
      "zstd: KiB",
      "inflate + transcode µs",
      "zstd alone µs",
    ],
    all.map(({ payload, timings }) => [
      payload.name,
      number(payload.gzip.length / 1024),
      micros(timeOf(timings, "gateway, gzip")),
      micros(timeOf(timings, "gunzip")),
      number(payload.zstd.length / 1024),
      micros(timeOf(timings, "gateway, zstd")),
      micros(timeOf(timings, "unzstd")),
    ]),
  );
}

/** Nanoseconds per span as requests grow. */
export function growthTable(all: readonly Measured[]): string {
  const sides: readonly SideName[] = ["gateway", "JSON.parse", "protobufjs static"];
  return renderTable(
    ["ns per span", ...sides],
    all
      .filter(({ payload }) => /^[\d,]+ spans?$/u.test(payload.name))
      .map(({ payload, timings }) => [
        payload.name,
        ...sides.map((side) => nanosPerItem(payload, timeOf(timings, side))),
      ]),
  );
}

function unitOf({ signal }: Payload): string {
  return { traces: "span", logs: "record", metrics: "point" }[signal];
}

function micros({ median, min, max }: Spread): string {
  const [middle, low, high] = [median, min, max].map((nanos) => number(nanos / NANOS_PER_MICRO));
  return `${middle} (${low}–${high})`;
}

function nanosPerItem({ itemCount }: Payload, { median }: Spread): string {
  return number(median / itemCount);
}

function times({ median, min, max }: Spread): string {
  return `${number(median)}× (${number(min)}–${number(max)})`;
}

/** Three digits that count. */
function number(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}
