/** Makes the virtual environment of the Python client in test/interop/python. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

import { cachePath } from "./cache-directory.ts";
import { runProgram } from "./run-program.ts";
import type { Prepared } from "./toolchain.ts";

const FOLDER = join(import.meta.dirname, "../python");
const INSTALL_TIMEOUT_MS = 240_000;

/**
 * Installs the pinned packages, once per version of the pins.
 *
 * @returns the command that runs the client, or why there is none
 */
export async function preparePython(): Promise<Prepared<readonly [string, string]>> {
  const found = await runProgram("python3", [
    "-c",
    "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 10))",
  ]);
  if (found.code !== 0) {
    return { ready: false, reason: "no python3 (3.10 or newer, with venv) on the PATH" };
  }
  const requirements = join(FOLDER, "requirements.txt");
  const environment = cachePath("python-venv");
  const python = join(environment, process.platform === "win32" ? "Scripts" : "bin", "python");
  const command = [python, join(FOLDER, "emit.py")] as const;
  // Written last: an interrupted installation is repeated.
  const stamp = join(environment, "installed.txt");
  const pins = readFileSync(requirements, "utf8");
  if (readText(stamp) === pins) {
    return { ready: true, program: command };
  }

  const created = await runProgram("python3", ["-m", "venv", "--clear", environment], {
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  const installed = await runProgram(
    python,
    ["-m", "pip", "install", "--quiet", "--no-deps", "--requirement", requirements],
    { timeoutMs: INSTALL_TIMEOUT_MS },
  );
  if (created.code !== 0 || installed.code !== 0) {
    return { ready: false, reason: "the pinned Python packages are not available" };
  }
  writeFileSync(stamp, pins);

  return { ready: true, program: command };
}

/** @returns the text, or undefined when there is no such file */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
