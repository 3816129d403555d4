/** Before the tests, and in a watched run before each repetition: nothing is tested that is not the source. */
import type { TestProject } from "vitest/node";

import { buildTranscoder } from "../../scripts/transcoder/build.ts";

/** Called by vitest once, whichever projects run. */
export function setup(project: TestProject): void {
  buildTranscoder();
  project.onTestsRerun(async () => {
    buildTranscoder();
  });
}
