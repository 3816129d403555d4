/** The route table, and the only file that knows the router. */
import { Router, type RouterType } from "itty-router";

import { openApiAnswerer } from "./api/openapi.ts";
import { type HttpError } from "./http/errors.ts";
import { apiError, json, otlpError, redirect, withoutBody } from "./http/respond.ts";
import type { IngestContext } from "./ingest/context.ts";
import { handleBatch, handleBatchStatus, handleIngest } from "./ingest/native.ts";
import { handleExport } from "./ingest/otlp.ts";
import { codecOf, fallbackCodec } from "./otlp/media-type.ts";
import type { Signal } from "./otlp/signal.ts";
import type { QueryContext } from "./query/context.ts";
import {
  handleFieldValues,
  handleFields,
  handleOperations,
  handleQuery,
  handleServices,
  handleTrace,
  handleTraces,
} from "./query/handler.ts";

/** What the routes need from outside. */
export interface AppContext extends IngestContext, QueryContext {
  readonly installScriptUrl: string;
}

/** Answers one request. */
export type App = (request: Request) => Promise<Response>;

const OTLP_PATHS = "/v1/traces, /v1/metrics or /v1/logs";
const EXPORT_PATH = /\/v1\/(?:traces|metrics|logs)\/?$/;
const SIGNALS: readonly Signal[] = ["traces", "metrics", "logs"];

/** The router matches on these; handlers get the request itself. */
interface Routed {
  readonly method: string;
  readonly url: string;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/** A method and a path that are answered; `*` stands for any prefix, `:name` for a part. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** Every route, for documents: those that only refuse, and HEAD, are left out. */
export function routesOf(context: AppContext): readonly Route[] {
  return routerOf(context)
    .routes.map(([method, _pattern, _handlers, path]) => ({ method, path: path ?? "" }))
    .filter(({ method }) => method !== "ALL" && method !== "HEAD");
}

/** Builds the app. */
export function createApp(context: AppContext): App {
  const router = routerOf(context);
  return async (request) => {
    const answer: unknown = await router.fetch(
      { method: request.method, url: collapseSlashes(request.url), params: {} },
      request,
    );
    if (!(answer instanceof Response)) {
      throw new Error("Cannot answer: no route matched, though the last one matches everything");
    }
    return answer;
  };
}

type ApiRoute = readonly [
  method: "GET" | "POST",
  path: string,
  answer: (routed: Routed, request: Request) => Promise<Response> | Response,
];

/** Every path outside OTLP that the gateway answers. */
function apiRoutes(context: AppContext): readonly ApiRoute[] {
  return [
    ["POST", "/api/telemetry/ingest", (_routed, request) => handleIngest(request, context)],
    ["POST", "/api/telemetry/batch", (_routed, request) => handleBatch(request, context)],
    [
      "GET",
      "/api/telemetry/batch/:batchId",
      ({ params }, request) =>
        handleBatchStatus(request, decodeSegment(params["batchId"]), context),
    ],
    ["GET", "/api/telemetry/query", (_routed, request) => handleQuery(request, context)],
    ["GET", "/api/telemetry/traces", (_routed, request) => handleTraces(request, context)],
    [
      "GET",
      "/api/telemetry/traces/:traceId",
      ({ params }, request) => handleTrace(request, decodeSegment(params["traceId"]), context),
    ],
    ["GET", "/api/telemetry/services", (_routed, request) => handleServices(request, context)],
    ["GET", "/api/telemetry/operations", (_routed, request) => handleOperations(request, context)],
    ["GET", "/api/telemetry/fields", (_routed, request) => handleFields(request, context)],
    [
      "GET",
      "/api/telemetry/fields/:name/values",
      ({ params }, request) => handleFieldValues(request, decodeSegment(params["name"]), context),
    ],
    ["GET", "/api/openapi.json", openApiAnswerer(context)],
    ["GET", "*/health", () => json({ status: "ok", time: context.now() })],
    ["GET", "/install", () => redirect(context.installScriptUrl)],
  ];
}

/** The routes of OTLP, then those of the API. */
function routerOf(context: AppContext): RouterType<Routed, [Request]> {
  const router = Router<Routed, [Request]>();

  for (const signal of SIGNALS) {
    router.post(`*/v1/${signal}`, (_routed, request) => handleExport(request, signal, context));
    router.all(`*/v1/${signal}`, (_routed, request) =>
      otlpFailure(request, methodNotAllowed(request, "POST")),
    );
  }
  for (const [method, path, answer] of apiRoutes(context)) {
    if (method === "GET") {
      router.get(path, answer);
      router.head(path, async (routed, request) => withoutBody(await answer(routed, request)));
    } else {
      router.post(path, answer);
    }
    router.all(path, (_routed, request) => apiError(methodNotAllowed(request, method)));
  }
  router.all("*", (_routed, request) => notFound(request));
  return router;
}

/** Exporters that join paths by hand send `//v1/logs`. */
function collapseSlashes(url: string): string {
  const parsed = new URL(url);
  parsed.pathname = parsed.pathname.replace(/\/{2,}/g, "/");
  return parsed.href;
}

/** Undoes percent-encoding; a text that is not encoded properly names no batch. */
function decodeSegment(segment: string | undefined): string {
  try {
    return decodeURIComponent(segment ?? "");
  } catch {
    return "";
  }
}

function methodNotAllowed(request: Request, allow: string): HttpError {
  return { kind: "method-not-allowed", method: request.method, allow };
}

/** A failure on a path that exporters post to: in their encoding, whatever went wrong. */
export function otlpFailure(request: Request, error: HttpError): Response {
  return otlpError(codecOf(request.headers.get("content-type")) ?? fallbackCodec, error);
}

/** What posts telemetry gets a google.rpc.Status, everything else the error object of the API. */
export function failure(request: Request, error: HttpError): Response {
  const { pathname } = new URL(collapseSlashes(request.url));
  const isApi = pathname.startsWith("/api/telemetry") && !EXPORT_PATH.test(pathname);
  const isOtlp = !isApi && (request.method === "POST" || /\/v1\//.test(pathname));
  return isOtlp ? otlpFailure(request, error) : apiError(error);
}

function notFound(request: Request): Response {
  const { pathname } = new URL(request.url);
  return failure(request, {
    kind: "not-found",
    message: `Cannot find ${pathname}: ${pathHint(pathname)}export OTLP/HTTP to ${OTLP_PATHS}`,
  });
}

/** What people mean who post to a path that is not there. */
function pathHint(pathname: string): string {
  if (pathname === "/") {
    return "the endpoint of a single signal is used as it is, its path included; ";
  }
  if (/profiles\/?$/.test(pathname)) {
    return "profiles are not supported; ";
  }
  if (pathname.startsWith("/opentelemetry.proto.collector.")) {
    return "gRPC is not supported, set the protocol to http/protobuf; ";
  }
  return /\/v1\/(?:traces|metrics|logs)\/./.test(pathname)
    ? "the path of a signal is in it twice or goes on; "
    : "";
}
