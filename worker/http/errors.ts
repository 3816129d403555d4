/**
 * Every way a request can fail, and the one table that gives each its status.
 *
 * Which statuses clients retry is decided here: 429, 502, 503 and 504 are, all others mean the
 * client drops its data (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes). So
 * everything transient is 503, and nothing the sender must fix is.
 */

import type { FieldViolation } from "../otlp/codec.ts";

/** An expected failure of a request. */
export type HttpError =
  | { readonly kind: "not-found"; readonly message: string }
  | { readonly kind: "method-not-allowed"; readonly method: string; readonly allow: string }
  | { readonly kind: "auth-unconfigured" }
  | { readonly kind: "token-missing"; readonly message: string }
  | { readonly kind: "token-wrong" }
  | { readonly kind: "media-type"; readonly contentType: string | null }
  | { readonly kind: "content-coding"; readonly coding: string }
  | {
      readonly kind: "body-too-large";
      readonly limitBytes: number;
      readonly side: "as sent" | "after decompression";
      /** where it is known */
      readonly receivedBytes?: number;
    }
  | { readonly kind: "events-too-large"; readonly limitBytes: number }
  | {
      readonly kind: "malformed";
      readonly message: string;
      /** the part of the request that is wrong, where there is one: for google.rpc.BadRequest */
      readonly field?: string;
      /** what is wrong with it, one entry per reason; absent: the message says it */
      readonly reasons?: readonly string[];
    }
  | {
      readonly kind: "parameter";
      readonly parameter: string;
      readonly message: string;
      /** where in its value the mistake is, from 0; absent: the value as a whole */
      readonly position?: number;
    }
  | { readonly kind: "batch-not-found" }
  | { readonly kind: "trace-not-found"; readonly traceId: string }
  | { readonly kind: "rate-limited"; readonly message: string; readonly retryAfterSeconds: number }
  | { readonly kind: "unavailable"; readonly message: string }
  | { readonly kind: "internal" };

/** How a failure shows on the wire. */
export interface ErrorAnswer {
  readonly status: number;
  /** gRPC code for google.rpc.Status; nobody acts on it over HTTP */
  readonly grpcCode: number;
  readonly message: string;
  /** what is wrong with which part of the request, for google.rpc.BadRequest */
  readonly violations: readonly FieldViolation[];
  readonly headers: Readonly<Record<string, string>>;
  /** further members of the `{"error": …}` object under /api */
  readonly fields: Readonly<Record<string, string | number>>;
}

const Grpc = {
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Codings this gateway inflates, for the Accept-Encoding header of a 415 (RFC 9110 §15.5.16). */
export const ACCEPTED_CODINGS = "gzip, deflate, zstd";

/**
 * Retry-After is whole seconds from 1 to 5: with 0 the JavaScript SDK retries in a hot loop, with
 * 10 it drops the batch (its export has 10 s in all).
 */
export const MAX_RETRY_AFTER_SECONDS = 5;
/** Exporters that were refused together do not come back together: 1 to this many seconds. */
const RETRY_SPREAD_SECONDS = 3;

/** The status of every failure: the only place one is chosen. */
export function toAnswer(error: HttpError): ErrorAnswer {
  switch (error.kind) {
    case "not-found":
      return answer(404, Grpc.unimplemented, error.message);
    case "method-not-allowed":
      return {
        ...answer(
          405,
          Grpc.unimplemented,
          `Cannot ${error.method} this path: allowed is ${error.allow}`,
        ),
        headers: { allow: error.allow },
      };
    case "auth-unconfigured":
      return {
        ...tryLater("telemetry_auth_unconfigured"),
        fields: { hint: "Set the secret TELEMETRY_API_KEY of this gateway" },
      };
    case "token-missing":
      return {
        ...answer(401, Grpc.unauthenticated, error.message),
        headers: { "www-authenticate": 'Bearer realm="telemetry"' },
      };
    case "token-wrong":
      return {
        ...answer(401, Grpc.unauthenticated, "Cannot authenticate: the bearer token is not valid"),
        headers: { "www-authenticate": 'Bearer realm="telemetry", error="invalid_token"' },
      };
    case "media-type":
      return answer(
        415,
        Grpc.unknown,
        `Cannot read Content-Type "${error.contentType ?? ""}": ${isGrpc(error.contentType) ? "gRPC is not supported, use OTLP/HTTP and " : ""}send application/x-protobuf or application/json`,
      );
    case "content-coding":
      return {
        ...answer(
          415,
          Grpc.unknown,
          `Cannot decompress Content-Encoding "${error.coding}": send one of ${ACCEPTED_CODINGS}, or none`,
        ),
        headers: { "accept-encoding": ACCEPTED_CODINGS },
      };
    case "body-too-large":
      return answer(
        413,
        Grpc.unknown,
        `Cannot take a body of ${error.receivedBytes === undefined ? `more than ${error.limitBytes}` : error.receivedBytes} bytes ${error.side}: the limit is ${error.limitBytes} bytes, send smaller batches`,
      );
    case "events-too-large":
      return answer(
        413,
        Grpc.unknown,
        `Cannot store the events of this request at once: compressed they take more than ${error.limitBytes} bytes, send smaller batches`,
      );
    case "malformed":
      return {
        ...answer(400, Grpc.invalidArgument, error.message),
        violations: (error.reasons ?? [error.message]).map((description) => ({
          field: error.field ?? "body",
          description,
        })),
      };
    case "parameter":
      return {
        ...answer(400, Grpc.invalidArgument, error.message),
        fields: {
          param: error.parameter,
          ...(error.position !== undefined && { position: error.position }),
        },
      };
    case "batch-not-found":
      return answer(404, Grpc.notFound, "Batch not found");
    case "trace-not-found":
      return answer(
        404,
        Grpc.notFound,
        `Cannot find trace ${error.traceId}: no span of it in the range; KV may show new ones up to a minute late`,
      );
    case "rate-limited":
      return {
        ...answer(429, Grpc.resourceExhausted, error.message),
        headers: { "retry-after": retryAfter(error.retryAfterSeconds) },
      };
    case "unavailable":
      return tryLater(error.message);
    case "internal":
      // A 500 or the platform's own error page would cost SDKs their data; this they retry.
      return tryLater("Cannot answer: internal error");
  }
}

function tryLater(message: string): ErrorAnswer {
  return {
    ...answer(503, Grpc.unavailable, message),
    headers: { "retry-after": retryAfter(Math.random() * RETRY_SPREAD_SECONDS) },
  };
}

function retryAfter(seconds: number): string {
  return String(Math.min(Math.max(Math.ceil(seconds), 1), MAX_RETRY_AFTER_SECONDS));
}

function isGrpc(contentType: string | null): boolean {
  return /^\s*application\/grpc/i.test(contentType ?? "");
}

function answer(status: number, grpcCode: number, message: string): ErrorAnswer {
  return { status, grpcCode, message, violations: [], headers: {}, fields: {} };
}
