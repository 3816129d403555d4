/**
 * Prints whether what is kept from one export to the next still holds its body or its segments, as
 * `{"body": false, "segment": false}`. Needs `--expose-gc`.
 */
import process from "node:process";
import { setImmediate as nextTurn } from "node:timers/promises";

import { loadTranscoderModule } from "../../../scripts/transcoder-module.ts";
import { transcodeExport } from "../../../worker/ingest/transcode-export.ts";
import { signalShapes } from "../../../worker/otlp/signal.ts";
import { Transcoder } from "../../../worker/transcoder/transcoder.ts";
import { readFixture } from "../../support/fixtures.ts";

const [, , name = ""] = process.argv;

/** Outlives the export, as in an isolate. */
const transcoder = new Transcoder(loadTranscoderModule());

interface Held {
  readonly body: WeakRef<ArrayBufferLike>;
  readonly segment: WeakRef<object>;
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
      receivedAtMs: 1_764_000_000_000,
      transcoder,
    },
    "Abcdefgh01234567",
  );
  const [segment] = transcoded.ok ? transcoded.value.segments : [];
  if (segment === undefined) {
    throw new Error(`Cannot measure ${name}: it has no events`);
  }
  return { body: new WeakRef(copy.buffer), segment: new WeakRef(segment) };
}

const held = transcodeOnce();
// A WeakRef keeps its target until the turn in which it was made ends.
await nextTurn();
globalThis.gc?.();
await nextTurn();
process.stdout.write(
  JSON.stringify({
    body: held.body.deref() !== undefined,
    segment: held.segment.deref() !== undefined,
  }),
);
