/** Global setup of vitest: no test runs on a module that is older than its source. */
import { rmSync } from "node:fs";
import process from "node:process";

import type { TestProject } from "vitest/node";

import { TRANSCODER_FILE, buildTranscoder } from "../../scripts/transcoder/build.ts";

/** Called once, whichever projects run; a watched run builds again before each repetition. */
export function setup(project: TestProject): void {
  buildTranscoder();
  project.onTestsRerun(async () => {
    try {
      buildTranscoder();
    } catch (error) {
      // An exception would end the watched run: tests fail for want of a module instead.
      rmSync(TRANSCODER_FILE, { force: true });
      process.stderr.write(`${String(error)}\n`);
    }
  });
}
