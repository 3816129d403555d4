/**
 * Who sends what when: the segments of a week, without their events.
 *
 * People open sessions, more by day than by night. In a session there are traces, each crosses a few
 * services, and each service exports its part by itself: that makes a few segments per trace. Logs
 * and native events belong to sessions, too; metrics come from every service at fixed intervals.
 */
import { Random } from "../../test/support/fake-kv/random.ts";
import type { SegmentPrefix } from "../../worker/segment/key.ts";
import { SERVICES, type Service } from "./names.ts";

/** How large and which week. */
export interface WeekOptions {
  readonly segments: number;
  readonly seed: number;
  /** epoch ms: the week ends here */
  readonly endMs: number;
}

/** A person at a device. */
export interface Session {
  readonly id: string;
  readonly deviceId: string;
}

/** One export, which becomes one segment. */
export interface PlannedSegment {
  readonly signal: SegmentPrefix;
  /** when the gateway receives it, epoch ms */
  readonly receivedAtMs: number;
  readonly service: Service;
  readonly session: Session;
  /** hex; of the trace that this export is about */
  readonly traceId: string;
  /** whether the root of the trace is in it */
  readonly hasRoot: boolean;
  readonly events: number;
  readonly hasError: boolean;
}

/** Length of the week. */
export const WEEK_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;
/** Of the segments. */
const METRIC_SHARE = 0.12;
/** Of the moments of a session; the others are traces, which make several segments each. */
const LOG_SHARE = 0.55;
const NATIVE_SHARE = 0.15;
/** Of a hundred segments one holds an error. */
const ERROR_SHARE = 0.01;
/** A session is so many segments, within so much time. */
const SEGMENTS_PER_SESSION = 16;
const SESSION_MS = 40 * 60_000;
const DEVICES = 400;
/** By night (22 to 6 h UTC) so many of the sessions do not take place. */
const NIGHT_QUIET_SHARE = 0.7;
/** Services a trace crosses at most, and the time it takes to do so. */
const SERVICES_PER_TRACE = 4;
const TRACE_MS = 5000;
const EVENT_LIMIT = 50;
/** Most exports are small, some are full: the power of a uniform number makes the mean about 6. */
const SIZE_POWER = 8;

/** Plans a week, in order of time. */
export function planWeek({ segments, seed, endMs }: WeekOptions): readonly PlannedSegment[] {
  const random = new Random(seed);
  const planned = metricsOf(Math.round(segments * METRIC_SHARE), endMs, random);
  while (planned.length < segments) {
    planned.push(...sessionOf(random, endMs).slice(0, segments - planned.length));
  }
  return planned.toSorted((left, right) => left.receivedAtMs - right.receivedAtMs);
}

function metricsOf(count: number, endMs: number, random: Random): PlannedSegment[] {
  const perService = Math.ceil(count / SERVICES.length);
  return Array.from({ length: count }, (_none, index) => {
    const round = Math.floor(index / SERVICES.length);
    return {
      signal: "metrics" as const,
      // One process starts a little later than the other.
      receivedAtMs: endMs - Math.floor((round / perService) * WEEK_MS) - random.below(10_000) - 1,
      service: random.pick(SERVICES),
      session: newSession(random),
      traceId: "",
      hasRoot: false,
      events: 5 + random.below(20),
      hasError: false,
    };
  });
}

function newSession(random: Random): Session {
  return { id: `sess_${hex(random, 16)}`, deviceId: `dev_${random.below(DEVICES)}` };
}

function sessionOf(random: Random, endMs: number): readonly PlannedSegment[] {
  const startMs = endMs - WEEK_MS + random.below(WEEK_MS - SESSION_MS);
  const hour = Math.floor(startMs / HOUR_MS) % 24;
  if ((hour >= 22 || hour < 6) && random.chance(NIGHT_QUIET_SHARE)) {
    return [];
  }
  const session = newSession(random);
  const planned: PlannedSegment[] = [];
  while (planned.length < SEGMENTS_PER_SESSION) {
    const atMs = startMs + random.below(SESSION_MS - TRACE_MS);
    const latestTrace = planned.findLast(({ signal }) => signal === "traces");
    planned.push(...momentOf(random, { session, atMs, traceId: latestTrace?.traceId }));
  }
  return planned;
}

interface Moment {
  readonly atMs: number;
  readonly session: Session;
  /** of the trace before; log records belong to it */
  readonly traceId: string | undefined;
}

/** A trace with its exports, some log records, or a native event. */
function momentOf(
  random: Random,
  { session, atMs, traceId = hex(random, 32) }: Moment,
): readonly PlannedSegment[] {
  const drawn = random.next();
  if (drawn < LOG_SHARE + NATIVE_SHARE) {
    const signal = drawn < LOG_SHARE ? ("logs" as const) : ("telemetry" as const);
    return [segmentOf(random, { signal, atMs, session, traceId, hasRoot: false })];
  }
  const ownTraceId = hex(random, 32);
  const count = 2 + random.below(SERVICES_PER_TRACE - 1);
  return Array.from({ length: count }, (_none, part) =>
    segmentOf(random, {
      signal: "traces",
      atMs: atMs + random.below(TRACE_MS),
      session,
      traceId: ownTraceId,
      hasRoot: part === 0,
    }),
  );
}

interface SegmentSeed {
  readonly signal: SegmentPrefix;
  readonly atMs: number;
  readonly session: Session;
  readonly traceId: string;
  readonly hasRoot: boolean;
}

function segmentOf(random: Random, { atMs, ...seed }: SegmentSeed): PlannedSegment {
  return {
    ...seed,
    receivedAtMs: atMs,
    service: random.pick(SERVICES),
    events: 1 + Math.floor((EVENT_LIMIT - 1) * random.next() ** SIZE_POWER + random.next() * 0.5),
    hasError: random.chance(ERROR_SHARE),
  };
}

/** So many random hex digits. */
export function hex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) {
    text += random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, "0");
  }
  return text.slice(0, digits);
}
