import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";

import { ProtobufWriter } from "../../worker/otlp/json/protobuf-writer.ts";

const RUNS = { numRuns: 1000 };
/** Lengths of which a room of one to five bytes is too small, just enough, and too large. */
const lengths = fc.oneof(fc.nat(300), fc.constantFrom(16_383, 16_384, 70_000));

/** What was written, for protobufjs to read. */
function written(write: (out: ProtobufWriter) => void): protobuf.Reader {
  const out = new ProtobufWriter(8);
  write(out);
  return protobuf.Reader.create(out.finish());
}

describe("ProtobufWriter", () => {
  it("writeText() writes any text, and U+FFFD for half a surrogate pair", () => {
    const units = fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes));
    const ascii = lengths.map((length) => "a".repeat(length));
    const text = fc.oneof(units, fc.string({ unit: "binary" }), ascii);
    fc.assert(
      fc.property(text, text, (first, second) => {
        const reader = written((out) => {
          out.writeText(first);
          out.writeText(second);
        });

        expect([reader.string(), reader.string(), reader.pos]).toEqual([
          first.toWellFormed(),
          second.toWellFormed(),
          reader.len,
        ]);
      }),
      RUNS,
    );
  });

  it("close() writes the length of what is inside, whatever room there was", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 5 }), (length, roomBytes) => {
        const reader = written((out) => {
          const mark = out.open(roomBytes);
          for (let index = 0; index < length; index += 1) {
            out.writeByte(index & 0xff);
          }
          out.close(mark, roomBytes);
        });

        expect(Buffer.from(reader.bytes())).toEqual(
          Buffer.from(Uint8Array.from({ length }, (_none, index) => index)),
        );
        expect(reader.pos).toBe(reader.len);
      }),
      { numRuns: 200 },
    );
  });

  it("writeVarint64(), writeFixed64(), writeInteger() write any integer", () => {
    const integer = fc.oneof(
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      fc.maxSafeInteger().map(BigInt),
    );
    fc.assert(
      fc.property(integer, fc.maxSafeInteger(), (exact, safe) => {
        const high = Number(BigInt.asIntN(32, exact >> 32n));
        const low = Number(BigInt.asIntN(32, exact));
        const reader = written((out) => {
          out.writeVarint64(high, low);
          out.writeFixed64(high, low);
          out.writeInteger(safe);
        });

        expect([reader.int64(), reader.sfixed64(), reader.int64()].map(String)).toEqual([
          String(exact),
          String(exact),
          String(safe),
        ]);
      }),
      RUNS,
    );
  });
});
