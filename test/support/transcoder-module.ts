/** What the compiled transcoder must be and do, on Node and in workerd. */
import { Notes } from "../../worker/otlp/notes.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { Transcoder } from "../../worker/transcoder/transcoder.ts";

/** All that the module imports. */
export const HOST_FUNCTIONS: readonly string[] = [
  "function host.formatDouble",
  "function host.levelOfText",
  "function host.rejectItem",
  "function host.takeBlock",
  "function host.warn",
];

/** `resource_spans { scope_spans { spans { name: "n" } } }` */
const REQUEST = Uint8Array.of(0x0a, 7, 0x12, 5, 0x12, 3, 0x2a, 1, 0x6e);

/** The events of a request of one span, received at 1, of batch "b". */
export function spanTextOf(module: WebAssembly.Module): string {
  let text = "";
  const problem = new Transcoder(module).transcode(REQUEST, {
    shape: signalShapes.traces,
    receivedAtMs: 1,
    batchId: "b",
    segmentLimitBytes: 1000,
    requiresSpanIds: false,
    notes: new Notes(),
    takeBlock: ({ bytes }) => {
      text += new TextDecoder().decode(bytes);
      return true;
    },
  });
  return problem === undefined ? text : problem.message;
}
