/** Exports as the conformance tests send them, and what came of them. */
import { decodeStatus, type StatusMessage } from "../../support/otlp-answers.ts";
import { type Encoding, MEDIA_TYPES, type Signal } from "../../support/otlp-requests.ts";
import type { Answer, ConformanceGateway, Sent } from "./built-gateway.ts";

/** Every signal in both encodings. */
export const WAYS = (["traces", "metrics", "logs"] as const).flatMap((signal) =>
  (["protobuf", "json"] as const).map((encoding) => ({ signal, encoding })),
);

/** Posts a body to a signal's path. */
export async function post(
  gateway: ConformanceGateway,
  way: { readonly signal: Signal; readonly encoding: Encoding },
  body: Uint8Array | string,
  more: Partial<Sent> = {},
): Promise<Answer> {
  return await gateway.send({
    path: `/v1/${way.signal}`,
    ...more,
    body,
    headers: [["content-type", MEDIA_TYPES[way.encoding]], ...(more.headers ?? [])],
  });
}

/** Reads a refusal with other people's decoders; throws unless its encoding is named exactly. */
export function statusOf(answer: Answer, encoding: Encoding): StatusMessage {
  if (answer.headers["content-type"] !== MEDIA_TYPES[encoding]) {
    throw new Error(`${answer.status} has type ${answer.headers["content-type"]}: ${answer.text}`);
  }
  return decodeStatus(encoding, answer.body);
}

let serial = 0;

/** A name that no other item has. */
export function uniqueName(): string {
  serial += 1;
  return `conformance-${process.pid}-${serial}`;
}

const FRAMES = {
  traces: ["resourceSpans", "scopeSpans", "spans"],
  metrics: ["resourceMetrics", "scopeMetrics", "metrics"],
  logs: ["resourceLogs", "scopeLogs", "logRecords"],
} as const;

/** The text of a JSON request around the texts of items: so that a test can write any token. */
export function jsonExport(signal: Signal, service: string, items: readonly string[]): string {
  const [resources, scopes, list] = FRAMES[signal];
  return `{"${resources}":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"${service}"}}]},"${scopes}":[{"${list}":[${items.join(",")}]}]}]}`;
}

/** Ids and times that a good span has, as JSON members. */
export const GOOD_SPAN =
  '"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000000000000001"';

/** Sends items in JSON and gives the answer and the `data` of what was stored, oldest first. */
export async function storeJson(
  gateway: ConformanceGateway,
  signal: Signal,
  items: readonly string[],
): Promise<{ readonly answer: Answer; readonly stored: readonly unknown[] }> {
  const service = uniqueName();
  const answer = await post(
    gateway,
    { signal, encoding: "json" },
    jsonExport(signal, service, items),
  );
  const events = await gateway.events({ service });
  return { answer, stored: events.map((event) => event["data"]).toReversed() };
}
