/** Builds the Go clients from the modules in test/interop/go. */
import { join } from "node:path";
import process from "node:process";

import { cachePath } from "./cache-directory.ts";
import { runProgram } from "./run-program.ts";
import type { Prepared } from "./toolchain.ts";

/** A folder of test/interop/go, and the package in it that is built. */
export interface GoModule {
  readonly folder: string;
  /** Import path; the folder itself when absent. */
  readonly package?: string;
}

const MINIMUM_MINOR = 26;
const DOWNLOAD_TIMEOUT_MS = 180_000;
const BUILD_TIMEOUT_MS = 280_000;

/**
 * Builds one Go program. The second time it takes what Go's own cache needs to see that nothing
 * changed.
 *
 * @returns the path of the binary, or why there is none: no Go, or modules that are neither
 *   cached nor reachable
 * @throws Error when the program does not compile, which is our mistake and never a skip
 */
export async function prepareGo(module: GoModule): Promise<Prepared<string>> {
  const missing = await missingGo();
  if (missing !== undefined) {
    return { ready: false, reason: missing };
  }
  const cwd = join(import.meta.dirname, "../go", module.folder);
  const download = await runProgram("go", ["mod", "download"], {
    cwd,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (download.code !== 0) {
    return { ready: false, reason: `the Go modules of ${module.folder} are not available` };
  }
  const binary = cachePath(process.platform === "win32" ? `${module.folder}.exe` : module.folder);
  const build = await runProgram("go", ["build", "-o", binary, module.package ?? "."], {
    cwd,
    env: { GOFLAGS: "-mod=readonly -buildvcs=false" },
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  if (build.code !== 0) {
    throw new Error(`Cannot build ${module.folder}: ${build.stderr}`);
  }

  return { ready: true, program: binary };
}

async function missingGo(): Promise<string | undefined> {
  const version = await runProgram("go", ["env", "GOVERSION"]);
  const minor = /^go1\.(\d+)/.exec(version.stdout)?.[1];
  if (version.code !== 0 || minor === undefined) {
    return "no go on the PATH";
  }

  return Number(minor) < MINIMUM_MINOR
    ? `go 1.${MINIMUM_MINOR} or newer, found ${version.stdout.trim()}`
    : undefined;
}
