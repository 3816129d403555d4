/**
 * What a body that is no export of its path's signal seems to be, for a message that helps. Asked
 * only when a request was about to be refused, or when all its spans lack ids; then it costs a
 * decode per other signal.
 */
import { Warning } from "../otlp/notes.ts";
import { type SignalShape, requestField, signalShapes } from "../otlp/signal.ts";
import { type ExportInput, type TranscodedExport, transcodeExport } from "./transcode-export.ts";

const OPEN_BRACE = 0x7b;
const SHAPES = Object.values(signalShapes);

/** First bytes of compressed bodies whose Content-Encoding is missing. */
const COMPRESSED: readonly (readonly [coding: string, magic: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/**
 * @returns a sentence for the sender, undefined when the body resembles nothing
 */
export function payloadHint(input: ExportInput): string | undefined {
  const { body, encoding } = input;
  const coding = COMPRESSED.find(([, magic]) => magic.every((byte, at) => body[at] === byte));
  if (coding !== undefined) {
    return `payload looks compressed; send the header Content-Encoding: ${coding[0]}`;
  }
  if (encoding === "protobuf" && body.find((byte) => byte > 0x20) === OPEN_BRACE) {
    return "payload looks like JSON; send the header Content-Type: application/json";
  }
  if (encoding === "json") {
    return decodesAs({ ...input, encoding: "protobuf" })
      ? "payload looks like protobuf; send the header Content-Type: application/x-protobuf"
      : undefined;
  }
  const other = SHAPES.find((shape) => shape !== input.shape && decodesAs({ ...input, shape }));
  return other === undefined ? undefined : looksLike(other);
}

/**
 * Metrics posted as traces decode: the name becomes a trace id. So when no span has usable ids, and
 * the body is a clean export of metrics, that is what it is (OTLP cannot tell, all three requests
 * have the same frame).
 */
export function metricsHint(input: ExportInput, { notes }: TranscodedExport): string | undefined {
  const items = notes.accepted + notes.rejected;
  const isSuspicious =
    input.shape.signal === "traces" &&
    input.encoding === "protobuf" &&
    items > 0 &&
    notes.rejected + notes.warned(Warning.missingId) >= items;
  const { metrics } = signalShapes;
  return isSuspicious && decodesAs({ ...input, shape: metrics }) ? looksLike(metrics) : undefined;
}

/** The signal whose list a parsed JSON body holds instead of its own. */
export function otherSignalHint(
  members: Readonly<Record<string, unknown>>,
  own: SignalShape,
): string | undefined {
  const other = SHAPES.find((shape) => {
    const { jsonName, name } = requestField(shape);
    const list = members[jsonName] ?? members[name];
    return shape !== own && Array.isArray(list) && list.length > 0;
  });
  return other === undefined ? undefined : looksLike(other);
}

function looksLike({ signal }: SignalShape): string {
  return `payload looks like ${signal}; POST to /v1/${signal}`;
}

/** Whether a body is an export with items, and nothing in it is wrong. */
function decodesAs(input: ExportInput): boolean {
  const result = transcodeExport(input, "");
  return result.ok && result.value.notes.accepted > 0 && result.value.notes.message() === undefined;
}
