import type { CaptureReceiver } from "../support/capture-receiver.ts";
import { toFlags } from "../support/flags.ts";
import { prepareGo } from "../support/go-program.ts";
import { OTEL_CLI_FLAVORS, type OtelCliFlavor, runBackgroundSpan } from "../support/otel-cli.ts";
import { type Recording, TOKEN, mustBeReady, mustSucceed } from "./recording.ts";

/**
 * Recordings of otel-cli. Not of `exec`, which sends the name of the user and ids of processes.
 */
export const OTEL_CLI_RECORDINGS: readonly Recording[] = OTEL_CLI_FLAVORS.flatMap((flavor) => [
  recordSpan(flavor),
  recordBackground(flavor),
]);

function recordSpan(flavor: OtelCliFlavor): Recording {
  return {
    files: [`traces_${flavor.name}_${flavor.version}.bin`],
    run: async (receiver) => {
      const flags = toFlags({
        name: "deploy",
        kind: "producer",
        attrs: "env=staging,attempt=3,ratio=0.25,dry_run=true",
        start: "2026-01-01T00:00:00.123456789Z",
        end: "2026-01-01T00:00:01Z",
        "force-trace-id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "force-span-id": "00f067aa0ba902b7",
        "status-code": "ok",
      });
      const binary = mustBeReady(await prepareGo(flavor.module));
      await mustSucceed(binary, ["span", ...target(receiver), ...flags]);
    },
  };
}

function recordBackground(flavor: OtelCliFlavor): Recording {
  return {
    files: [`traces_${flavor.name}_${flavor.version}_background.bin`],
    run: async (receiver) => {
      const binary = mustBeReady(await prepareGo(flavor.module));
      await runBackgroundSpan(binary, {
        background: [...target(receiver), "--name", "backup"],
        event: toFlags({ name: "half-way", attrs: "files=12" }),
        end: toFlags({ "status-code": "error", "status-description": "disk full" }),
      });
    },
  };
}

function target(receiver: CaptureReceiver): readonly string[] {
  const flags = toFlags({
    endpoint: receiver.url,
    protocol: "http/protobuf",
    timeout: "10s",
    "otlp-headers": `Authorization=Bearer ${TOKEN}`,
    service: "deploy-script",
  });

  return [...flags, "--fail"];
}
