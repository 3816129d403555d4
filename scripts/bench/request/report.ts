/** The tables of the whole-request benchmark, and whether its targets are reached. */
import { renderTable } from "../markdown.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import type { MemoryResult } from "./memory.ts";
import type { Payload } from "./payloads.ts";
import type { RoundResults } from "./rounds.ts";
import type { SideName } from "./side.ts";

/** A payload and what each side took for it. */
export interface PayloadResults {
  readonly payload: Payload;
  readonly rounds: RoundResults;
}

/** Everything that was measured. */
export interface RequestResults {
  /** sentences about the machine, the versions and the date */
  readonly circumstances: readonly string[];
  readonly payloads: readonly PayloadResults[];
  /** fresh processes, by side and then by payload */
  readonly memory: ReadonlyMap<SideName, ReadonlyMap<string, readonly MemoryResult[]>>;
}

interface Target {
  readonly what: string;
  readonly value: number | undefined;
  readonly limit: number;
  readonly aim: number;
  readonly unit: string;
}

const MIB = 1024 * 1024;
const US_PER_MS = 1000;
const MS_PER_SECOND = 1000;
/** The export that the targets for CPU are about. */
const TARGET_PAYLOAD = "512 spans, gzip";
const COMPARED: readonly SideName[] = ["read only", "gunzip and store", "same writes", "Collector"];

/** Renders the results as Markdown. */
export function renderResults(results: RequestResults): string {
  return [
    ...results.circumstances.map((sentence) => `- ${sentence}`),
    "",
    renderTargets(results),
    "",
    renderCpu(results.payloads),
    "",
    renderRatios(results.payloads),
    "",
    renderMemory(results.memory),
  ].join("\n");
}

/** One line per payload, for the terminal. */
export function summarize({ payload, rounds }: PayloadResults): string {
  const parts = [...rounds].map(([side, list]) => `${side} ${format(cpuOf(list).median)} ms`);
  return `${payload.name}: ${parts.join(", ")} CPU per request`;
}

function renderTargets({ payloads, memory }: RequestResults): string {
  const target = payloads.find(({ payload }) => payload.name === TARGET_PAYLOAD)?.rounds;
  const stored = target && ratiosTo("gunzip and store", target);
  const collector = target && ratiosTo("Collector", target);
  const peaks = [...(memory.get("gateway")?.values() ?? [])].flatMap((list) =>
    list.map(({ aboveIdleBytes }) => aboveIdleBytes / MIB),
  );
  const targets: readonly Target[] = [
    {
      what: "CPU of 512 spans (gzip) ÷ that of a Worker that only gunzips and stores",
      value: stored?.median,
      limit: 2.5,
      aim: 1.5,
      unit: "×",
    },
    {
      what: "CPU per span ÷ that of the Collector to a file, same bytes",
      value: collector?.median,
      limit: 1,
      aim: 0.5,
      unit: "×",
    },
    {
      what: "Peak memory above idle, one export of 20 MiB, the worst run",
      value: peaks.length === 0 ? undefined : Math.max(...peaks),
      limit: 96,
      aim: 64,
      unit: " MiB",
    },
  ];
  return renderTable(
    ["target", "measured", "limit", "aim", ""],
    targets.map(({ what, value, limit, aim, unit }) => [
      what,
      value === undefined ? "not measured" : `${format(value)}${unit}`,
      `${limit}${unit}`,
      `${aim}${unit}`,
      verdict(value, limit, aim),
    ]),
  );
}

function verdict(value: number | undefined, limit: number, aim: number): string {
  if (value === undefined) {
    return "not measured";
  }
  if (value > limit) {
    return "**not reached**";
  }
  return value > aim ? "limit reached, aim not" : "aim reached";
}

function renderCpu(payloads: readonly PayloadResults[]): string {
  const rows = payloads.flatMap(({ payload, rounds }) =>
    [...rounds].map(([side, list]) => {
      const cpu = cpuOf(list);
      const peak = spreadOf(list.map(({ peakBytes }) => peakBytes / MIB));
      return [
        payload.name,
        side,
        `${format(cpu.median)} (${format(cpu.min)}–${format(cpu.max)})`,
        format((cpu.median / payload.spans) * US_PER_MS),
        Math.round((payload.spans / cpu.median) * MS_PER_SECOND).toLocaleString("en-US"),
        format(peak.max),
      ];
    }),
  );
  return renderTable(
    ["export", "side", "CPU ms per request", "CPU µs per span", "spans per CPU second", "peak MiB"],
    rows,
  );
}

function renderRatios(payloads: readonly PayloadResults[]): string {
  return renderTable(
    ["CPU of the gateway ÷ that of …", ...COMPARED],
    payloads.map(({ payload, rounds }) => [
      payload.name,
      ...COMPARED.map((side) => {
        const ratio = ratiosTo(side, rounds);
        return ratio === undefined
          ? "not measured"
          : `${format(ratio.median)} (${format(ratio.min)}–${format(ratio.max)})`;
      }),
    ]),
  );
}

function renderMemory(memory: RequestResults["memory"]): string {
  const rows = [...memory].flatMap(([side, byPayload]) =>
    [...byPayload].map(([payload, list]) => {
      const idle = spreadOf(list.map(({ idleBytes }) => idleBytes / MIB));
      const above = spreadOf(list.map(({ aboveIdleBytes }) => aboveIdleBytes / MIB));
      return [
        payload,
        side,
        format(idle.median),
        `${format(above.median)} (${format(above.min)}–${format(above.max)})`,
      ];
    }),
  );
  return renderTable(
    ["one export, fresh process", "side", "idle MiB", "peak above idle, MiB"],
    rows,
  );
}

function cpuOf(rounds: readonly { readonly cpuMs: number }[]): Spread {
  return spreadOf(rounds.map(({ cpuMs }) => cpuMs));
}

/** The gateway over another side, round by round; undefined when the other one is missing. */
function ratiosTo(side: SideName, rounds: RoundResults): Spread | undefined {
  const own = rounds.get("gateway") ?? [];
  const other = rounds.get(side) ?? [];
  const ratios = own.flatMap(({ cpuMs }, round) => {
    const otherMs = other[round]?.cpuMs ?? 0;
    return otherMs === 0 ? [] : [cpuMs / otherMs];
  });
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}

/** Three significant digits. */
function format(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
