/** What every event says about where it comes from, and the fixed times of the programs. */
import type { ClientTraits, EventData } from "./traits.ts";

const SCHEMA_URL = "https://opentelemetry.io/schemas/1.27.0";
const EPOCH_UNIX_NANO = 1_767_225_600_123_456_789n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** The context of another process that the programs continue. */
export const REMOTE = {
  trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  span_id: "00f067aa0ba902b7",
  trace_state: "pryx=t61rcWkgMzE,other=1",
} as const;

/** The programs' `at()`: a fixed time plus some milliseconds, as events show it. */
export function at(milliseconds: number, nanoseconds = 0): string {
  const offset = BigInt(milliseconds) * NANOSECONDS_PER_MILLISECOND + BigInt(nanoseconds);

  return String(EPOCH_UNIX_NANO + offset);
}

/**
 * `resource` and `scope` of the events of one run.
 *
 * @param traits the client
 * @param runId the run
 * @param kind what the events are
 */
export function expectedOrigin(
  traits: ClientTraits,
  runId: string,
  kind: ClientTraits["scopeAttributes"][number],
): EventData {
  return {
    resource: {
      attributes: {
        "service.name": `pryx-runtime-${runId}`,
        "service.version": "1.4.2",
        "device.id": "pryx-device-0001",
        "host.arch": "arm64",
        "host.os": "darwin",
        "run.id": runId,
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.language": traits.language,
      },
      schema_url: SCHEMA_URL,
    },
    scope: {
      name: "pryx-core",
      version: "1.4.2",
      ...(traits.scopeAttributes.includes(kind)
        ? { attributes: { "scope.purpose": "interop" } }
        : {}),
      schema_url: SCHEMA_URL,
    },
  };
}
