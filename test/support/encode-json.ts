/** Encodes OTLP/JSON as protobuf and reads it back with protobufjs. */
import { encodeRequest } from "../../worker/otlp/json/encode-request.ts";
import { parseOtlpJson } from "../../worker/otlp/json/parse.ts";
import { Notes } from "../../worker/otlp/notes.ts";
import { signalShapes } from "../../worker/otlp/signal.ts";
import { type SignalName, decodeMessage, requestType, utf8 } from "./proto.ts";

/** What came of a request in OTLP/JSON. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** the bytes as protobufjs decodes them */
  readonly message: Readonly<Record<string, unknown>>;
  readonly notes: Notes;
}

/** Encodes; the reason when the frame cannot be read. */
export function tryEncode(signal: SignalName, body: Uint8Array): Encoded | string {
  const notes = new Notes();
  const parsed = parseOtlpJson(body);
  if (!parsed.ok) {
    return parsed.error.message;
  }
  const result = encodeRequest(parsed.value, signalShapes[signal], notes);
  if (!result.ok) {
    return result.error.message;
  }
  const bytes = result.value;
  return { bytes, message: decodeMessage(requestType(signal), bytes), notes };
}

/** Encodes a request whose frame can be read. */
export function encode(signal: SignalName, body: Uint8Array): Encoded {
  const encoded = tryEncode(signal, body);
  if (typeof encoded === "string") {
    throw new Error(encoded);
  }
  return encoded;
}

/** Members that every span must have. */
export const IDS = '"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"';

const FRAMES: Readonly<Record<SignalName, readonly [string, string]>> = {
  traces: ['{"resourceSpans":[{"scopeSpans":[{"spans":[', "]}]}]}"],
  metrics: ['{"resourceMetrics":[{"scopeMetrics":[{"metrics":[', "]}]}]}"],
  logs: ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[', "]}]}]}"],
};
const LISTS: Readonly<Record<SignalName, readonly string[]>> = {
  traces: ["resource_spans", "scope_spans", "spans"],
  metrics: ["resource_metrics", "scope_metrics", "metrics"],
  logs: ["resource_logs", "scope_logs", "log_records"],
};

/** A request with these items in it. */
export function around(signal: SignalName, items: string): Uint8Array {
  const [before, after] = FRAMES[signal];
  return utf8(before + items + after);
}

/** The items that protobufjs finds in the bytes. */
export function itemsOf(signal: SignalName, { message }: Encoded): readonly unknown[] {
  return LISTS[signal].reduce<readonly unknown[]>(
    (found, name) =>
      found.flatMap((part): unknown[] => {
        const list: unknown =
          typeof part === "object" && part !== null ? Reflect.get(part, name) : undefined;
        return Array.isArray(list) ? list : [];
      }),
    [message],
  );
}

/** One item, encoded and decoded. */
export function item(signal: SignalName, text: string): unknown {
  return itemsOf(signal, encode(signal, around(signal, text)))[0];
}
