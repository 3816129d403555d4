/** What is asked of the week: one list for the gateway and for the approach that it replaces. */
import type { PlannedSegment } from "../../synthetic-week/plan.ts";

/** An event, parsed. */
export type StoredEvent = Readonly<Record<string, unknown>>;

/** One question, as the API takes it and as a filter over parsed events. */
export interface Question {
  readonly title: string;
  /** of the endpoint, behind `/api/telemetry/` */
  readonly path: string;
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
const NANOS_PER_MS = 1_000_000;
const SLOW_MS = 5000;
const ERROR_TYPE = "net.Timeout";

/**
 * The questions about a week. They ask for what is in the middle of it, where it has both sides.
 *
 * @throws when the week is too small to hold an answer
 */
export function questionsOf(plan: readonly PlannedSegment[], endMs: number): readonly Question[] {
  const startMs = plan[0]?.receivedAtMs ?? endMs;
  const middleMs = startMs + Math.floor((endMs - startMs) / 2);
  const week = { startMs, endMs, newest: undefined };
  const day = { startMs: middleMs - DAY_MS, endMs: middleMs, newest: undefined };
  const root = firstAfter(plan, middleMs, ({ hasRoot }) => hasRoot);
  const { traceId, session, service, receivedAtMs: rootMs } = root;
  const name = service.operations[0] ?? "";
  return [
    {
      title: "newest 100 events",
      path: "query",
      params: {},
      ...week,
      newest: PAGE,
      isMatch: undefined,
    },
    {
      title: "one trace, ± 1 h",
      path: `traces/${traceId}`,
      params: {},
      startMs: rootMs - HOUR_MS,
      endMs: rootMs + HOUR_MS,
      newest: undefined,
      isMatch: (event) => isSpan(event) && isOfTrace(event, traceId),
    },
    {
      title: "one trace with its logs, the week",
      path: `traces/${traceId}`,
      params: { logs: "1" },
      ...week,
      isMatch: (event) => isOfTrace(event, traceId),
    },
    {
      title: "spans with an error, a day",
      path: "query",
      params: { signal: "traces", status: "error" },
      ...day,
      isMatch: (event) => memberOf(memberOf(event["data"], "status"), "code") === "error",
    },
    {
      title: "everything from level error, a day",
      path: "query",
      params: { level: "error" },
      ...day,
      isMatch: (event) => memberOf(event["data"], "level") === "error",
    },
    {
      title: "logs of a session, the week",
      path: "query",
      params: { signal: "logs", session_id: session.id },
      ...week,
      isMatch: (event) =>
        event["event_type"] === "log" && attributeOf(event, "session.id") === session.id,
    },
    {
      title: "spans of 5 s and more, a day",
      path: "query",
      params: { signal: "traces", min_duration: `${SLOW_MS}ms` },
      ...day,
      isMatch: (event) => isSpan(event) && durationMsOf(event) >= SLOW_MS,
    },
    {
      title: "one service, the last hour",
      path: "query",
      params: { service: service.name },
      ...week,
      startMs: endMs - HOUR_MS,
      isMatch: (event) => serviceOf(event) === service.name,
    },
    {
      title: "newest 100 spans of a name",
      path: "query",
      params: { signal: "traces", name },
      ...week,
      newest: PAGE,
      isMatch: (event) => isSpan(event) && memberOf(event["data"], "name") === name,
    },
    {
      title: "spans with a type of error, the week",
      path: "query",
      params: { signal: "traces", "attr.error.type": ERROR_TYPE },
      ...week,
      isMatch: (event) => isSpan(event) && attributeOf(event, "error.type") === ERROR_TYPE,
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

function attributeOf({ data }: StoredEvent, key: string): unknown {
  return memberOf(memberOf(data, "attributes"), key);
}

function isSpan(event: StoredEvent): boolean {
  return event["event_type"] === "span";
}

function isOfTrace({ data }: StoredEvent, traceId: string): boolean {
  return memberOf(data, "trace_id") === traceId;
}

function durationMsOf({ data }: StoredEvent): number {
  const nanos = nanosOf(data, "end_time_unix_nano") - nanosOf(data, "start_time_unix_nano");
  return Number(nanos) / NANOS_PER_MS;
}

/** A time as it is stored: decimal digits. */
function nanosOf(data: unknown, name: string): bigint {
  const digits = memberOf(data, name);
  return typeof digits === "string" ? BigInt(digits) : 0n;
}
