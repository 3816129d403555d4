import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";

import packageJson from "../../package.json" with { type: "json" };
import { openApiDocument } from "../../worker/api/openapi.ts";
import { ok } from "../../worker/core/result.ts";
import { cursorSigner } from "../../worker/query/cursor.ts";
import { KeyDensity } from "../../worker/query/key-density.ts";
import { routesOf } from "../../worker/routes.ts";
import { KvStore } from "../../worker/store/kv-store.ts";
import { isJsonObject, readJson } from "../support/api-client.ts";
import { component, wrongIn } from "../support/api-contract.ts";
import { FakeKv } from "../support/fake-kv.ts";
import { API_KEY, plainRequest } from "../support/otlp-requests.ts";
import { RETENTION_SECONDS, createTestGateway } from "../support/test-gateway.ts";
import { makeTranscoder } from "../support/transcoder.ts";

const GOLDENS = join(import.meta.dirname, "../golden");
const BODY_LIMIT_BYTES = 1234;
const document = openApiDocument({
  bodyLimitBytes: BODY_LIMIT_BYTES,
  retentionSeconds: RETENTION_SECONDS,
});

function plainCopy(): Record<string, unknown> {
  const copy: unknown = JSON.parse(JSON.stringify(document));
  if (!isJsonObject(copy)) {
    throw new TypeError("The document is no JSON object");
  }
  return { ...copy };
}

/** Every `$ref` in a value, wherever it stands. */
function refsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap(refsIn);
  }
  return isJsonObject(value)
    ? Object.entries(value).flatMap(([key, member]) =>
        key === "$ref" && typeof member === "string" ? [member] : refsIn(member),
      )
    : [];
}

/** The routes of the app as the document writes them. */
function routes(): readonly string[] {
  return routesOf({
    authenticate: async () => ok(undefined),
    store: new KvStore(new FakeKv().namespace, {
      retentionSeconds: RETENTION_SECONDS,
      retry: { count: 0, firstDelayMs: 0, sleep: async () => {}, log: () => {} },
    }),
    density: new KeyDensity(),
    sign: cursorSigner(API_KEY),
    transcoder: makeTranscoder(),
    bodyLimitBytes: BODY_LIMIT_BYTES,
    requiresSpanIds: false,
    retentionSeconds: RETENTION_SECONDS,
    installScriptUrl: "",
    now: () => 0,
    randomBytes: (into) => into,
    log: () => {},
  })
    .map(({ method, path }) => `${method} ${path.replace(/^\*/, "").replace(/:(\w+)/g, "{$1}")}`)
    .toSorted();
}

describe("the OpenAPI document", () => {
  it("is valid by the meta-schema of OpenAPI 3.1", async () => {
    expect(await new Validator().validate(plainCopy())).toEqual({ valid: true });
  });

  it("would not be valid with a mistake in it", async () => {
    const broken = { ...plainCopy(), paths: { "/health": { get: { responses: [] } } } };

    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  it("refers to components that are there, and has none that nobody refers to", () => {
    const { parameters, responses, schemas } = document.components;
    const known = Object.entries({ parameters, responses, schemas }).flatMap(([kind, parts]) =>
      Object.keys(parts).map((name) => `#/components/${kind}/${name}`),
    );

    expect([...new Set(refsIn(plainCopy()))].toSorted()).toEqual(known.toSorted());
  });

  it("has every route of the app, and none else", () => {
    const documented = Object.entries(document.paths).flatMap(([path, item]) => [
      ...(item.get === undefined ? [] : [`GET ${path}`]),
      ...(item.post === undefined ? [] : [`POST ${path}`]),
    ]);

    expect(documented.toSorted()).toEqual(routes());
  });

  it("calls each operation differently, and names each parameter of a path", () => {
    const operations = Object.entries(document.paths).flatMap(([path, { get, post }]) =>
      [get, post].flatMap((operation) => (operation === undefined ? [] : [{ path, operation }])),
    );
    const ids = operations.map(({ operation }) => operation.operationId);

    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const inPath = (operation.parameters ?? []).flatMap((parameter) =>
        "name" in parameter && parameter.in === "path" ? [`{${parameter.name}}`] : [],
      );
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(inPath);
    }
  });

  it("has the version of the package", () => {
    expect(document.info.version).toBe(packageJson.version);
  });
});

describe("the schemas of events", () => {
  const SCHEMAS: Readonly<Record<string, string>> = {
    span: "SpanEvent",
    log: "LogEvent",
    metric: "MetricEvent",
  };
  const lines = readdirSync(GOLDENS).flatMap((file) =>
    readFileSync(join(GOLDENS, file), "utf8").trim().split("\n"),
  );

  it("fit everything that the fixtures are stored as", () => {
    const types = new Set<unknown>();
    for (const line of lines) {
      const event: unknown = JSON.parse(line);
      const type = isJsonObject(event) ? event["event_type"] : undefined;
      types.add(type);
      expect(wrongIn(component(SCHEMAS[String(type)] ?? ""), event)).toBeUndefined();
    }
    expect(types).toEqual(new Set(Object.keys(SCHEMAS)));
  });

  it.each(Object.values(SCHEMAS))("%s fits no other kind of event", (name) => {
    const fitting = lines
      .map((line): unknown => JSON.parse(line))
      .filter((event) => wrongIn(component(name), event) === undefined);
    const types = fitting.map((event) => (isJsonObject(event) ? event["event_type"] : undefined));

    expect(new Set(types).size).toBe(1);
    expect(fitting.length).toBeLessThan(lines.length);
  });
});

describe("GET /api/openapi.json", () => {
  const { send, kv } = createTestGateway({
    authenticate: async () => ok(undefined),
    bodyLimitBytes: BODY_LIMIT_BYTES,
  });

  it("is the document, for everybody, and may be cached for a while", async () => {
    const response = await send(
      plainRequest("/api/openapi.json", { headers: { authorization: null } }),
    );

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    expect(await readJson(response)).toEqual(plainCopy());
    expect(kv.counts).toMatchObject({ list: 0, get: 0, getBulk: 0, put: 0 });
  });

  it.each(["POST", "DELETE"])("is refused with %s", async (method) => {
    const response = await send(plainRequest("/api/openapi.json", { method }));

    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET");
  });
});
