/** Lists of attributes in whatever form: keys repeated, missing, behind their values, of any length. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { addEventTokens } from "../../worker/events/event-tokens.ts";
import { TOKEN_KINDS, TokenSets, type Tokens } from "../../worker/events/tokens.ts";
import { canonicalAll } from "../support/canonical.ts";
import { expectedEvents } from "../support/oracle.ts";
import { utf8 } from "../support/proto.ts";
import { FRAME, transcode } from "../support/transcode.ts";
import { concat, lengthField, tag, varintField } from "../support/wire.ts";

const RUNS = { numRuns: 200 };
/** Every length around the words that keys are hashed by, and what is special about keys. */
const KEYS: readonly string[] = [
  ..."|a|b|ab|abc|abcd|abce|abcde|key.of.13.byt|key.of.13.bys".split("|"),
  ...'session.id|error.type|error_code|quo"te|ключ|\u0001\u0002\u0003\u0004\u0005'.split("|"),
  ...[59, 60, 61, 62, 126, 127, 128].map((length) => "k".repeat(length)),
];

/** An AnyValue. */
const value: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .constantFrom("", "x", 'open "ai"', "tool", "v".repeat(130))
    .map((text) => lengthField(1, utf8(text))),
  fc.bigInt(0n, 2n ** 64n - 1n).map((number) => varintField(3, number)),
  fc.constantFrom(0, 1, 127, 128, 16_384).map((number) => varintField(3, number)),
  fc.boolean().map((flag) => varintField(2, flag ? 1 : 0)),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => concat(tag(4, 1), bytes)),
  fc.constantFrom(lengthField(5), lengthField(7, utf8("bytes")), new Uint8Array(0)),
);

/** A KeyValue, as senders write it or not. */
const entry: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.constantFrom(...KEYS), fc.constantFrom(...KEYS), value, value, fc.nat(40))
  .map(([key, other, first, second, form]) => {
    const keyField = lengthField(1, utf8(key));
    const valueField = lengthField(2, first);
    switch (form) {
      case 0:
        return keyField;
      case 1:
        return concat(valueField, keyField);
      case 2:
        return concat(keyField, valueField, lengthField(1, utf8(other)));
      case 3:
        return concat(keyField, valueField, lengthField(2, second));
      case 4:
        return concat(keyField, valueField, lengthField(1, utf8(key)), varintField(9, 1));
      default:
        return concat(keyField, valueField);
    }
  });

/** Lists of a few orders: each is the start of one of them, then perhaps something else. */
const lists: fc.Arbitrary<readonly (readonly Uint8Array[])[]> = fc
  .array(fc.array(entry, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 })
  .chain((orders) =>
    fc.array(
      fc
        .tuple(fc.constantFrom(...orders), fc.nat(8), fc.array(entry, { maxLength: 1 }))
        .map(([order, length, more]) => [...order.slice(0, length), ...more]),
      { minLength: 5, maxLength: 30 },
    ),
  );

function requestOf(attributeLists: readonly (readonly Uint8Array[])[]): Uint8Array {
  const spans = attributeLists.map((entries) =>
    lengthField(2, lengthField(5, utf8("n")), ...entries.map((one) => lengthField(9, one))),
  );
  return lengthField(1, lengthField(2, ...spans));
}

describe("lists of attributes in any form", () => {
  it("give the events that an independent decoder gives", () => {
    fc.assert(
      fc.property(lists, (attributeLists) => {
        const body = requestOf(attributeLists);

        const { events } = transcode({ signal: "traces", encoding: "protobuf", body });

        expect(canonicalAll(events)).toEqual(
          canonicalAll(expectedEvents("traces", body, FRAME).events),
        );
      }),
      RUNS,
    );
  });

  it("may have entries with two keys or two values, of which the last counts", () => {
    const first = lengthField(1, utf8("first"));
    const text = lengthField(2, lengthField(1, utf8("x")));
    const renamed = [concat(first, text, lengthField(1, utf8("last"))), concat(first, text)];
    const repeated = [concat(first, lengthField(2, varintField(3, 1))), concat(first, text)];
    const body = requestOf([...Array.from({ length: 100 }, () => renamed), repeated]);

    const { lines } = transcode({ signal: "traces", encoding: "protobuf", body });

    expect(lines.at(0)).toContain('"attributes":{"last":"x","first":"x"}');
    expect(lines.at(-1)).toContain('"attributes":{"first":"x"}');
  });

  it("give the tokens that their lines give", () => {
    fc.assert(
      fc.property(lists, (attributeLists) => {
        const { blocks } = transcode({
          signal: "traces",
          encoding: "protobuf",
          body: requestOf(attributeLists),
        });

        for (const { bytes, facts } of blocks) {
          const read = new TokenSets();
          for (const line of new TextDecoder().decode(bytes).trimEnd().split("\n")) {
            addEventTokens(JSON.parse(line), read);
          }
          expect(missing(facts.tokens, read)).toEqual([]);
        }
      }),
      RUNS,
    );
  });
});

/** The tokens that were read and are not held. Not of types of events: those are known anyway. */
function missing(held: Tokens, read: Tokens): readonly unknown[] {
  return TOKEN_KINDS.filter((kind) => kind !== "event_type").flatMap((kind): readonly unknown[] => {
    if (held.countOf(kind) === undefined) {
      return [];
    }
    const known = held.tokensOf([kind]);
    return read.countOf(kind) === undefined
      ? [kind]
      : [...read.tokensOf([kind])].filter((token) => !known.includes(token));
  });
}
