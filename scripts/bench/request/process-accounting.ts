/** What the kernel says about one process: CPU time, memory, and the peak of the memory. Linux only. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

/** Memory of a process, in bytes. */
export interface ProcessMemory {
  /** resident now (VmRSS) */
  readonly residentBytes: number;
  /** highest resident since the start or the last {@link watchPeak} (VmHWM) */
  readonly peakBytes: number;
}

/** A peak that is being watched. */
export interface PeakWatch {
  /** Ends the watch and returns the highest resident size since its start, in bytes. */
  stop(): number;
}

const MS_PER_SECOND = 1000;
const BYTES_PER_KIB = 1024;
/** Only where the kernel does not let us reset VmHWM. A 20 MiB export takes hundreds of ms. */
const SAMPLE_INTERVAL_MS = 5;
/** Positions in /proc/<pid>/stat after the name: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const USER_TIME_FIELD = 11;
const SYSTEM_TIME_FIELD = 12;

/** Both ends of a difference are cut to a tick, and user and system time each are. */
const TICK_ERROR = 4;
const NS_PER_MS = 1e6;

let knownTickMs: number | undefined;

/** CPU time of a process since it began, user and system, all threads. */
export interface CpuReading {
  /** of the process, threads that ended included; cut to a clock tick, 10 ms on most machines */
  readonly processMs: number;
  /** of the threads that run now, to the nanosecond; undefined where the kernel does not count it */
  readonly threadsMs: number | undefined;
}

/**
 * Reads the CPU time of a process.
 *
 * @throws when the process has ended, or where there is no /proc
 */
export function readCpu(pid: number): CpuReading {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field is the program's name in parentheses, which may itself hold both.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[USER_TIME_FIELD]) + Number(fields[SYSTEM_TIME_FIELD]);
  return { processMs: ticks * tickMs(), threadsMs: readThreadsMs(pid) };
}

/** CPU time between two readings of a process, in ms: exact unless a thread ended between them. */
export function cpuMsBetween(before: CpuReading, after: CpuReading): number {
  const processMs = after.processMs - before.processMs;
  if (before.threadsMs === undefined || after.threadsMs === undefined) {
    return processMs;
  }
  const threadsMs = after.threadsMs - before.threadsMs;
  return Math.abs(threadsMs - processMs) <= TICK_ERROR * tickMs() ? threadsMs : processMs;
}

function readThreadsMs(pid: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
    );
    return threads.reduce((sum, ns) => sum + ns, 0) / NS_PER_MS;
  } catch {
    // No such file in this kernel, or a thread ended while they were read.
    return undefined;
  }
}

function tickMs(): number {
  knownTickMs ??=
    MS_PER_SECOND / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return knownTickMs;
}

/**
 * Memory of a process.
 *
 * @throws when the process has ended, or where there is no /proc
 */
export function readMemory(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  function bytesOf(field: string): number {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (kib === undefined) {
      throw new Error(`Cannot read the memory of process ${pid}: no ${field}, it has ended`);
    }
    return Number(kib) * BYTES_PER_KIB;
  }
  return { residentBytes: bytesOf("VmRSS"), peakBytes: bytesOf("VmHWM") };
}

/**
 * Watches the peak from now on: the kernel's own mark where it lets us reset it (`5` to
 * clear_refs), else samples of the resident size, which may miss the top.
 *
 * @throws when the process has ended, or where there is no /proc
 */
export function watchPeak(pid: number): PeakWatch {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    return { stop: () => readMemory(pid).peakBytes };
  } catch {
    return samplePeak(pid);
  }
}

function samplePeak(pid: number): PeakWatch {
  let peakBytes = 0;
  function sample(): void {
    peakBytes = Math.max(peakBytes, readMemory(pid).residentBytes);
  }
  sample();
  const timer = setInterval(sample, SAMPLE_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      sample();
      return peakBytes;
    },
  };
}
