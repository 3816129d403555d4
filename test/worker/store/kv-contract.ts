/** What a KV namespace does, workerd's and the fake alike: the facts that the store is built on. */
import { beforeEach, describe, expect, it } from "vitest";

const MIB = 1024 * 1024;
const decoder = new TextDecoder();

/** What an operation throws, as its message; "" when it throws nothing. */
async function failureOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_none, index) => `k${String(index).padStart(4, "0")}`);
}

async function putAll(kv: KVNamespace, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => kv.put(key, key)));
}

/**
 * Registers the tests.
 *
 * @param makeNamespace makes an empty namespace, once per test
 */
export function describeKv(name: string, makeNamespace: () => Promise<KVNamespace>): void {
  // Some values are as large as KV takes.
  describe(`KV: ${name}`, { timeout: 30_000 }, () => {
    let kv: KVNamespace;

    beforeEach(async () => {
      kv = await makeNamespace();
    });

    describe("put() and get()", () => {
      it.each([
        { title: "text", value: "grüße", text: "grüße" },
        { title: "an ArrayBuffer", value: Uint8Array.of(97, 98).buffer, text: "ab" },
        { title: "part of a buffer", value: Uint8Array.of(97, 98, 99).subarray(1, 2), text: "b" },
        { title: "nothing", value: "", text: "" },
      ])("keep $title", async ({ value, text }) => {
        await kv.put("key", value);

        expect(await kv.get("key")).toBe(text);
        expect(await kv.get("key", "text")).toBe(text);
        expect(await kv.get("key", { type: "text" })).toBe(text);
      });

      it("keep a stream", async () => {
        const { body } = new Response("streamed");
        if (body === null) {
          throw new Error("a response with text has a body");
        }
        const { readable, writable } = new FixedLengthStream("streamed".length);
        await Promise.all([body.pipeTo(writable), kv.put("key", readable)]);

        expect(await kv.get("key")).toBe("streamed");
      });

      it("give a value as JSON, as bytes and as a stream", async () => {
        await kv.put("key", '{"a":1}');
        const bytes = await kv.get("key", "arrayBuffer");
        const stream = await kv.get("key", "stream");

        expect(await kv.get("key", "json")).toEqual({ a: 1 });
        expect(decoder.decode(bytes ?? undefined)).toBe('{"a":1}');
        expect(await new Response(stream).text()).toBe('{"a":1}');
      });

      it("give null for what is not there", async () => {
        expect(await kv.get("missing")).toBeNull();
        expect(await kv.getWithMetadata("missing")).toEqual({
          value: null,
          metadata: null,
          cacheStatus: null,
        });
      });

      it("replace a value together with its metadata", async () => {
        await kv.put("key", "old", { metadata: "old" });
        await kv.put("key", "new");

        expect(await kv.getWithMetadata("key")).toMatchObject({ value: "new", metadata: null });
      });

      it.each([{ metadata: "text" }, { metadata: { a: [1, null] } }, { metadata: 0 }])(
        "keep the metadata $metadata",
        async ({ metadata }) => {
          await kv.put("key", "value", { metadata });

          expect(await kv.getWithMetadata("key")).toMatchObject({ value: "value", metadata });
          expect((await kv.list()).keys).toEqual([{ name: "key", metadata }]);
        },
      );

      it("forget what is deleted, and take the deletion of nothing", async () => {
        await kv.put("key", "value");
        await kv.delete("key");
        await kv.delete("never there");

        expect(await kv.get("key")).toBeNull();
        expect((await kv.list()).keys).toEqual([]);
      });
    });

    describe("limits", () => {
      it("of a key are 512 bytes of UTF-8", async () => {
        const longest = `${"é".repeat(255)}ab`;
        const tooLong = `${longest}c`;
        const text = "414 UTF-8 encoded length of 513 exceeds key length limit of 512.";
        await kv.put(longest, "value");

        expect(await kv.get(longest)).toBe("value");
        expect(await failureOf(() => kv.put(tooLong, ""))).toBe(`KV PUT failed: ${text}`);
        expect(await failureOf(() => kv.get(tooLong))).toBe(`KV GET failed: ${text}`);
        expect(await failureOf(() => kv.delete(tooLong))).toBe(`KV DELETE failed: ${text}`);
        expect(await failureOf(() => kv.list({ prefix: tooLong }))).toBe(`KV GET failed: ${text}`);
      });

      it.each([
        { key: "", text: "Key name cannot be empty." },
        { key: ".", text: '"." is not allowed as a key name.' },
        { key: "..", text: '".." is not allowed as a key name.' },
      ])('refuse the key "$key"', async ({ key, text }) => {
        expect(await failureOf(() => kv.put(key, ""))).toBe(text);
        expect(await failureOf(() => kv.get(key))).toBe(text);
        expect(await failureOf(() => kv.delete(key))).toBe(text);
      });

      it("of a value are 25 MiB", async () => {
        const largest = new Uint8Array(25 * MIB);
        const tooLarge = new Uint8Array(25 * MIB + 1);

        expect(await failureOf(() => kv.put("key", largest))).toBe("");
        expect(await failureOf(() => kv.put("key", tooLarge))).toBe(
          "KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.",
        );
      });

      it("of metadata are 1,024 bytes of JSON, beyond which the whole put fails", async () => {
        const longest = "m".repeat(1022);
        await kv.put("key", "first", { metadata: longest });

        expect(await failureOf(() => kv.put("key", "second", { metadata: `${longest}c` }))).toBe(
          "KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024.",
        );
        expect(await kv.getWithMetadata("key")).toMatchObject({
          value: "first",
          metadata: longest,
        });
      });

      it.each([
        { ttl: 0, text: "Invalid expiration_ttl of 0. Please specify integer greater than 0." },
        { ttl: -5, text: "Invalid expiration_ttl of -5. Please specify integer greater than 0." },
        { ttl: 59, text: "Invalid expiration_ttl of 59. Expiration TTL must be at least 60." },
      ])("of a time to live are 60 s, not $ttl", async ({ ttl, text }) => {
        expect(await failureOf(() => kv.put("key", "", { expirationTtl: ttl }))).toBe(
          `KV PUT failed: 400 ${text}`,
        );
        expect(await failureOf(() => kv.put("key", "", { expirationTtl: 60 }))).toBe("");
      });

      it("of a page are 1,000 keys; 0 and less stand for as many", async () => {
        await putAll(kv, numbered(3));

        expect(await failureOf(() => kv.list({ limit: 1001 }))).toBe(
          "KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.",
        );
        expect((await kv.list({ limit: 0 })).keys).toHaveLength(3);
        expect((await kv.list({ limit: -1 })).keys).toHaveLength(3);
      });
    });

    describe("bulk get", () => {
      it("gives each key once, null for what is missing", async () => {
        await kv.put("a", "1");

        expect(await kv.get(["a", "b", "a"])).toEqual(
          new Map([
            ["a", "1"],
            ["b", null],
          ]),
        );
      });

      it("gives JSON, and metadata", async () => {
        await kv.put("a", "[1]", { metadata: "m" });

        expect(await kv.get(["a"], "json")).toEqual(new Map([["a", [1]]]));
        const found = await kv.getWithMetadata(["a", "b"]);

        expect(found.get("a")).toMatchObject({ value: "[1]", metadata: "m" });
        expect(found.has("b")).toBe(true);
      });

      it("fails as a whole when one value is no JSON", async () => {
        await kv.put("a", "[1]");
        await kv.put("b", "no");

        expect(await failureOf(() => kv.get(["a", "b"], "json"))).toMatch(
          /^KV GET_BULK failed: 400 /,
        );
      });

      it("loses keys that look like the index of an array", async () => {
        await putAll(kv, ["0", "7", "123", "007", "k7"]);
        const found = await kv.get(["0", "7", "123", "007", "k7"]);

        expect([...found.keys()].toSorted()).toEqual(["007", "k7"]);
      });

      it("destroys binary values", async () => {
        await kv.put("a", Uint8Array.of(0x66, 0xff, 0x66));

        expect(await kv.get(["a"])).toEqual(new Map([["a", "f\u{fffd}f"]]));
      });

      it("takes 1 to 100 keys", async () => {
        const keys = numbered(101);
        await putAll(kv, keys);
        const most = await kv.get(keys.slice(0, 100));

        expect(most.size).toBe(100);
        expect(await failureOf(() => kv.get([...keys]))).toBe(
          "KV GET_BULK failed: 400 You can request a maximum of 100 keys",
        );
        expect(await failureOf(() => kv.get([]))).toBe(
          "KV GET_BULK failed: 400 You must request a minimum of 1 key",
        );
      });

      it("refuses more than 25 MB together", async () => {
        const half = new Uint8Array(13 * MIB).fill(0x61);
        await kv.put("a", half);
        await kv.put("b", half);

        expect(await failureOf(() => kv.get(["a", "b"]))).toBe(
          "KV GET_BULK failed: 413 Total size of request exceeds the limit of 25MB",
        );
        expect((await kv.get(["a"])).get("a")).toHaveLength(13 * MIB);
      });
    });

    describe("list()", () => {
      it("is in the order of UTF-8 bytes, not of JavaScript's strings", async () => {
        const keys = ["a", "a\u{e000}", "a🚀", "aa", "b", "é"];
        await putAll(kv, keys.toReversed());
        const { keys: listed } = await kv.list();

        expect(listed.map(({ name: key }) => key)).toEqual([
          "a",
          "aa",
          "a\u{e000}",
          "a🚀",
          "b",
          "é",
        ]);
      });

      it("shows when an entry expires", async () => {
        const before = Math.floor(Date.now() / 1000);
        await kv.put("key", "value", { expirationTtl: 3600 });
        const [listed] = (await kv.list()).keys;

        expect(listed?.expiration).toBeGreaterThanOrEqual(before + 3600);
        expect(listed?.expiration).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 3600);
      });

      it("goes on with its cursor until list_complete, and a prefix leaves the rest out", async () => {
        const keys = numbered(25);
        await putAll(kv, [...keys, "j", "l"]);
        const names: string[] = [];
        let cursor: string | undefined;
        do {
          const page: KVNamespaceListResult<unknown> = await kv.list({
            prefix: "k",
            limit: 10,
            ...(cursor !== undefined && { cursor }),
          });
          expect(page.keys.length).toBeLessThanOrEqual(10);
          names.push(...page.keys.map(({ name: key }) => key));
          cursor = page.list_complete ? undefined : page.cursor;
        } while (cursor !== undefined);

        expect(names).toEqual(keys);
      });

      it("is complete when the last page is exactly full", async () => {
        await putAll(kv, numbered(10));
        const page = await kv.list({ limit: 10 });

        expect([page.keys.length, page.list_complete]).toEqual([10, true]);
      });
    });
  });
}
