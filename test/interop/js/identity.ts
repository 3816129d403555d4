/** Who the JavaScript client says it is, and the fixed times it uses. */
import { TraceFlags, createTraceState } from "@opentelemetry/api";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";

import type { JsRun } from "./options.ts";

export const SCOPE_NAME = "pryx-core";
export const SCOPE_VERSION = "1.4.2";
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.27.0";

const EPOCH_SECONDS = 1_767_225_600;
/** Not a multiple of 256, so a receiver that turns the time into a double is found out. */
const EPOCH_NANOSECONDS = 123_456_789;

/** The span of another process, as a propagator would have read it. */
export const REMOTE: SpanContext = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  traceFlags: TraceFlags.SAMPLED,
  traceState: createTraceState("pryx=t61rcWkgMzE,other=1"),
  isRemote: true,
};

/**
 * The fixed start of everything plus some milliseconds.
 *
 * @param milliseconds less than 876, so that the seconds do not change
 */
export function at(milliseconds: number, nanoseconds = 0): HrTime {
  return [EPOCH_SECONDS, EPOCH_NANOSECONDS + milliseconds * 1_000_000 + nanoseconds];
}

/** A fixed machine: nothing of the host that runs this is sent. */
export function createResource(run: JsRun): Resource {
  return resourceFromAttributes(
    {
      "service.name": serviceOf(run.runId),
      "service.version": "1.4.2",
      "device.id": "pryx-device-0001",
      "host.arch": "arm64",
      "host.os": "darwin",
      "run.id": run.runId,
      "telemetry.sdk.name": "opentelemetry",
      "telemetry.sdk.language": "nodejs",
    },
    { schemaUrl: SCHEMA_URL },
  );
}

/** The service name that every client of these tests uses. */
export function serviceOf(runId: string): string {
  return `pryx-runtime-${runId}`;
}
