/** One program that takes the exports, and the processes behind it. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import process from "node:process";

/** Who takes the exports. */
export type SideName = "gateway" | "read only" | "gunzip and store" | "same writes" | "Collector";

/** A program that runs and takes exports. */
export interface Side {
  readonly name: SideName;
  /** where `POST` goes */
  readonly url: string;
  readonly pid: number;
  /** Ends the process and waits until it has ended. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 5000;

/**
 * Looks after a child: it ends with this process, or when the returned function is called. It is
 * given some seconds to end in order.
 */
export function superviseChild(child: ChildProcess): () => Promise<void> {
  const exited = once(child, "exit");
  function kill(): void {
    child.kill("SIGKILL");
  }
  process.once("exit", kill);
  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      const timer = setTimeout(kill, STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    }
    process.off("exit", kill);
  };
}
