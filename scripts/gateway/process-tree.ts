/**
 * The processes below one process, found by id, so that a gateway can be ended without touching
 * anything that somebody else started.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import process from "node:process";

/** One process. The start time tells it from a later one that was given the same id. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  readonly startedAt: string;
}

/**
 * Lists a process and everything it started, directly or not.
 *
 * @param rootPid id of the topmost process
 * @returns parents before their children; empty when the process has ended or, on Windows, always
 */
export function listProcessTree(rootPid: number): readonly ProcessEntry[] {
  const entries = listProcesses();
  const tree = entries.filter((entry) => entry.pid === rootPid);
  // The array grows while it is walked: each child is visited for its own children in turn.
  for (const parent of tree) {
    tree.push(...entries.filter((entry) => entry.parentPid === parent.pid));
  }

  return tree;
}

/**
 * Tells which of the given processes still run; one that has ended but whose parent has not asked
 * for its result yet counts as ended.
 *
 * @param entries processes from an earlier `listProcessTree`
 */
export function filterRunning(entries: readonly ProcessEntry[]): readonly ProcessEntry[] {
  const running = new Map(listProcesses().map((entry) => [entry.pid, entry.startedAt]));

  return entries.filter((entry) => running.get(entry.pid) === entry.startedAt);
}

/**
 * Sends a signal to each process that still runs, parents first: wrangler restarts a workerd that
 * dies before it.
 *
 * @param entries processes from an earlier `listProcessTree`
 */
export function signalAll(entries: readonly ProcessEntry[], signal: NodeJS.Signals): void {
  for (const { pid } of filterRunning(entries)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in the meantime, which is all that is wanted.
    }
  }
}

function listProcesses(): readonly ProcessEntry[] {
  if (process.platform === "win32") {
    return [];
  }

  return process.platform === "linux" ? readProc() : readPs();
}

/** /proc instead of ps, which slim container images do not have. */
function readProc(): readonly ProcessEntry[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) {
      return [];
    }
    try {
      return parseStat(Number(name), readFileSync(`/proc/${name}/stat`, "utf8"));
    } catch {
      return []; // Ended while the directory was read.
    }
  });
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function parseStat(pid: number, stat: string): readonly ProcessEntry[] {
  // The second field is the program's name in parentheses, which may itself hold both.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parentPid] = fields;
  const [threads, , startedAt] = fields.slice(17);
  // A zombie has ended, unless other threads of it still do: those hold its ports open.
  const hasEnded = state === "Z" && Number(threads) <= 1;
  if (hasEnded || startedAt === undefined) {
    return [];
  }

  return [{ pid, parentPid: Number(parentPid), startedAt }];
}

function readPs(): readonly ProcessEntry[] {
  const columns = ["pid=", "ppid=", "stat=", "lstart="].flatMap((column) => ["-o", column]);
  const lines = execFileSync("ps", ["-A", ...columns], { encoding: "utf8" }).split("\n");

  return lines.flatMap((line) => {
    const [, pid, parentPid, state, startedAt] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/.exec(line) ?? [];
    if (startedAt === undefined || state?.startsWith("Z") === true) {
      return [];
    }
    return [{ pid: Number(pid), parentPid: Number(parentPid), startedAt }];
  });
}
