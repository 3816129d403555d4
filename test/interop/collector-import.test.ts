/** Exports of the gateway, read by the data model of the OpenTelemetry Collector. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { renderOtlpJson } from "../../worker/query/render/otlp-json.ts";
import { renderOtlpProtobuf } from "../../worker/query/render/otlp-protobuf.ts";
import { exportRequest } from "../support/arbitraries.ts";
import { canonical } from "../support/canonical.ts";
import { groupedEvents } from "../support/exported-order.ts";
import { readFixtures } from "../support/fixtures.ts";
import { SIGNALS, type SignalName, encodeMessage, requestType, utf8 } from "../support/proto.ts";
import { transcode } from "../support/transcode.ts";
import { prepareGo } from "./support/go-program.ts";
import { runProgram } from "./support/run-program.ts";
import { isRecord } from "./support/stored-events.ts";
import { requireToolchain } from "./support/toolchain.ts";

type Lines = readonly string[];
type Encoding = "protobuf" | "json";

const RANDOM_REQUESTS = { numRuns: 200, seed: 20_261_125 };
const importer = await prepareGo({ folder: "collector-import" });

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "pryx-import-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** The stored events of recorded requests, then of random ones; one list for each request. */
function storedRequests(signal: SignalName): readonly Lines[] {
  const recorded = readFixtures().filter((fixture) => fixture.signal === signal);
  const random = fc.sample(exportRequest(signal), RANDOM_REQUESTS).map((request) => ({
    signal,
    encoding: "protobuf" as const,
    body: encodeMessage(requestType(signal), request),
  }));
  return [...recorded, ...random]
    .map((input) => transcode(input).lines)
    .filter((lines) => lines.length > 0);
}

function exportFile(lines: Lines, signal: SignalName, encoding: Encoding): string | Uint8Array {
  return (encoding === "json" ? renderOtlpJson : renderOtlpProtobuf)(lines, signal).body;
}

/** Events as text; the Collector takes a log record without a body for one with an empty body. */
function comparable(events: readonly unknown[]): readonly string[] {
  return events.map((event) => {
    const { event_type, data } = isRecord(event) ? event : {};
    return event_type === "log" && isRecord(data)
      ? canonical({ event_type, data: { body: null, ...data } })
      : canonical({ event_type, data });
  });
}

requireToolchain("the data model of the Collector", importer, (binary) => {
  /** What the Collector makes of exports, each written by it as OTLP/JSON. */
  async function importAll(requests: readonly Lines[], signal: SignalName, encoding: Encoding) {
    const files = requests.map((lines, index) => {
      const file = join(directory, `${signal}-${encoding}-${index}`);
      writeFileSync(file, exportFile(lines, signal, encoding));
      return file;
    });
    const flags = ["-signal", signal, "-encoding", encoding];
    const result = await runProgram(binary, [...flags, ...files]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    return result.stdout.trimEnd().split("\n");
  }

  describe.each(SIGNALS)("given exports of %s", (signal) => {
    const requests = storedRequests(signal);

    it.each(["protobuf", "json"] as const)("reads every event from %s", async (encoding) => {
      const read = await importAll(requests, signal, encoding);

      const events = read.map((text) =>
        comparable(transcode({ signal, encoding: "json", body: utf8(text) }).events),
      );
      expect(events).toEqual(requests.map((lines) => comparable(groupedEvents(lines))));
    });

    it("reads the same from both encodings", async () => {
      expect(await importAll(requests, signal, "json")).toEqual(
        await importAll(requests, signal, "protobuf"),
      );
    });
  });
});
