/** What others send: the examples of the specification, and recorded requests of every SDK. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { canonicalAll } from "../support/canonical.ts";
import { readFixtures } from "../support/fixtures.ts";
import { expectedEvents } from "../support/oracle.ts";
import { post } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();
const EXAMPLES = [
  ["trace.json", "traces", ["I'm a server span"]],
  [
    "metrics.json",
    "metrics",
    ["my.counter", "my.gauge", "my.histogram", "my.exponential.histogram"],
  ],
  ["logs.json", "logs", ["Example log record"]],
  ["events.json", "logs", ["browser.page_view"]],
] as const;

function example(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(join(import.meta.dirname, "../fixtures/examples", name)));
}

describe("examples of opentelemetry-proto", () => {
  it.each(EXAMPLES)("[REAL examples] %s", async (name, signal, texts) => {
    const answer = await post(gateway, { signal, encoding: "json" }, example(name));
    const batchId = answer.headers["batch-id"] ?? "";
    const stored = JSON.stringify(await gateway.events({ batch_id: batchId }));

    expect([answer.status, answer.text]).toEqual([200, "{}"]);
    for (const text of texts) {
      expect(stored).toContain(text);
    }
  });

  it("[REAL examples] ids in upper case and counts as text arrive as they are", async () => {
    const answer = await post(
      gateway,
      { signal: "metrics", encoding: "json" },
      example("metrics.json"),
    );
    const stored = JSON.stringify(
      await gateway.events({ batch_id: answer.headers["batch-id"] ?? "" }),
    );

    expect(stored).toContain('"count":"2"');
    expect(stored).toContain('"bucket_counts":["1","1"]');
  });
});

describe("recorded requests", () => {
  const fixtures = readFixtures().map((fixture) => [fixture.name, fixture] as const);

  it.each(fixtures)("[REAL sdks] %s, in every coding", async (_name, fixture) => {
    const { signal, encoding, body } = fixture;
    const codings = [
      ["identity", body],
      ["gzip", gzipSync(body)],
      ["zstd", zstdCompressSync(body)],
    ] as const;
    for (const [coding, bytes] of codings) {
      const headers = [["content-encoding", coding]] as const;
      const answer = await post(gateway, { signal, encoding }, bytes, { headers });

      expect([answer.status, answer.text]).toEqual([200, encoding === "json" ? "{}" : ""]);
    }
  });

  const decodable = fixtures.filter(
    ([, { encoding, body }]) => encoding === "protobuf" && body.length < 50_000,
  );

  it.each(decodable)("[REAL sdks] %s, as protobufjs reads it", async (_name, fixture) => {
    const { signal, body } = fixture;
    const answer = await post(gateway, { signal, encoding: "protobuf" }, body);
    const events = await gateway.events({ batch_id: answer.headers["batch-id"] ?? "" });
    const [first] = events;
    const frame = {
      receivedAtMs: Number(first?.["received_at"]),
      batchId: String(first?.["batch_id"]),
    };

    expect(canonicalAll(events.toReversed())).toEqual(
      canonicalAll(expectedEvents(signal, body, frame).events),
    );
  });
});
