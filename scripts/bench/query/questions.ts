/** What is asked of the week: one list for the gateway and for the approach that it replaces. */
import type { PlannedSegment } from "../../synthetic-week/plan.ts";

/** An event, parsed. */
export type StoredEvent = Readonly<Record<string, unknown>>;

/** One question, as the query endpoint takes it and as a filter over parsed events. */
export interface Question {
  readonly title: string;
  /** without start, end, limit and cursor */
  readonly params: Readonly<Record<string, string>>;
  /** of received_at, epoch ms, both included */
  readonly startMs: number;
  readonly endMs: number;
  /** the newest so many; undefined: all of them, through all pages */
  readonly newest: number | undefined;
  /** undefined: every event is wanted */
  readonly isMatch: ((event: StoredEvent) => boolean) | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What the endpoint shows on one page when nobody says how much. */
const PAGE = 100;
const ERROR_LEVELS = ["error", "fatal"];

/**
 * The questions about a week. They ask for what is in the middle of it, where it has both sides.
 *
 * @throws when the week is too small to hold an answer
 */
export function questionsOf(plan: readonly PlannedSegment[], endMs: number): readonly Question[] {
  const startMs = plan[0]?.receivedAtMs ?? endMs;
  const week = { startMs, endMs };
  const middleMs = startMs + Math.floor((endMs - startMs) / 2);
  const day = { startMs: middleMs - DAY_MS, endMs: middleMs };
  const root = firstAfter(plan, middleMs, ({ hasRoot }) => hasRoot);
  const { traceId, receivedAtMs: rootMs } = root;
  const hint = { startMs: rootMs - HOUR_MS, endMs: rootMs + HOUR_MS };
  const service = root.service.name;
  const name = root.service.operations[0] ?? "";
  function isOfTrace(event: StoredEvent): boolean {
    return memberOf(event["data"], "trace_id") === traceId;
  }
  function isOfService(event: StoredEvent): boolean {
    return serviceOf(event) === service;
  }
  return [
    { title: "newest 100 events", params: {}, ...week, newest: PAGE, isMatch: undefined },
    {
      title: "newest 100 spans",
      params: { signal: "traces" },
      ...week,
      newest: PAGE,
      isMatch: isOfType("span"),
    },
    {
      title: "one trace, ± 1 h",
      params: { trace_id: traceId },
      ...hint,
      newest: undefined,
      isMatch: isOfTrace,
    },
    {
      title: "one trace, the week",
      params: { trace_id: traceId },
      ...week,
      newest: undefined,
      isMatch: isOfTrace,
    },
    {
      title: "all errors of a day",
      params: { level: "error" },
      ...day,
      newest: undefined,
      isMatch: isError,
    },
    {
      title: "one service, the last hour",
      params: { service },
      startMs: endMs - HOUR_MS,
      endMs,
      newest: undefined,
      isMatch: isOfService,
    },
    {
      title: "one service, newest 100",
      params: { service },
      ...week,
      newest: PAGE,
      isMatch: isOfService,
    },
    {
      title: "spans of one name, newest 100",
      params: { signal: "traces", name },
      ...week,
      newest: PAGE,
      isMatch: (event) => isOfType("span")(event) && memberOf(event["data"], "name") === name,
    },
    {
      title: "crashes of a day",
      params: { signal: "telemetry", event_type: "crash" },
      ...day,
      newest: undefined,
      isMatch: isOfType("crash"),
    },
    {
      title: "logs of an hour",
      params: { signal: "logs" },
      startMs: middleMs - HOUR_MS,
      endMs: middleMs,
      newest: undefined,
      isMatch: isOfType("log"),
    },
  ];
}

function firstAfter(
  plan: readonly PlannedSegment[],
  timeMs: number,
  isWanted: (segment: PlannedSegment) => boolean,
): PlannedSegment {
  const found = plan.find((segment) => segment.receivedAtMs >= timeMs && isWanted(segment));
  if (found === undefined) {
    throw new Error("Cannot ask: the week has nothing of the kind");
  }
  return found;
}

/** A member of a JSON value; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function serviceOf(event: StoredEvent): unknown {
  const { data } = event;
  return (
    memberOf(memberOf(memberOf(data, "resource"), "attributes"), "service.name") ??
    memberOf(data, "service")
  );
}

function isOfType(type: string): (event: StoredEvent) => boolean {
  return (event) => event["event_type"] === type;
}

function isError({ data }: StoredEvent): boolean {
  const level = memberOf(data, "level");
  return typeof level === "string" && ERROR_LEVELS.includes(level);
}
