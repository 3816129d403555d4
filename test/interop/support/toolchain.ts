/* oxlint-disable vitest/no-conditional-tests, vitest/no-disabled-tests, vitest/valid-title -- Declares on behalf of test files: the titles are theirs, and a skip is what this is for. */
/** What to do about a client that this machine cannot build or run. */
import process from "node:process";

import { describe, it } from "vitest";

/** A client that is ready to run, or the reason why there is none. */
export type Prepared<Program> =
  | { readonly ready: true; readonly program: Program }
  | { readonly ready: false; readonly reason: string };

/**
 * Declares the tests of one client. Where the client is missing, a user sees them skipped by
 * name and with the reason; with INTEROP_REQUIRED=1 (CI) that is a failure.
 *
 * @param name what is tested
 * @param prepared the client
 * @param define declares the tests; called only when the client is ready
 * @throws Error when the client is missing and INTEROP_REQUIRED=1
 */
export function requireToolchain<Program>(
  name: string,
  prepared: Prepared<Program>,
  define: (program: Program) => void,
): void {
  if (prepared.ready) {
    describe(name, () => {
      define(prepared.program);
    });
    return;
  }
  if (process.env["INTEROP_REQUIRED"] === "1") {
    throw new Error(`Cannot test ${name}: ${prepared.reason} (INTEROP_REQUIRED=1 forbids a skip)`);
  }
  describe(name, () => {
    it.skip(`needs a toolchain: ${prepared.reason}`, () => {});
  });
}
