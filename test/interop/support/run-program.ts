/** Runs other programs with an environment that says nothing about telemetry. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ended by force after this time; 30 s when absent. */
  readonly timeoutMs?: number;
}

/** How a program ended. */
export interface RunResult {
  /** Exit code; -1 when it could not be started or was ended by a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface RunningProgram {
  /** Resolves when it has ended and all its output is read. */
  readonly result: Promise<RunResult>;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Runs a program to its end.
 *
 * @param command its name or path
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return await startProgram(command, args, options).result;
}

/**
 * Starts a program.
 *
 * @param command its name or path
 */
export function startProgram(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): RunningProgram {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...environmentWithoutTelemetry(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    killSignal: "SIGKILL",
  });

  return { result: collectResult(child) };
}

async function collectResult(child: ChildProcess): Promise<RunResult> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));

  return await new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: -1, stdout, stderr: error.message }));
    child.once("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

/** A developer's own OTEL_* settings would win over the flags of some clients. */
function environmentWithoutTelemetry(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("OTEL_") && name !== "TRACEPARENT",
    ),
  );
}
