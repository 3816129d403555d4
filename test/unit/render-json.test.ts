import { describe, expect, it } from "vitest";

import { type PageMeta, renderJson } from "../../worker/query/render/json.ts";
import { renderNdjson } from "../../worker/query/render/ndjson.ts";

const META: PageMeta = {
  limit: 100,
  retention_seconds: 604_800,
  next_cursor: "abc",
  complete: false,
  stopped_by: "reads",
  scanned: { lists: 1, reads: 2 },
};
/** Digits that a double does not hold, and white space that JSON.stringify would not write. */
const EXACT = '{"event_type":"x","data":{"n":12345678901234567890,"z":1.50, "e":1e400}}';
const PLAIN = '{"event_type":"span","data":{}}';

type Pages = AsyncGenerator<readonly string[], object>;

async function gather(chunks: AsyncIterable<string>): Promise<readonly string[]> {
  const gathered: string[] = [];
  for await (const chunk of chunks) {
    gathered.push(chunk);
  }
  return gathered;
}

async function* pagesOf(...pages: readonly (readonly string[])[]): Pages {
  for (const page of pages) {
    yield await Promise.resolve(page);
  }
  return { count: 3, complete: true };
}

async function* pagesWithoutEnd(asked: number[]): Pages {
  for (;;) {
    asked.push(asked.length + 1);
    yield await Promise.resolve([PLAIN]);
  }
}

async function* pagesThatFail(): Pages {
  yield await Promise.resolve([PLAIN]);
  throw new Error("no more pages");
}

describe("renderJson", () => {
  it("puts the events into the envelope as they are stored, digit for digit", () => {
    expect(renderJson([EXACT, PLAIN], META)).toBe(
      `{"count":2,"limit":100,"retention_seconds":604800,"events":[${EXACT},${PLAIN}],"next_cursor":"abc","complete":false,"stopped_by":"reads","scanned":{"lists":1,"reads":2}}`,
    );
  });

  it("is an envelope without events when there are none", () => {
    const meta = { ...META, next_cursor: null, complete: true, stopped_by: null, plan: { a: [] } };

    expect(JSON.parse(renderJson([], meta))).toEqual({ ...meta, count: 0, events: [] });
  });
});

describe("renderNdjson", () => {
  it("gives one chunk for a page and one event for a line, then the meta line", async () => {
    const chunks = renderNdjson(pagesOf([EXACT, PLAIN], [], [PLAIN]));

    expect(await gather(chunks)).toEqual([
      `${EXACT}\n${PLAIN}\n`,
      `${PLAIN}\n`,
      '{"_meta":{"count":3,"complete":true}}\n',
    ]);
  });

  it("takes pages as they come, and asks for no more than it has written", async () => {
    const asked: number[] = [];
    const chunks = renderNdjson(pagesWithoutEnd(asked));

    expect(await chunks.next()).toEqual({ done: false, value: `${PLAIN}\n` });
    expect(await chunks.next()).toEqual({ done: false, value: `${PLAIN}\n` });
    expect(asked).toEqual([1, 2]);
    expect(await chunks.return()).toEqual({ done: true, value: undefined });
  });

  it("ends without the meta line when the pages fail", async () => {
    const chunks = renderNdjson(pagesThatFail());

    await chunks.next();
    await expect(chunks.next()).rejects.toThrow("no more pages");
  });
});
