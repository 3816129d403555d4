/** Segments of random events with few distinct values, written by the gateway's own writers. */
import fc from "fast-check";

import { parseNativeJson } from "../../worker/events/native-json.ts";
import { nativeBlocks, nativeLine } from "../../worker/events/native.ts";
import type { EventBlock } from "../../worker/events/segment-facts.ts";
import type { PruneFacts } from "../../worker/query/filter/prune.ts";
import type { SegmentPrefix } from "../../worker/segment/key.ts";
import { decodeSummary, encodeSummary } from "../../worker/segment/summary.ts";
import type { Vocabulary } from "./filters.ts";
import type { SignalName } from "./proto.ts";
import { FRAME, transcode } from "./transcode.ts";

/** A segment as a reader sees it. */
export interface ReadSegment {
  readonly facts: PruneFacts;
  readonly lines: readonly string[];
}

const TEXTS = "a 5 true error span log warn client net.OpError"
  .split(" ")
  .concat("", 'é"\\\n\u{7f}\u{2028}😀', "\ud800", "\u{fffd}");
const KEYS = "session.id session_id device.id correlation_id exception.type error_code category"
  .split(" ")
  .concat("service.name", "a", 'k"é', "name", "level", "status");
const NUMBERS = ["0", "-0", "5", "5.0", "5e0", "1000", "1e3", "0.25", "9007199254740993"];
const TRACE_IDS = ["00000000000000000000000000000001", "fc17f97abbeb36cdd95a9bb16163356e"];
const SPAN_IDS = ["0000000000000001", "cecf953d1b6b949c"];

/** Members may be left out. */
const OPTIONAL = { requiredKeys: [] };

const text = fc.constantFrom(...TEXTS);
const key = fc.constantFrom(...KEYS);
const number = fc.constantFrom(...NUMBERS);

/** What conditions on these segments are made of. */
export const VOCABULARY: Vocabulary = {
  texts: text,
  keys: key,
  patterns: fc.constantFrom(
    ...'a|5 net.* .* error|unset|unspecified (?i)ERROR [ad-f].* .+"..* error span|log'.split(" "),
    "",
    "\u{fffd}?",
    ".*net[.]Op.*",
    "4|5|6",
  ),
  numbers: fc.oneof(number, fc.constant("9007199254740992")),
  ids: fc.constantFrom(...TRACE_IDS, ...SPAN_IDS, "", "no id"),
};

const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    text.map((stringValue) => ({ stringValue })),
    fc.constantFrom("0", "5", "1000", "9007199254740993", "-1").map((intValue) => ({ intValue })),
    fc.constantFrom(0.25, 5, -0, 1000, "NaN", "Infinity").map((doubleValue) => ({ doubleValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.constant({}),
    fc.array(tie("value"), { maxLength: 2 }).map((values) => ({ arrayValue: { values } })),
    fc.record({ key, value: tie("value") }).map((one) => ({ kvlistValue: { values: [one] } })),
    fc.constant({ bytesValue: "NQ==" }),
  ),
})).value;

const attributes = fc.array(fc.record({ key, value }), { maxLength: 3 });
const ids = {
  traceId: fc.constantFrom(...TRACE_IDS),
  spanId: fc.constantFrom(...SPAN_IDS),
};
/** Close together, so that durations compare; some so early that the summary counts them as none. */
const nanos = fc.oneof(
  fc.bigInt(0n, 20_000_000n).map((more) => String(1_764_000_000_000_000_000n + more)),
  fc.constantFrom("0", "1", "999999", "1000000", "18446744073709551615"),
);

const span = fc.record(
  {
    ...ids,
    parentSpanId: fc.constantFrom(...SPAN_IDS),
    name: text,
    kind: fc.integer({ min: 0, max: 6 }),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    events: fc.array(fc.record({ name: text, attributes }), { maxLength: 2 }),
    links: fc.array(fc.record({ ...ids, attributes }), { maxLength: 1 }),
    status: fc.record({ code: fc.integer({ min: 0, max: 3 }), message: text }, OPTIONAL),
  },
  { requiredKeys: ["traceId", "spanId"] },
);

const log = fc.record(
  {
    ...ids,
    timeUnixNano: nanos,
    severityNumber: fc.constantFrom(0, 1, 9, 13, 17, 21, 25),
    severityText: fc.constantFrom("", "WARN", "error", "panic", "a"),
    eventName: text,
    body: value,
    attributes,
  },
  OPTIONAL,
);

const metric = fc.record({
  name: text,
  gauge: fc.record({
    dataPoints: fc.array(
      fc.record(
        {
          attributes,
          timeUnixNano: nanos,
          startTimeUnixNano: nanos,
          asInt: fc.constant("5"),
        },
        OPTIONAL,
      ),
      { minLength: 1, maxLength: 2 },
    ),
  }),
});

function requestOf(signal: SignalName): fc.Arbitrary<unknown> {
  const names = {
    traces: ["resourceSpans", "scopeSpans", "spans"],
    logs: ["resourceLogs", "scopeLogs", "logRecords"],
    metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
  }[signal];
  const [resources = "", scopes = "", items = ""] = names;
  const item = { traces: span, logs: log, metrics: metric }[signal];
  return fc
    .array(
      fc.record({
        resource: fc.record({ attributes }),
        [scopes]: fc.array(
          fc.record({
            scope: fc.record({ name: text, attributes }, OPTIONAL),
            [items]: fc.array<unknown>(item, { minLength: 1, maxLength: 3 }),
          }),
          { minLength: 1, maxLength: 2 },
        ),
      }),
      { minLength: 1, maxLength: 2 },
    )
    .map((list) => ({ [resources]: list }));
}

/** JSON text, so that numbers occur which `JSON.stringify` would not write. */
const native: fc.Arbitrary<string> = fc.letrec<{ value: string; data: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text.map((one) => JSON.stringify(one)),
    number,
    fc.constantFrom("true", "null"),
    fc.constantFrom(...TRACE_IDS).map((id) => JSON.stringify(id)),
    fc.array(tie("value"), { maxLength: 2 }).map((list) => `[${list.join(",")}]`),
    tie("data"),
  ),
  data: fc
    .array(
      fc.tuple(
        fc.oneof(
          key,
          fc.constantFrom("trace_id", "service", "duration_ms", "message", "attributes", "kind"),
          fc.constantFrom("resource", "scope", "events", "event_name", "start_time_unix_nano"),
        ),
        tie("value"),
      ),
      { maxLength: 5 },
    )
    .map(braced),
})).data;

const otlpLike = fc
  .record({ item: native, resource: native, scope: native })
  .map(({ item, resource, scope }) =>
    braced([
      ["attributes", item],
      ["resource", `{"attributes":${resource}}`],
      ["scope", scope],
      ["events", `[{"attributes":${item}}]`],
    ]),
  );

const nativeEvent = fc
  .tuple(
    fc.constantFrom('"login"', '"span"', '"log"', '"5"'),
    fc.oneof(
      native,
      otlpLike,
      text.map((one) => JSON.stringify(one)),
    ),
    native,
  )
  .map(([type, data, others]) => {
    const rest = others.slice(1, -1);
    return `{${rest}${rest === "" ? "" : ","}"event_type":${type},"data":${data}}`;
  });

function braced(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
}

/** The segments that one request leads to. */
export const segments: fc.Arbitrary<readonly ReadSegment[]> = fc.oneof(
  otlpSegments("traces"),
  otlpSegments("logs"),
  otlpSegments("metrics"),
  fc.array(nativeEvent, { minLength: 1, maxLength: 4 }).map((texts) => {
    const lines = texts.flatMap((json) => {
      const parsed = parseNativeJson(json);
      const line = parsed.ok ? nativeLine(parsed.value, { ...FRAME, batchId: undefined }) : parsed;
      return line.ok ? [line.value] : [];
    });
    const blocks = [...nativeBlocks(lines, FRAME.receivedAtMs, Number.MAX_SAFE_INTEGER)];
    return blocks.map((block) => readSegment("telemetry", block));
  }),
);

function otlpSegments(signal: SignalName): fc.Arbitrary<readonly ReadSegment[]> {
  return requestOf(signal).map((request) => {
    const body = new TextEncoder().encode(JSON.stringify(request));
    return transcode({ signal, encoding: "json", body }).blocks.map((block) =>
      readSegment(signal, block),
    );
  });
}

function readSegment(prefix: SegmentPrefix, block: EventBlock): ReadSegment {
  const { bytes } = block;
  const summary = decodeSummary(encodeSummary(block, bytes.length));
  if (summary === undefined) {
    throw new Error("a summary does not read back");
  }
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  return { facts: { ...summary, prefix }, lines };
}
