/** What an isolate keeps of an export that is done: the transcoder, whose memory is bounded. */
import { join } from "node:path";
import process from "node:process";

import { describe, expect, it } from "vitest";

import { runProgram } from "../interop/support/run-program.ts";

const PROGRAM = join(import.meta.dirname, "programs/measure-retained.ts");
const TIMEOUT_MS = 60_000;

describe("an export that is done", () => {
  it.each(["traces_go_512.bin", "logs_go_512.bin", "metrics_go_512.bin", "traces_go_1.47.0.json"])(
    "leaves neither its body nor its segments in memory: %s",
    async (name) => {
      const run = await runProgram(process.execPath, ["--expose-gc", PROGRAM, name], {
        timeoutMs: TIMEOUT_MS,
      });

      expect(run.stderr).toBe("");
      expect(JSON.parse(run.stdout)).toEqual({ body: false, segment: false });
    },
    TIMEOUT_MS,
  );
});
