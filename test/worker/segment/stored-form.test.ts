import { describe, expect, it } from "vitest";

import { decodeStored, encodeStored } from "../../../worker/segment/stored-form.ts";

/** node:zlib is another implementation here than in the tests that run on Node. */
describe("a segment's value, in workerd", () => {
  const text = Array.from({ length: 4000 }, (_none, row) => `{"event_type":"span","row":${row}}\n`);
  const bytes = new TextEncoder().encode(text.join(""));

  it("is compressed and reads back", () => {
    const { value, storedBytes } = encodeStored(bytes, 4000);

    expect(value).toMatch(/^KLUv\//);
    expect(storedBytes).toBeLessThan(bytes.length / 4);
    const read = decodeStored(String(value), bytes.length);
    expect(read.ok && new TextDecoder().decode(read.value)).toBe(text.join(""));
  });

  it("is not read beyond the limit", () => {
    const { value } = encodeStored(bytes, 4000);

    expect(decodeStored(String(value), bytes.length - 1)).toMatchObject({
      ok: false,
      error: { kind: "too-large" },
    });
  });

  it("is damaged when the frame is cut", () => {
    const { value } = encodeStored(bytes, 4000);

    expect(decodeStored(String(value).slice(0, -8), bytes.length)).toMatchObject({
      ok: false,
      error: { kind: "damaged" },
    });
  });
});
