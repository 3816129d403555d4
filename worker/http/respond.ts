/** Answers: the only place a Response is made. */
import type { Codec, PartialSuccess } from "../otlp/codec.ts";
import type { SignalShape } from "../otlp/signal.ts";
import { type HttpError, toAnswer } from "./errors.ts";

/** Answers depend on the token and on what arrives next. */
const NO_STORE = { "cache-control": "no-store" };

/** A JSON answer under /api, from text that is JSON already. */
export function jsonText(text: string, status = 200): Response {
  return new Response(text, {
    status,
    headers: { ...NO_STORE, "content-type": "application/json" },
  });
}

/** A JSON answer under /api. */
export function json(value: unknown, status = 200): Response {
  return jsonText(JSON.stringify(value), status);
}

/** An answer under /api in whatever form its headers say. */
export function bodyAnswer(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(body, { headers: { ...NO_STORE, ...headers } });
}

/** A failure under /api: `{"error": "<message>"}` plus fields. */
export function apiError(error: HttpError): Response {
  const { status, message, headers, fields } = toAnswer(error);
  return new Response(JSON.stringify({ error: message, ...fields }), {
    status,
    headers: { ...NO_STORE, ...headers, "content-type": "application/json" },
  });
}

/** A failure on an OTLP route: google.rpc.Status in the request's encoding. */
export function otlpError(codec: Codec, error: HttpError): Response {
  const { status, grpcCode, message, violations, headers } = toAnswer(error);
  return new Response(codec.encodeStatus({ code: grpcCode, message, violations }), {
    status,
    headers: { ...NO_STORE, ...headers, "content-type": codec.contentType },
  });
}

/** What a successful export is answered with. */
export interface ExportReceipt {
  readonly shape: SignalShape;
  /** undefined when the request held no items */
  readonly batchId: string | undefined;
  readonly partialSuccess: PartialSuccess | undefined;
}

/** A successful export. */
export function otlpSuccess(codec: Codec, receipt: ExportReceipt): Response {
  return new Response(codec.encodeSuccess(receipt.shape, receipt.partialSuccess), {
    status: 200,
    headers: {
      ...NO_STORE,
      ...(receipt.batchId !== undefined && { "batch-id": receipt.batchId }),
      "content-type": codec.contentType,
    },
  });
}

/** A redirect to another site. */
export function redirect(url: string): Response {
  return new Response(null, { status: 302, headers: { ...NO_STORE, location: url } });
}

/** What HEAD answers: the same, without the body (RFC 9110 §9.3.2). */
export function withoutBody({ status, headers }: Response): Response {
  return new Response(null, { status, headers });
}
