/** Compiles the AssemblyScript of worker/transcoder to the WebAssembly module the Worker imports. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

import { PROJECT_ROOT } from "../gateway/wrangler-command.ts";

const DIRECTORY = join(PROJECT_ROOT, "worker", "transcoder");
const SOURCES = join(DIRECTORY, "assembly");
const CONFIG = join(DIRECTORY, "asconfig.json");
const COMPILER_PACKAGE = createRequire(import.meta.url).resolve("assemblyscript/package.json");
const COMPILER = join(dirname(COMPILER_PACKAGE), "bin", "asc.js");

/** A compiler that hangs must not hang an install. */
const TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The compiled module, absolute; it exists once `buildTranscoder()` has returned. */
export const TRANSCODER_FILE = join(DIRECTORY, "build", "transcoder.wasm");

/**
 * Compiles the module, unless it is newer than all it is made of. Processes may do so at once: each
 * puts a whole file in place.
 *
 * @throws Error with what the compiler said, when it fails; the module of before stays
 */
export function buildTranscoder(): void {
  // Before anything is read: what is edited meanwhile is compiled the next time.
  const startedAt = new Date();
  if (!isFresh()) {
    replaceFile(compile(), startedAt);
  }
}

function isFresh(): boolean {
  const builtAt = readChangeTime(TRANSCODER_FILE) ?? 0;

  // What is listed may be gone by now: an editor's temporary file.
  return listInputs().every((path) => (readChangeTime(path) ?? Infinity) < builtAt);
}

function readChangeTime(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** The compiler counts, as an update changes its output; and folders, as they know of removals. */
function listInputs(): readonly string[] {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });

  return [COMPILER_PACKAGE, CONFIG, SOURCES, ...sources.map((name) => join(SOURCES, name))];
}

function compile(): Uint8Array {
  const { error, status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    // With source maps off, the compiler would start Node once more to switch them on.
    ["--enable-source-maps", COMPILER, "--config", CONFIG, "--outFile"],
    { cwd: PROJECT_ROOT, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true },
  );
  const messages = stderr?.toString().trim() ?? "";
  if (error !== undefined || status !== 0) {
    const reason = error?.message ?? `asc ended with ${signal ?? `code ${status}`}`;
    throw new Error(`Cannot build the transcoder: ${reason}\n${messages}`.trimEnd(), {
      cause: error,
    });
  }
  if (messages !== "") {
    process.stderr.write(`${messages}\n`);
  }

  return stdout;
}

/** The Worker's bundler may read it at any moment: written aside, then put in place in one step. */
function replaceFile(bytes: Uint8Array, startedAt: Date): void {
  const aside = `${TRANSCODER_FILE}.${randomUUID()}`;
  mkdirSync(dirname(TRANSCODER_FILE), { recursive: true });
  try {
    writeFileSync(aside, bytes);
    utimesSync(aside, startedAt, startedAt);
    renameSync(aside, TRANSCODER_FILE);
  } finally {
    rmSync(aside, { force: true });
  }
}
