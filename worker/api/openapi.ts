/**
 * The OpenAPI 3.1 document of the gateway, and the answer that serves it.
 *
 * It is made of the tables that the code itself uses and of schemas that the compiler compares with
 * the types of the answers. Tests hold it against the route table and against every answer that the
 * other tests get (test/support/api-contract.ts).
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
import { bodyAnswer } from "../http/respond.ts";
import { ANSWER_SCHEMAS } from "./openapi-answers.ts";
import { EVENT_SCHEMAS } from "./openapi-events.ts";
import { type Parameter, SHARED_PARAMETERS } from "./openapi-parameters.ts";
import { PATHS, type PathItem } from "./openapi-paths.ts";
import { ERROR_RESPONSES, JSON_TYPE, type ResponseObject } from "./openapi-responses.ts";
import type { Schema } from "./openapi-schema.ts";

/** What differs from gateway to gateway. */
export interface GatewayLimits {
  readonly bodyLimitBytes: number;
  readonly retentionSeconds: number;
}

/** The document. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, object>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

/** That of package.json: a test compares. */
const VERSION = "0.1.0";
/** It changes with a deploy only; those who look it up again within five minutes need not ask. */
const CACHE_SECONDS = 300;

/** Builds the document. */
export function openApiDocument({
  bodyLimitBytes,
  retentionSeconds,
}: GatewayLimits): OpenApiDocument {
  return {
    openapi: "3.1.1",
    info: {
      title: "Pryx telemetry gateway",
      version: VERSION,
      description: `Bodies: at most ${bodyLimitBytes} bytes, as sent and decompressed. Events expire after ${retentionSeconds} s. Questions (GET) with unknown parameters are refused; all filters must hold, of a repeated one any value.`,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths: PATHS,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      parameters: SHARED_PARAMETERS,
      responses: ERROR_RESPONSES,
      schemas: { ...EVENT_SCHEMAS, ...ANSWER_SCHEMAS },
    },
  };
}

/** Answers `GET /api/openapi.json`; the text is made once, when it is first asked for. */
export function openApiAnswerer(limits: GatewayLimits): () => Response {
  let document: string | undefined;
  return () => {
    document ??= JSON.stringify(openApiDocument(limits));
    return bodyAnswer(document, {
      "content-type": JSON_TYPE,
      "cache-control": `public, max-age=${CACHE_SECONDS}`,
    });
  };
}
