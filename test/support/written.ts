/** The JSON text of single values, exactly as the transcoder writes it into events. */
import { FRAME, transcode } from "./transcode.ts";
import { concat, lengthField, tag } from "./wire.ts";

/** A value of eight bytes, little-endian. */
export function fixed64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes;
}

/** A double as its eight bytes. */
export function doubleBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

/** A field of eight bytes. */
export function fixed64Field(number: number, bytes: Uint8Array): Uint8Array {
  return concat(tag(number, 1), bytes);
}

/** The text of AnyValues: each is the body of a log record, all of one request. */
export function writtenValues(values: readonly Uint8Array[]): readonly string[] {
  const records = values.map((value) => lengthField(2, lengthField(5, value)));
  return writtenItems("logs", records).map((members) => memberText(members, "body"));
}

/** The text of the members of spans: `,"name":value` for each, all spans of one request. */
export function writtenSpans(spans: readonly Uint8Array[]): readonly string[] {
  return writtenItems(
    "traces",
    spans.map((span) => lengthField(2, span)),
  );
}

/** The text of the members of the data points of a histogram. */
export function writtenPoints(points: readonly Uint8Array[]): readonly string[] {
  const histogram = lengthField(9, ...points.map((point) => lengthField(1, point)));
  return writtenItems("metrics", [lengthField(2, histogram)]);
}

/** The text of the one member that there is. */
export function memberText(members: string, name: string): string {
  return between(members, `,"${name}":`, "");
}

const OPENINGS = {
  traces: '{"event_type":"span","data":{"resource":{},"scope":{}',
  logs: '{"event_type":"log","data":{"resource":{},"scope":{}',
  metrics: '{"event_type":"metric","data":{"resource":{},"scope":{},"type":"histogram"',
};
const TAIL = `},"received_at":${FRAME.receivedAtMs},"batch_id":"${FRAME.batchId}"}`;

function writtenItems(
  signal: keyof typeof OPENINGS,
  items: readonly Uint8Array[],
): readonly string[] {
  const body = lengthField(1, lengthField(2, ...items));
  const { lines } = transcode({ signal, encoding: "protobuf", body });
  return lines.map((line) => between(line, OPENINGS[signal], TAIL));
}

function between(text: string, start: string, end: string): string {
  if (!text.startsWith(start) || !text.endsWith(end)) {
    throw new Error(`Cannot find what stands between ${start} and ${end}: ${text}`);
  }
  return text.slice(start.length, text.length - end.length);
}
