/** Nested values: what SDKs may send is kept, what nobody sends does no harm. */
import { describe, expect, it } from "vitest";

import { exportBody } from "../support/otlp-requests.ts";
import { utf8 } from "../support/proto.ts";
import { Wire, concat, lengthField, tag, varint } from "../support/wire.ts";
import type { Answer } from "./support/built-gateway.ts";
import { jsonExport, post, uniqueName } from "./support/exports.ts";
import { useBuiltGateway } from "./support/gateway.ts";

const gateway = useBuiltGateway();

function jsonBody(service: string, depth: number): string {
  const value = `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"core"}${"]}}".repeat(depth)}`;
  return jsonExport("logs", service, [`{"timeUnixNano":"1","body":${value}}`]);
}

/** Bytes of two tags and two lengths, at most. */
const LEVEL_BYTES = 12;

/** Length prefixes grow inwards out, so the message is written from the inside, and backwards. */
function nestedValue(depth: number): Uint8Array {
  const core = lengthField(1, utf8("core"));
  const bytes = new Uint8Array(core.length + depth * LEVEL_BYTES);
  let start = bytes.length - core.length;
  bytes.set(core, start);
  for (let level = 0; level < depth; level += 1) {
    for (const number of [1, 5]) {
      const head = concat(tag(number, Wire.length), varint(bytes.length - start));
      start -= head.length;
      bytes.set(head, start);
    }
  }
  return bytes.slice(start);
}

function protobufBody(service: string, depth: number): Uint8Array {
  const value = nestedValue(depth);
  const name = lengthField(
    1,
    lengthField(1, utf8("service.name")),
    lengthField(2, lengthField(1, utf8(service))),
  );
  return lengthField(
    1,
    lengthField(1, name),
    lengthField(2, lengthField(2, lengthField(5, value))),
  );
}

const BODIES = { json: jsonBody, protobuf: protobufBody };
const ENCODINGS = ["protobuf", "json"] as const;

async function nest(
  encoding: "protobuf" | "json",
  depth: number,
): Promise<{ answer: Answer; text: string }> {
  const service = uniqueName();
  const answer = await post(
    gateway,
    { signal: "logs", encoding },
    BODIES[encoding](service, depth),
  );
  return { answer, text: JSON.stringify(await gateway.events({ service })) };
}

describe.each(ENCODINGS)("%s", (encoding) => {
  it.each([1, 64, 128])("[NEST 64] %i levels", async (depth) => {
    const { answer, text } = await nest(encoding, depth);

    expect([answer.status, answer.text]).toEqual([200, encoding === "json" ? "{}" : ""]);
    expect(text).toContain(`${"[".repeat(depth)}"core"${"]".repeat(depth)}`);
  });

  it.each([129, 1000])("[NEST 128] %i levels", async (depth) => {
    const { answer, text } = await nest(encoding, depth);

    expect(answer.status).toBe(200);
    expect(answer.text).toContain("nested deeper than 128 levels");
    expect(text).toContain(`${"[".repeat(128)}null${"]".repeat(128)}`);
  });

  it("[NEST 128] 10,000 levels are answered, and the next request too", async () => {
    const { answer } = await nest(encoding, 10_000);
    const next = exportBody("logs", encoding, [{ name: "next", timeMs: 1 }]);

    expect([200, 400]).toContain(answer.status);
    expect((await post(gateway, { signal: "logs", encoding }, next)).status).toBe(200);
  });
});
