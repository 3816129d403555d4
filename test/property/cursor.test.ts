import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  type Cursor,
  cursorSigner,
  decodeCursor,
  encodeCursor,
} from "../../worker/query/cursor.ts";

const RUNS = { numRuns: 200 };
const sign = cursorSigner("the key");
const timeMs = fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 });
const cursor: fc.Arbitrary<Cursor> = fc.record({
  after: fc.record({
    timestampMs: timeMs,
    key: fc.oneof(
      fc.constant("~"),
      timeMs.map((ms) => `traces:${ms}:AAAAAAAAAAAAAAAA`),
    ),
    row: fc.nat(),
  }),
  range: fc.record({ startMs: timeMs, endMs: timeMs }),
});
const question = fc.string({ unit: "binary", maxLength: 20 });

describe("cursors", () => {
  it("carry the place and the range, for the question they were made for", async () => {
    await fc.assert(
      fc.asyncProperty(cursor, question, async (given, asked) => {
        const text = await encodeCursor(given, asked, sign);

        expect(text).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}$/);
        expect(await decodeCursor(text, asked, sign)).toEqual({ ok: true, value: given });
      }),
      RUNS,
    );
  });

  it("are refused with another question, and say so", async () => {
    await fc.assert(
      fc.asyncProperty(cursor, fc.tuple(question, question), async (given, [asked, other]) => {
        fc.pre(asked !== other);
        const refused = await decodeCursor(await encodeCursor(given, asked, sign), other, sign);

        expect(refused).toMatchObject({ ok: false });
        expect(JSON.stringify(refused)).toMatch(/another question|not made by this gateway/);
      }),
      RUNS,
    );
  });

  it("are refused when they were changed, or made under another key", async () => {
    await fc.assert(
      fc.asyncProperty(cursor, fc.nat(), async (given, drawn) => {
        const text = await encodeCursor(given, "asked", sign);
        const at = drawn % text.length;
        const changed = `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;

        expect(await decodeCursor(changed, "asked", sign)).toMatchObject({ ok: false });
        expect(await decodeCursor(text, "asked", cursorSigner("another"))).toEqual({
          ok: false,
          error: "it was not made by this gateway, or before its key changed",
        });
      }),
      RUNS,
    );
  });

  it("are refused in words when they are any other text", async () => {
    const texts = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.json().map((json) => `${Buffer.from(json).toString("base64url")}.AAAA`),
      fc.constant(`${Buffer.from("[2,1,2,3]").toString("base64url")}.AAAA`),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await decodeCursor(text, "asked", sign)).toEqual({
          ok: false,
          error: "it is not a cursor of this gateway",
        });
      }),
      RUNS,
    );
  });
});
