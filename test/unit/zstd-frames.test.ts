import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { findZstdFrames } from "../../worker/http/zstd-frames.ts";
import { concat } from "../support/wire.ts";

const content = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.nat(400_000).map((length) => new Uint8Array(length)),
);

/** RFC 8878 §3.1.2. */
function skippable(data: Uint8Array): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint32(0, 0x184d2a57, true);
  view.setUint32(4, data.length, true);
  return Uint8Array.from([...head, ...data]);
}

describe("findZstdFrames()", () => {
  it("finds every frame, so that their contents join to what was compressed", () => {
    fc.assert(
      fc.property(
        fc.array(content, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (parts, gaps) => {
          const frames = parts.map((part) => zstdCompressSync(part));
          const gap = gaps ? skippable(Uint8Array.of(1, 2, 3)) : new Uint8Array(0);
          const body = Uint8Array.from(
            Buffer.concat([gap, ...frames.flatMap((one) => [one, gap])]),
          );
          const found = findZstdFrames(body);

          expect(found.ok).toBe(true);
          const ranges = found.ok ? found.value : [];
          const contents = ranges.map(({ start, end }) =>
            zstdDecompressSync(body.slice(start, end)),
          );
          expect(Buffer.concat(contents).equals(Buffer.concat(parts))).toBe(true);
          expect(
            ranges.every(
              ({ contentBytes }, at) => (contentBytes ?? parts[at]?.length) === parts[at]?.length,
            ),
          ).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("finds nothing in a body that was cut", () => {
    const body = concat(zstdCompressSync(Uint8Array.of(1, 2, 3)), skippable(Uint8Array.of(9)));
    const first = zstdCompressSync(Uint8Array.of(1, 2, 3)).length;
    for (let length = 0; length < body.length; length += 1) {
      expect(findZstdFrames(body.subarray(0, length)).ok).toBe(length === first);
    }
  });

  it("answers any bytes without throwing", () => {
    const magic = fc.constantFrom([0x28, 0xb5, 0x2f, 0xfd], [0x50, 0x2a, 0x4d, 0x18], []);
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
        expect(typeof findZstdFrames(Uint8Array.from([...start, ...rest])).ok).toBe("boolean");
      }),
      { numRuns: 2000 },
    );
  });
});
