import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseNativeJson } from "../../worker/events/native-json.ts";
import { nativeBlocks, nativeLine } from "../../worker/events/native.ts";
import type { EventBlock } from "../../worker/events/segment-facts.ts";
import {
  KindNumber,
  TOKEN_KEYS,
  TOKEN_KINDS,
  TOKEN_LIMIT,
  type TokenKind,
  TokenList,
  TokenSets,
  type Tokens,
  tokenOf,
} from "../../worker/events/tokens.ts";
import { exportRequest } from "../support/arbitraries.ts";
import { encodeJson } from "../support/otlp-json.ts";
import { type Item, TRACE_ID, exportBody } from "../support/otlp-requests.ts";
import { SIGNALS, type SignalName, encodeMessage, requestType } from "../support/proto.ts";
import { drawFrom, scramble } from "../support/scramble.ts";
import { FRAME, transcode } from "../support/transcode.ts";

const RUNS = { numRuns: 200 };
/** Few events fit, so that heads are shared by several segments. */
const SEGMENT_LIMIT_BYTES = 600;

/** A value in an event that may be looked up; text undefined: it is no string, number or bool. */
interface Findable {
  readonly kind: TokenKind;
  readonly text: string | undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function findable(kind: TokenKind, value: unknown): Findable {
  const isPlain = ["string", "number", "boolean"].includes(typeof value);
  return { kind, text: isPlain ? String(value) : undefined };
}

/** Every value under one of the keys, however deep. */
function keyedValues(value: unknown): readonly Findable[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const kind = TOKEN_KEYS.get(key);
    return [...(kind === undefined ? [] : [findable(kind, member)]), ...keyedValues(member)];
  });
}

/** What a reader may look for in an event, and must then find. */
function findablesOf(event: unknown): readonly Findable[] {
  const data = memberOf(event, "data");
  const names = [
    memberOf(data, "name"),
    memberOf(data, "event_name"),
    memberOf(event, "name"),
  ].filter((name) => typeof name === "string");
  const traces = [memberOf(data, "trace_id"), memberOf(event, "trace_id")].filter(
    (id) => typeof id === "string" && /^[0-9a-f]{32}$/.test(id),
  );
  return [
    ...names.map((name) => findable("name", name)),
    ...traces.map((id) => findable("trace", id)),
    ...keyedValues(event),
  ];
}

/** What the tokens of a segment miss of its events. */
function missing(
  { bytes, facts }: EventBlock,
  find: (event: unknown) => readonly Findable[],
): readonly Findable[] {
  const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
  const events = lines.map((line): unknown => JSON.parse(line));
  return events.flatMap(find).filter(({ kind, text }) => {
    const known = valuesOf(facts.tokens, kind);
    const token = text === undefined ? undefined : tokenOf(kind, text);
    return known !== undefined && (token === undefined || !known.includes(token));
  });
}

/** The tokens of one kind; undefined: not all are known. */
function valuesOf(tokens: Tokens, kind: TokenKind): readonly number[] | undefined {
  const values = [...tokens.tokensOf([kind])];
  const count = tokens.countOf(kind);
  if (count !== undefined && count !== values.length) {
    throw new Error(`there are ${values.length} tokens of ${kind}, and their count is ${count}`);
  }
  return count === undefined ? undefined : values;
}

function blocksOf(
  signal: SignalName,
  encoding: "protobuf" | "json",
  body: Uint8Array,
): readonly EventBlock[] {
  return transcode({ signal, encoding, body, segmentLimitBytes: SEGMENT_LIMIT_BYTES }).blocks;
}

describe.each(SIGNALS)("the tokens of segments of %s", (signal) => {
  const type = requestType(signal);

  it("hold whatever is findable in their events, when sent as protobuf", () => {
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        for (const block of blocksOf(signal, "protobuf", encodeMessage(type, request))) {
          expect(missing(block, findablesOf)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it("hold it however proto3 lets an encoder write it", () => {
    fc.assert(
      fc.property(exportRequest(signal), fc.integer(), (request, seed) => {
        const body = scramble(type, encodeMessage(type, request), drawFrom(seed));
        for (const block of blocksOf(signal, "protobuf", body)) {
          expect(missing(block, findablesOf)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it("hold it of an event of a megabyte that begins a further segment, with that of its head", () => {
    const long = "é".repeat(2 ** 19);
    const items: readonly Item[] = [...Array(3).keys()].map((index) => ({
      name: `${long}${index}`,
      service: "s",
      traceId: TRACE_ID,
    }));
    const blocks = blocksOf(signal, "protobuf", exportBody(signal, "protobuf", items));

    expect(blocks).toHaveLength(items.length);
    for (const [index, block] of blocks.entries()) {
      expect(missing(block, findablesOf)).toEqual([]);
      expect(valuesOf(block.facts.tokens, "name")).toEqual([tokenOf("name", `${long}${index}`)]);
    }
  });

  it("hold it when sent as JSON", () => {
    fc.assert(
      fc.property(exportRequest(signal), (request) => {
        for (const block of blocksOf(signal, "json", encodeJson(signal, request))) {
          expect(missing(block, findablesOf)).toEqual([]);
        }
      }),
      RUNS,
    );
  });
});

describe("the tokens of a segment with many names", () => {
  it.each([TOKEN_LIMIT - 1, TOKEN_LIMIT, TOKEN_LIMIT + 1])("%i of them", (count) => {
    const items = Array.from({ length: count }, (_none, index) => ({ name: `n${index}` }));
    const body = exportBody("traces", "protobuf", [...items, ...items.slice(0, 9)]);

    const [block, next] = transcode({ signal: "traces", encoding: "protobuf", body }).blocks;

    expect(next).toBeUndefined();
    // Two names may share a token.
    const tokens = new Set(items.map(({ name }) => tokenOf("name", name)));
    expect(block && valuesOf(block.facts.tokens, "name")?.length).toBe(
      tokens.size > TOKEN_LIMIT ? undefined : tokens.size,
    );
    expect(block && valuesOf(block.facts.tokens, "trace")).toHaveLength(1);
  });
});

const NATIVE_KEYS = [
  ...TOKEN_KEYS.keys(),
  "name",
  "event_name",
  "trace_id",
  "service",
  "resource",
  "attributes",
  "service.name",
  "a",
];
const hexDigits = fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16));
const traceId = fc.string({ unit: hexDigits, minLength: 32, maxLength: 32 });
const leaf: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
  traceId.map((text) => JSON.stringify(text)),
  fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map(String),
  fc.constantFrom("true", "false", "null", "-0", "1.50", "12345678901234567890", "1e400"),
);

/** JSON text, so that numbers occur which `JSON.stringify` would not write. */
const nativeJson = fc.letrec<{ value: string; map: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, tie("map"), listOf(tie("value"))),
  map: fc
    .array(fc.tuple(fc.constantFrom(...NATIVE_KEYS), tie("value")), { maxLength: 6 })
    .map((members) => braces(members.map(([key, value]) => `${JSON.stringify(key)}:${value}`))),
}));

function listOf(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(value, { maxLength: 3 }).map((values) => `[${values.join(",")}]`);
}

function braces(members: readonly string[]): string {
  return `{${members.join(",")}}`;
}

const nativeEvent = fc
  .record(
    {
      event_type: fc.constantFrom('"login"', '"span"', '"\\u0007é"'),
      data: fc.oneof({ weight: 4, arbitrary: nativeJson.map }, { weight: 1, arbitrary: leaf }),
      ...Object.fromEntries(["name", "trace_id", "service", "category"].map((key) => [key, leaf])),
    },
    { requiredKeys: [] },
  )
  .map((members) => braces(Object.entries(members).map(([key, value]) => `"${key}":${value}`)));

function nativeBlocksOf(texts: readonly string[]): readonly EventBlock[] {
  const lines = texts.flatMap((text) => {
    const parsed = parseNativeJson(text);
    const line = parsed.ok ? nativeLine(parsed.value, { ...FRAME, batchId: undefined }) : parsed;
    return line.ok ? [line.value] : [];
  });
  return [...nativeBlocks(lines, FRAME.receivedAtMs, SEGMENT_LIMIT_BYTES)];
}

describe("the facts of segments of native events", () => {
  it("hold whatever is findable in their events", () => {
    fc.assert(
      fc.property(fc.array(nativeEvent, { maxLength: 8 }), (texts) => {
        for (const block of nativeBlocksOf(texts)) {
          expect(missing(block, findablesOf)).toEqual([]);
          expect(
            missing(block, (event) => [findable("event_type", memberOf(event, "event_type"))]),
          ).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("name every service, and no other", () => {
    fc.assert(
      fc.property(fc.array(nativeEvent, { maxLength: 8 }), (texts) => {
        for (const { bytes, facts } of nativeBlocksOf(texts)) {
          const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
          const services = lines.map((line): unknown => {
            const event: unknown = JSON.parse(line);
            const data = memberOf(event, "data");
            const attributes = memberOf(memberOf(data, "resource"), "attributes");
            return (
              memberOf(attributes, "service.name") ??
              memberOf(data, "service") ??
              memberOf(event, "service")
            );
          });
          expect(facts.services).toEqual(
            new Set(services.filter((service) => typeof service === "string")),
          );
        }
      }),
      RUNS,
    );
  });

  it("do not know the values of a list deeper than they are looked for", () => {
    const deep = `${"[".repeat(40)}{"session_id":"a"}${"]".repeat(40)}`;

    const [block] = nativeBlocksOf([`{"data":{"a":${deep}}}`]);

    expect(block && valuesOf(block.facts.tokens, "session")).toBeUndefined();
    expect(block && valuesOf(block.facts.tokens, "event_type")).toEqual([
      tokenOf("event_type", "event"),
    ]);
  });
});

describe("TokenSets", () => {
  const token = fc.oneof(
    fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    fc.constantFrom(1, 16, 32, 48, 2 ** 31, 2 ** 32 - 1),
  );
  const additions = fc.array(fc.tuple(fc.constantFrom(...TOKEN_KINDS), token), {
    maxLength: 300,
    size: "max",
  });

  it("hold what was added, each token once and under its kind only", () => {
    fc.assert(
      fc.property(additions, (added) => {
        const sets = new TokenSets();
        for (const [kind, value] of added) {
          sets.add(kind, value);
        }
        for (const kind of TOKEN_KINDS) {
          const expected = added.filter(([own]) => own === kind).map(([, value]) => value);
          const held = valuesOf(sets, kind) ?? [];
          expect(held).toHaveLength(new Set(expected).size);
          expect(new Set(held)).toEqual(new Set(expected));
        }
      }),
      RUNS,
    );
  });

  it("do not know a kind with more tokens than the limit, nor one that was forgotten", () => {
    const sets = new TokenSets();
    sets.add("device", 7);
    for (let value = 1; value <= TOKEN_LIMIT; value += 1) {
      sets.add("name", value);
    }
    expect(valuesOf(sets, "name")).toHaveLength(TOKEN_LIMIT);

    sets.add("name", 2 ** 32 - 1);
    sets.forget("session");

    expect(valuesOf(sets, "name")).toBeUndefined();
    expect(valuesOf(sets, "session")).toBeUndefined();
    expect(valuesOf(sets, "device")).toEqual([7]);
  });
});

describe("TokenList", () => {
  const pair = fc.tuple(fc.constantFrom(...TOKEN_KINDS), fc.integer({ min: 1, max: 2 ** 32 - 1 }));
  const pairs = fc.uniqueArray(pair, { maxLength: 100, selector: ([kind, token]) => kind + token });

  it("gives the tokens of some kinds, and says which kinds are not known", () => {
    const kinds = fc.uniqueArray(fc.constantFrom(...TOKEN_KINDS));
    fc.assert(
      fc.property(pairs, kinds, kinds, (known, wanted, unknown) => {
        const numbers = known.flatMap(([kind, token]) => [token, KindNumber[kind]]);
        const bits = unknown.reduce((set, kind) => set | (1 << KindNumber[kind]), 0);
        const list = new TokenList(Uint32Array.from(numbers), bits);

        expect([...list.tokensOf(wanted)]).toEqual(
          known.filter(([kind]) => wanted.includes(kind)).map(([, token]) => token),
        );
        for (const kind of TOKEN_KINDS) {
          const count = known.filter(([own]) => own === kind).length;
          expect(list.countOf(kind)).toBe(unknown.includes(kind) ? undefined : count);
        }
      }),
      RUNS,
    );
  });
});

describe("tokenOf()", () => {
  it("spreads texts that differ in one character over the highest bits", () => {
    const groups = new Set(
      Array.from(
        { length: 4096 },
        (_none, index) => (tokenOf("name", `GET /${index}`) ?? 0) >>> 24,
      ),
    );

    expect(groups.size).toBe(256);
  });

  it("differs between kinds and knows nothing of texts that are no trace id", () => {
    expect(tokenOf("session", "a")).not.toBe(tokenOf("device", "a"));
    expect(tokenOf("trace", "0AF7651916CD43DD8448EB211C80319C")).toBeUndefined();
    expect(tokenOf("trace", "0af7651916cd43dd8448eb211c80319c")).toBeTypeOf("number");
  });
});
