/** Writes a synthetic week through the gateway's own write path, without HTTP. */
import type { FakeKv } from "../../test/support/fake-kv.ts";
import { Random } from "../../test/support/fake-kv/random.ts";
import { ok } from "../../worker/core/result.ts";
import { batchCodeOf } from "../../worker/ingest/batch-code.ts";
import type { IngestContext } from "../../worker/ingest/context.ts";
import { storeEvents } from "../../worker/ingest/native.ts";
import { storeBatch } from "../../worker/ingest/segments.ts";
import { transcodeExport } from "../../worker/ingest/transcode-export.ts";
import { type Signal, signalShapes } from "../../worker/otlp/signal.ts";
import { KvStore } from "../../worker/store/kv-store.ts";
import { Transcoder } from "../../worker/transcoder/transcoder.ts";
import { loadTranscoderModule } from "../transcoder-module.ts";
import { ERRORS, EVENT_TYPES } from "./names.ts";
import { OtlpWriter } from "./otlp.ts";
import { type PlannedSegment, type WeekOptions, planWeek } from "./plan.ts";

/** Retention of the gateway that was written to: nothing of the week has expired at its end. */
export const WEEK_RETENTION_SECONDS = 7 * 86_400;

/** What was written. */
export interface SyntheticWeek {
  readonly plan: readonly PlannedSegment[];
  readonly events: number;
  /** of all values */
  readonly bytes: number;
}

/**
 * Fills a namespace. The same options give the same keys, values and summaries.
 *
 * @param clock what the fake looks at; stands at the end of the week afterwards
 * @throws when the gateway refuses something: the week is made of valid requests
 */
export async function fillWeek(
  kv: FakeKv,
  clock: { nowMs: number },
  options: WeekOptions,
): Promise<SyntheticWeek> {
  const plan = planWeek(options);
  const random = new Random(options.seed + 1);
  const writer = new OtlpWriter(random);
  const context = contextOf(kv, clock, random);
  let events = 0;
  kv.resetCounts();
  for (const segment of plan) {
    clock.nowMs = segment.receivedAtMs;
    kv.beginInvocation();
    events +=
      segment.signal === "telemetry"
        ? await writeNative(segment, context, random)
        : await writeExport(writer.bodyOf(segment, segment.signal), segment.signal, context);
  }
  clock.nowMs = options.endMs;
  const { bytesWritten } = kv.traffic;
  kv.resetCounts();
  return { plan, events, bytes: bytesWritten };
}

function contextOf(kv: FakeKv, clock: { readonly nowMs: number }, random: Random): IngestContext {
  return {
    authenticate: async () => ok(undefined),
    store: new KvStore(kv.namespace, {
      retentionSeconds: WEEK_RETENTION_SECONDS,
      retry: { count: 0, firstDelayMs: 0, sleep: async () => {}, log: () => {} },
    }),
    transcoder: new Transcoder(loadTranscoderModule()),
    bodyLimitBytes: Number.POSITIVE_INFINITY,
    requiresSpanIds: false,
    now: () => clock.nowMs,
    randomBytes: (into) => into.map(() => random.below(256)),
    log: () => {},
  };
}

/** One export; returns how many events it made. */
async function writeExport(
  body: Uint8Array,
  signal: Signal,
  context: IngestContext,
): Promise<number> {
  const code = await batchCodeOf(signal, body);
  const receivedAtMs = context.now();
  const transcoded = transcodeExport(
    {
      shape: signalShapes[signal],
      encoding: "json",
      body,
      receivedAtMs,
      transcoder: context.transcoder,
    },
    code,
  );
  if (!transcoded.ok || transcoded.value.notes.rejected > 0) {
    throw new Error("Cannot fill the week: the gateway refuses an export");
  }
  const { batchId, segments } = transcoded.value;
  const stored = await storeBatch(
    { batchId, prefix: signal, code, receivedAtMs, rejectedCount: 0, isRecorded: true, segments },
    context,
  );
  if (!stored.ok) {
    throw new Error(`Cannot fill the week: ${stored.error.message}`);
  }
  return stored.value.event_count;
}

async function writeNative(
  { events, hasError, session, service }: PlannedSegment,
  context: IngestContext,
  random: Random,
): Promise<number> {
  const sent = Array.from({ length: events }, (_none, index) => {
    const error = hasError && index === 0 ? random.pick(ERRORS) : undefined;
    return {
      event_type: random.pick(EVENT_TYPES),
      data: {
        service: service.name,
        session_id: session.id,
        device_id: session.deviceId,
        level: error === undefined ? "info" : "error",
        ...(error !== undefined && { error_code: error.type, message: error.message }),
        count: random.below(1000),
      },
    };
  });
  const stored = await storeEvents(sent, { isBatch: false, batchId: undefined }, context);
  if (!stored.ok) {
    throw new Error("Cannot fill the week: the gateway refuses native events");
  }
  return stored.value.record.event_count;
}
