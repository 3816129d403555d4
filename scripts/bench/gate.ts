/** Before anything is timed: do all sides make the same events? */
import { deepStrictEqual } from "node:assert/strict";

import type { Decoder } from "./decoders.ts";
import type { Payload } from "./payloads.ts";
import { FRAME, gatewayLines } from "./sides.ts";

/**
 * Compares the events of the gateway, from protobuf and from JSON, with those of each decoder.
 *
 * @throws at the first difference
 */
export function assertSameEvents(payload: Payload, decoders: readonly Decoder[]): void {
  const events = parseLines(gatewayLines(payload, "protobuf"));
  if (events.length !== payload.itemCount) {
    throw new Error(`Cannot measure ${payload.name}: it gives ${events.length} events`);
  }
  deepStrictEqual(parseLines(gatewayLines(payload, "json")), events, `${payload.name}: JSON`);
  for (const { name, readers } of decoders) {
    const own: unknown[] = [];
    readers[payload.signal](payload.protobuf, FRAME, (event) => {
      own.push(JSON.parse(JSON.stringify(event)));
    });
    deepStrictEqual(own, events, `${payload.name}: ${name}`);
  }
}

function parseLines(bytes: Uint8Array): readonly unknown[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.filter((line) => line !== "").map((line): unknown => JSON.parse(line));
}
