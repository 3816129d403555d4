/**
 * `npm run bench:request`: what a whole request costs, in CPU of the process that answers it and in
 * its memory, next to Workers that do less and to the OpenTelemetry Collector. Writes the tables to
 * docs/benchmarks.md. `-- --quick` takes a minute or two and writes nothing. Linux only.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

import { writeBlock } from "./bench/document.ts";
import {
  type CollectorProgram,
  type CollectorSide,
  buildCollector,
  startCollector,
} from "./bench/request/collector.ts";
import { type KvBackend, startKvBackend } from "./bench/request/kv-backend.ts";
import { type MemoryResult, measureMemory } from "./bench/request/memory.ts";
import { type Payload, makePayloads } from "./bench/request/payloads.ts";
import { type PayloadResults, renderResults, summarize } from "./bench/request/report.ts";
import { measureRounds } from "./bench/request/rounds.ts";
import type { Side, SideName } from "./bench/request/side.ts";
import {
  verifyBaseline,
  verifyCollector,
  verifyGateway,
  verifySameWrites,
} from "./bench/request/verify.ts";
import {
  type WorkerModules,
  startWorker,
  workerdVersion,
  writeWorkers,
} from "./bench/request/workers.ts";

/** How much is measured. */
interface Effort {
  readonly rounds: number;
  /** requests per round and side, by spans of the export: half a second of CPU and more */
  readonly requests: (spans: number) => number;
  /** fresh processes per side and large export */
  readonly memoryRuns: number;
}

const FULL: Effort = { rounds: 9, requests: requestsOf(2000, 400, 4), memoryRuns: 5 };
const QUICK: Effort = { rounds: 3, requests: requestsOf(500, 100, 2), memoryRuns: 1 };
const LARGE_SPANS = 10_000;
const GIB = 1024 ** 3;

function requestsOf(one: number, many: number, most: number): (spans: number) => number {
  return (spans) => {
    if (spans === 1) {
      return one;
    }
    return spans < LARGE_SPANS ? many : most;
  };
}

/** What all measurements share. */
interface Bench {
  readonly directory: string;
  readonly modules: WorkerModules;
  readonly kv: KvBackend;
  readonly collector: CollectorProgram | undefined;
  readonly payloads: readonly Payload[];
  readonly effort: Effort;
}

const { values: options } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => process.exit(1));
}
const directory = mkdtempSync(join(tmpdir(), "pryx-bench-"));
process.once("exit", () => {
  rmSync(directory, { recursive: true, force: true });
});
const kv = await startKvBackend();
try {
  const bench: Bench = {
    directory,
    modules: await writeWorkers(directory),
    kv,
    collector: await buildCollector(),
    payloads: makePayloads(),
    effort: options.quick ? QUICK : FULL,
  };
  const payloads = await measureCpu(bench);
  const memory = await measureAllMemory(bench);
  const text = renderResults({ circumstances: circumstancesOf(bench), payloads, memory });
  console.log(text);
  if (!options.quick) {
    writeBlock("request", text);
  }
} finally {
  await kv.stop();
}

async function measureCpu(bench: Bench): Promise<readonly PayloadResults[]> {
  const gateway = await start(bench, "gateway");
  const readOnly = await start(bench, "read only");
  const store = await start(bench, "gunzip and store");
  const collector = bench.collector && (await startCollector(bench.collector, bench.directory));
  const sameWrites = await start(bench, "same writes");
  const sides = [
    gateway,
    readOnly,
    store,
    sameWrites,
    ...(collector === undefined ? [] : [collector]),
  ];
  const results: PayloadResults[] = [];
  try {
    for (const payload of bench.payloads) {
      const writes = await verifyGateway(gateway, bench.kv, payload);
      await verifySameWrites(sameWrites, { kv: bench.kv, payload, gateway: writes });
      await verifyBaseline(store, bench.kv, payload);
      if (collector !== undefined) {
        await verifyCollector(collector, payload);
      }
      results.push(await measurePayload(bench, payload, { sides, collector }));
    }
  } finally {
    await Promise.all(sides.map((side) => side.stop()));
  }
  return results;
}

async function measurePayload(
  { effort }: Bench,
  payload: Payload,
  {
    sides,
    collector,
  }: { readonly sides: readonly Side[]; readonly collector?: CollectorSide | undefined },
): Promise<PayloadResults> {
  const requests = effort.requests(payload.spans);
  const rounds = await measureRounds(sides, { payload, rounds: effort.rounds, requests }, () => {
    collector?.truncate();
  });
  const result = { payload, rounds };
  console.log(summarize(result));
  return result;
}

async function measureAllMemory(
  bench: Bench,
): Promise<ReadonlyMap<SideName, ReadonlyMap<string, readonly MemoryResult[]>>> {
  const small = bench.payloads.find(({ spans }) => spans === 1);
  const large = bench.payloads.filter(({ spans }) => spans >= LARGE_SPANS);
  const all = new Map<SideName, Map<string, MemoryResult[]>>();
  const { collector } = bench;
  const starts = new Map<SideName, () => Promise<Side>>([
    ["gateway", () => start(bench, "gateway")],
    ["read only", () => start(bench, "read only")],
    ["gunzip and store", () => start(bench, "gunzip and store")],
    ...(collector === undefined
      ? []
      : [["Collector", () => startCollector(collector, bench.directory)] as const]),
  ]);
  for (const [name, startSide] of starts) {
    const byPayload = new Map<string, MemoryResult[]>();
    all.set(name, byPayload);
    for (const payload of small === undefined ? [] : large) {
      const runs: MemoryResult[] = [];
      for (let run = 0; run < bench.effort.memoryRuns; run += 1) {
        runs.push(await measureMemory(startSide, small ?? payload, payload));
      }
      byPayload.set(payload.name, runs);
    }
  }
  return all;
}

async function start(
  { directory: place, modules, kv: { address } }: Bench,
  name: Exclude<SideName, "Collector">,
): Promise<Side> {
  return await startWorker({ name, modules, directory: place, kvAddress: address });
}

function circumstancesOf({ collector, effort }: Bench): readonly string[] {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / GIB);
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${date}: ${model}, ${processors.length} cores, ${memory} GiB, Linux ${release()}; workerd ${workerdVersion()}, Node ${process.version}, Collector ${collector?.version ?? "not built"}.`,
    `${effort.rounds} rounds, another side first in each; ${effort.requests(1)} exports of 1 span, ${effort.requests(512)} of 512 spans, ${effort.requests(LARGE_SPANS)} of 20 MiB per round and side; median (lowest–highest). Memory: ${effort.memoryRuns} fresh processes each.`,
  ];
}
