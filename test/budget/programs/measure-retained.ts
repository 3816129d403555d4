/**
 * Prints whether what is kept from one export to the next still holds its body or its blocks, as
 * `{"body": false, "block": false}`. Needs `--expose-gc`.
 */
import process from "node:process";
import { setImmediate as nextTurn } from "node:timers/promises";

import { BufferPool } from "../../../worker/core/buffer-pool.ts";
import { transcodeExport } from "../../../worker/ingest/transcode-export.ts";
import { signalShapes } from "../../../worker/otlp/signal.ts";
import { readFixture } from "../../support/fixtures.ts";
import { FRAME } from "../../support/transcode.ts";

const [, , name = ""] = process.argv;

interface Held {
  readonly body: WeakRef<ArrayBufferLike>;
  readonly block: WeakRef<ArrayBufferLike>;
}

function transcodeOnce(): Held {
  const { signal, encoding, body } = readFixture(name);
  // A buffer of its own: a file that was just read may still be held by Node.
  const copy = Uint8Array.from(body);
  const transcoded = transcodeExport(
    {
      shape: signalShapes[signal],
      encoding,
      body: copy,
      receivedAtMs: FRAME.receivedAtMs,
      buffers: new BufferPool(),
    },
    FRAME.batchId,
  );
  const [block] = transcoded.ok ? transcoded.value.blocks : [];
  if (block === undefined) {
    throw new Error(`Cannot measure ${name}: it has no events`);
  }
  return { body: new WeakRef(copy.buffer), block: new WeakRef(block.bytes.buffer) };
}

const held = transcodeOnce();
// A WeakRef keeps its target until the turn in which it was made ends.
await nextTurn();
globalThis.gc?.();
await nextTurn();
process.stdout.write(
  JSON.stringify({
    body: held.body.deref() !== undefined,
    block: held.block.deref() !== undefined,
  }),
);
