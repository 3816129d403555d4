/** A short run of what `npm run fuzz` does at length: no bytes break the receiver. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { drawFuzzCase } from "../support/fuzz-case.ts";
import { drawFrom } from "../support/scramble.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();
const RUNS = 400;

describe("damaged and random requests", () => {
  it("[FUZZ answers] give 200, 400, 413 or 415, and no exception", async () => {
    // A failure prints the seed of fast-check and the number of the case.
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31 - 1), async (seed) => {
        const answer = await gateway.send(drawFuzzCase(drawFrom(seed)));

        expect([200, 400, 413, 415]).toContain(answer.status);
      }),
      { numRuns: RUNS },
    );
    expect(gateway.exceptions()).toEqual([]);
  });
});
