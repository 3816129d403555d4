/**
 * Holds every answer that a test gets against the OpenAPI document: path and method, parameters,
 * status, headers, media type and body. What the document does not know fails the test.
 *
 * The validator interprets its schemas: workerd, where many of these tests run, refuses to compile
 * text to code.
 */
import { Validator } from "@cfworker/json-schema";

import type { Parameter } from "../../worker/api/openapi-parameters.ts";
import type { OperationObject, PathItem } from "../../worker/api/openapi-paths.ts";
import type { MediaType, ResponseObject } from "../../worker/api/openapi-responses.ts";
import type { Schema } from "../../worker/api/openapi-schema.ts";
import { type OpenApiDocument, openApiDocument } from "../../worker/api/openapi.ts";
import type { Send } from "./api-client.ts";

/** A request, as far as the document speaks of it. */
export interface Asked {
  readonly method: string;
  readonly url: string;
}

/** Headers of HTTP itself, which the document does not list. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  "cache-control",
  "content-length",
  "content-type",
]);
/** Messages of the validator that are shown: the first are the outermost. */
const SHOWN_ERRORS = 6;

const limits = { bodyLimitBytes: 1, retentionSeconds: 1 };
// The validator marks the objects it is given: these are not those of the Worker.
const contract: OpenApiDocument = structuredClone(openApiDocument(limits));
const validators = new WeakMap<Schema, Validator>();

/** The same, but it throws when an answer is not as documented. */
export function contractSend(send: Send): Send {
  return async (request) => {
    const asked = { method: request.method, url: request.url };
    return checkAnswer(asked, await send(request));
  };
}

/**
 * Checks one answer.
 *
 * @returns an answer with the same content
 * @throws when the document does not allow it
 */
export async function checkAnswer(asked: Asked, answer: Response): Promise<Response> {
  const found = findPath(new URL(asked.url).pathname);
  const allowed = found === undefined ? [] : methodsOf(found);
  const operation = operationOf(found, asked.method);
  if (operation === undefined) {
    return checkRefusal(asked, answer, allowed);
  }
  const { status } = answer;
  const use = operation.responses[String(status)];
  if (use === undefined) {
    throw violation(asked, answer, `the status is not documented${await bodyOf(answer)}`);
  }
  if (answer.ok) {
    checkParameters(asked, answer, operation);
  }
  const response = responseOf(use);
  checkHeaders(asked, answer, response);
  if (asked.method === "HEAD") {
    return answer;
  }
  return checkBody(asked, answer, response.content);
}

/** A path or method that is not documented must be refused as one that is not there. */
async function checkRefusal(
  asked: Asked,
  answer: Response,
  allowed: readonly string[],
): Promise<Response> {
  const { status } = answer;
  if (status !== 404 && (status !== 405 || allowed.length === 0)) {
    throw violation(asked, answer, "the path or method is not documented");
  }
  if (status === 405 && answer.headers.get("allow") !== allowed.join(", ")) {
    throw violation(asked, answer, `the header allow should be ${allowed.join(", ")}`);
  }
  return checkBody(asked, answer, {
    "application/json": { schema: { anyOf: [component("Error"), component("Status")] } },
    "application/x-protobuf": {},
  });
}

function checkParameters(
  asked: Asked,
  answer: Response,
  { parameters = [] }: OperationObject,
): void {
  const sent = new URL(asked.url).searchParams;
  const known = parameters.map((use) => ("$ref" in use ? resolve("parameters", use.$ref) : use));
  const inQuery = known.filter((parameter) => parameter.in === "query");
  if (inQuery.length === 0) {
    // Only those who ask questions refuse what they do not know.
    return;
  }
  const free = inQuery.find(({ schema }) => schema.type === "object");
  const freely: Record<string, string> = {};
  for (const [name, value] of sent) {
    const parameter = inQuery.find((candidate) => candidate.name === name);
    if (parameter !== undefined && parameter !== free) {
      const wrong = wrongIn(parameter.schema, valueOf(parameter, sent.getAll(name)));
      if (wrong !== undefined && !(value === "" && parameter.allowEmptyValue === true)) {
        throw violation(asked, answer, `parameter "${name}", which was accepted: ${wrong}`);
      }
    } else if (free === undefined) {
      throw violation(asked, answer, `parameter "${name}" is not documented, yet accepted`);
    } else {
      freely[name] = value;
    }
  }
  const wrong = free === undefined ? undefined : wrongIn(free.schema, freely);
  if (wrong !== undefined) {
    throw violation(asked, answer, `a parameter is not documented, yet accepted: ${wrong}`);
  }
}

/** The value of a parameter as its schema describes it. */
function valueOf({ schema, explode }: Parameter, sent: readonly string[]): unknown {
  if (schema.type === "array") {
    return explode === false ? (sent[0] ?? "").split(",") : sent;
  }
  const [text = ""] = sent;
  return schema.type === "integer" ? numberOf(text) : text;
}

function numberOf(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

function checkHeaders(asked: Asked, answer: Response, { headers = {} }: ResponseObject): void {
  for (const [name, value] of answer.headers) {
    const header = headers[name];
    if (header === undefined) {
      if (!PLAIN_HEADERS.has(name)) {
        throw violation(asked, answer, `the header ${name} is not documented`);
      }
      continue;
    }
    const isNumber = header.schema.type === "integer";
    const wrong = wrongIn(header.schema, isNumber ? numberOf(value) : value);
    if (wrong !== undefined) {
      throw violation(asked, answer, `the header ${name}: ${wrong}`);
    }
  }
  for (const [name, header] of Object.entries(headers)) {
    if (header.required === true && !answer.headers.has(name)) {
      throw violation(asked, answer, `the header ${name} is missing`);
    }
  }
}

async function checkBody(
  asked: Asked,
  answer: Response,
  content: Readonly<Record<string, MediaType>> = {},
): Promise<Response> {
  const type = answer.headers.get("content-type");
  const media = content[type ?? ""];
  if (answer.body === null && Object.keys(content).length === 0) {
    return answer;
  }
  if (media === undefined) {
    throw violation(asked, answer, `the media type ${type} is not documented`);
  }
  const { schema, "x-line-schema": lineSchema } = media;
  if (lineSchema !== undefined && answer.body !== null) {
    // A stream stays one: each line is checked when the test reads it.
    return again(answer, answer.body.pipeThrough(checkedLines(asked, answer, lineSchema)));
  }
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (type === "application/json" && schema !== undefined) {
    const wrong = wrongIn(schema, JSON.parse(new TextDecoder().decode(bytes)));
    if (wrong !== undefined) {
      throw violation(asked, answer, wrong);
    }
  }
  return again(answer, bytes);
}

/** Lets lines of JSON through; the stream fails at the first that is not as documented. */
function checkedLines(
  asked: Asked,
  answer: Response,
  schema: Schema,
): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let rest = "";
  return new TransformStream({
    transform(chunk: Uint8Array, controller) {
      const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const wrong = wrongIn(schema, JSON.parse(line));
        if (wrong !== undefined) {
          controller.error(violation(asked, answer, wrong));
          return;
        }
      }
      controller.enqueue(chunk);
    },
    flush(controller) {
      if (rest !== "") {
        controller.error(violation(asked, answer, "the last line does not end"));
      }
    },
  });
}

function again(
  { status, headers }: Response,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
): Response {
  return new Response(body, { status, headers });
}

/**
 * What is wrong with a value, by a schema of the document.
 *
 * @returns undefined when nothing is
 */
export function wrongIn(schema: Schema, value: unknown): string | undefined {
  const known = validators.get(schema);
  const validator =
    known ??
    new Validator(
      { $ref: "#/subject", subject: schema, components: contract.components },
      "2020-12",
      true,
    );
  if (known === undefined) {
    validators.set(schema, validator);
  }
  const { valid, errors } = validator.validate(value);
  return valid
    ? undefined
    : errors
        .slice(0, SHOWN_ERRORS)
        .map(({ instanceLocation, error }) => `${instanceLocation} ${error}`)
        .join("\n  ");
}

/** A schema of the document's components. */
export function component(name: string): Schema {
  const schema = contract.components.schemas[name];
  if (schema === undefined) {
    throw new Error(`Cannot find the schema ${name} in the OpenAPI document`);
  }
  return schema;
}

function findPath(pathname: string): PathItem | undefined {
  const path = pathname.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
  return Object.entries(contract.paths).find(([template, item]) =>
    patternOf(template, item["x-any-prefix"] === true).test(path),
  )?.[1];
}

function patternOf(template: string, hasAnyPrefix: boolean): RegExp {
  const pattern = template.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${hasAnyPrefix ? ".*" : ""}${pattern}$`);
}

function methodsOf(item: PathItem): readonly string[] {
  return [...(item.get === undefined ? [] : ["GET"]), ...(item.post === undefined ? [] : ["POST"])];
}

function operationOf(item: PathItem | undefined, method: string): OperationObject | undefined {
  switch (method) {
    case "GET":
    // The same without a body (RFC 9110 §9.3.2); the documents say it once.
    case "HEAD":
      return item?.get;
    case "POST":
      return item?.post;
    default:
      return undefined;
  }
}

function responseOf(use: OperationObject["responses"][string]): ResponseObject {
  return "$ref" in use ? resolve("responses", use.$ref) : use;
}

function resolve(kind: "responses", ref: string): ResponseObject;
function resolve(kind: "parameters", ref: string): Parameter;
function resolve(kind: "responses" | "parameters", ref: string): ResponseObject | Parameter {
  const name = ref.slice(`#/components/${kind}/`.length);
  const found = contract.components[kind][name];
  if (found === undefined) {
    throw new Error(`Cannot resolve ${ref} in the OpenAPI document`);
  }
  return found;
}

async function bodyOf(answer: Response): Promise<string> {
  const text = await answer.text();
  return text === "" ? "" : `\n  ${text.slice(0, 400)}`;
}

function violation({ method, url }: Asked, { status }: Response, reason: string): Error {
  const { pathname, search } = new URL(url);
  return new Error(
    `Not as documented (worker/api): ${method} ${pathname}${search} → ${status}\n  ${reason}`,
  );
}
