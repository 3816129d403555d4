import process from "node:process";

import { describe, expect, it } from "vitest";

import { createRunId } from "./support/client-report.ts";
import { toFlags } from "./support/flags.ts";
import { prepareGo } from "./support/go-program.ts";
import { OTEL_CLI_FLAVORS, type OtelCliFlavor, runBackgroundSpan } from "./support/otel-cli.ts";
import { runProgram } from "./support/run-program.ts";
import { type GatewayAddress, isRecord, readEvents } from "./support/stored-events.ts";
import { type Prepared, requireToolchain } from "./support/toolchain.ts";
import { useGateway } from "./support/use-gateway.ts";

const NANOS: unknown = expect.stringMatching(/^\d{19}$/);
const TRACE_ID: unknown = expect.stringMatching(/^[\da-f]{32}$/);
const SPAN_ID: unknown = expect.stringMatching(/^[\da-f]{16}$/);
const SCHEMA_URL = "https://opentelemetry.io/schemas/1.17.0";

/** How the key reaches otel-cli: flags, or variables for its environment. */
interface KeyTransport {
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** One version of otel-cli, told one key in one way. */
interface Setup {
  readonly flavor: OtelCliFlavor;
  readonly binary: string;
  readonly gateway: GatewayAddress;
  readonly key: KeyTransport;
}

const flavors: { readonly flavor: OtelCliFlavor; readonly binary: Prepared<string> }[] = [];
for (const flavor of OTEL_CLI_FLAVORS) {
  flavors.push({ flavor, binary: await prepareGo(flavor.module) });
}

describe("otel-cli", () => {
  const gateway = useGateway();
  const { apiKey } = gateway;
  const transports: readonly (KeyTransport & { readonly via: string })[] = [
    {
      via: "--otlp-headers",
      flags: { "otlp-headers": `Authorization=Bearer ${apiKey}` },
      env: {},
    },
    {
      // The form that the specification asks for, and that otel-cli sends on undecoded.
      via: "OTEL_EXPORTER_OTLP_HEADERS",
      flags: {},
      env: { OTEL_EXPORTER_OTLP_HEADERS: `Authorization=Bearer%20${apiKey}` },
    },
  ];

  for (const { flavor, binary } of flavors) {
    requireToolchain(`${flavor.name} ${flavor.version}`, binary, (path) => {
      describe.each(transports)("with the key in $via", (key) => {
        defineCommands({ flavor, binary: path, gateway, key });
      });
    });
  }
});

function defineCommands(setup: Setup): void {
  const { binary, gateway, key } = setup;

  /** What every command needs. The timeout stays at its default, 1 s for everything. */
  function target(service: string): readonly string[] {
    const endpoint = { endpoint: gateway.url, protocol: "http/protobuf", service };

    return [...toFlags({ ...endpoint, ...key.flags }), "--fail", "--verbose"];
  }

  function originOf(service: string) {
    return {
      resource: { attributes: { "service.name": service }, schema_url: SCHEMA_URL },
      scope: { name: setup.flavor.scope, version: "unknown", schema_url: SCHEMA_URL },
    };
  }

  async function readSpans(service: string) {
    const events = await readEvents(gateway, { service });

    return events.map((event) => event.data);
  }

  it("span: arrives with its times, ids, attributes and status", async () => {
    const service = createRunId("cli");
    const flags = toFlags({
      name: "deploy",
      kind: "producer",
      attrs: "env=staging,attempt=3,ratio=0.25,dry_run=true,limit=NaN",
      start: "2026-01-01T00:00:00.123456789Z",
      end: "2026-01-01T00:00:01Z",
      "force-trace-id": "4bf92f3577b34da6a3ce929d0e0e4736",
      "force-span-id": "00f067aa0ba902b7",
      "status-code": "error",
      "status-description": "rolled back",
    });
    const result = await runProgram(binary, ["span", ...target(service), ...flags], key);

    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(await readSpans(service)).toEqual([
      {
        ...originOf(service),
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
        span_id: "00f067aa0ba902b7",
        name: "deploy",
        kind: "producer",
        start_time_unix_nano: "1767225600123456789",
        end_time_unix_nano: "1767225601000000000",
        attributes: {
          env: "staging",
          attempt: 3,
          ratio: 0.25,
          dry_run: true,
          limit: { double_value: "NaN" },
        },
        status: { code: "error", message: "rolled back" },
      },
    ]);
  });

  it("exec: arrives with the command, whose trace context and exit code are kept", async () => {
    const service = createRunId("cli");
    const script = "process.stdout.write(process.env.TRACEPARENT); process.exitCode = 3";
    const command = [process.execPath, "-e", script];
    const flags = ["exec", ...target(service), "--name", "build", "--"];
    const result = await runProgram(binary, [...flags, ...command], key);
    const [span, ...others] = await readSpans(service);

    expect(result.code).toBe(3);
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      ...originOf(service),
      name: "build",
      kind: "client",
      attributes: {
        "process.command": process.execPath,
        "process.command_args": command,
      },
      status: { code: "error", message: "exec command failed: exit status 3" },
    });
    expect(result.stdout).toContain(
      `00-${String(span?.["trace_id"])}-${String(span?.["span_id"])}-`,
    );
  });

  it("span background, event, end: arrive as one span", async () => {
    const service = createRunId("cli");
    const args = {
      // The timeout is also the lifetime of the background process.
      background: [...target(service), ...toFlags({ timeout: "20s", name: "backup" })],
      event: toFlags({ name: "half-way", attrs: "files=12" }),
      end: toFlags({ "status-code": "error", "status-description": "disk full" }),
    };
    const { background, event, end } = await runBackgroundSpan(binary, args, key.env);

    expect([background.code, event.code, end.code]).toEqual([0, 0, 0]);
    expect(await readSpans(service)).toEqual([
      {
        ...originOf(service),
        trace_id: TRACE_ID,
        span_id: SPAN_ID,
        name: "backup",
        kind: "client",
        start_time_unix_nano: NANOS,
        end_time_unix_nano: NANOS,
        events: [{ time_unix_nano: NANOS, name: "half-way", attributes: { files: 12 } }],
        status: { code: "error", message: "disk full" },
      },
    ]);
  });

  it("status: reports no error, and its canary spans arrive", async () => {
    const service = createRunId("cli");
    const flags = ["status", ...target(service), "--canary-count", "2"];
    const result = await runProgram(binary, flags, key);
    const report: unknown = JSON.parse(result.stdout);
    const spans = await readSpans(service);

    // The exit code is 0 whatever happened: the list of errors is what counts.
    expect(report).toMatchObject({ errors: [] });
    expect(isRecord(report) && report["spans"]).toHaveLength(spans.length);
    expect(spans.length).toBeGreaterThanOrEqual(2);
    for (const span of spans) {
      expect(span).toMatchObject({ ...originOf(service), kind: "internal" });
    }
  });
}
