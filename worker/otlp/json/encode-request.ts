/**
 * A parsed export request in OTLP/JSON → the protobuf bytes of the same request.
 *
 * What is wrong inside one item costs that item, which is left out and noted as rejected; what is
 * wrong in the frame around the items (a resource, a list that is none) costs the request.
 */
import { type Result, err, ok } from "../../core/result.ts";
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from "../limits.ts";
import { type Notes, legacyWarning, notOtlpWarning } from "../notes.ts";
import { type FieldSchema, type MessageSchema, fieldNamed, messageSchema } from "../schema.ts";
import { type SignalShape, requestField } from "../signal.ts";
import { MessageEncoder } from "./encode-message.ts";
import { type MessagePlan, memberOf, messagePlan, tagOf } from "./message-plan.ts";
import { type JsonError, type JsonObject, isJsonObject } from "./parse.ts";
import {
  ITEM_LENGTH_BYTES,
  LARGE_LENGTH_BYTES,
  ProtobufWriter,
  SHORT_LENGTH_BYTES,
} from "./protobuf-writer.ts";
import { parseId } from "./values.ts";

/** Room to start with where nobody says how much is needed. */
const INITIAL_BYTES = 1024;
const SPAN = messageSchema("Span");
/** What an item is called in messages to people; a data point has one of four messages. */
const ITEM_NAMES: Readonly<Record<string, string>> = { Span: "span", LogRecord: "log record" };

/**
 * The encoder of the last request, emptied, and an attribute of each kind: never read, only kept
 * alive. V8 compiles the encoder for the shapes of its objects and of what it reads; when a full
 * garbage collection finds none of them between two requests, it drops that code, and the next
 * exports take several times as long (docs/benchmarks.md).
 */
const keptAlive: { encoder?: RequestEncoder; readonly attributes: unknown } = {
  attributes: JSON.parse(`[
    {"key":"","value":{"stringValue":""}},
    {"key":"","value":{"intValue":0}},
    {"key":"","value":{"doubleValue":0}},
    {"key":"","value":{"boolValue":true}},
    {"key":"","value":{"arrayValue":{"values":[]}}}
  ]`),
};

/**
 * Encodes a request.
 *
 * @param root the request as parsed
 * @param notes learns which items are left out, and which values are not as they were sent. What
 *   only shows in the protobuf form is left to its reader: spans without ids, values that nest
 *   deeper than `VALUE_DEPTH_LIMIT`, string table references, keys that repeat
 * @param out where the bytes are written; it is good for nothing more afterwards
 * @returns the bytes of an Export*ServiceRequest, or why the frame cannot be read
 */
export function encodeRequest(
  root: JsonObject,
  shape: SignalShape,
  notes: Notes,
  out: ProtobufWriter = new ProtobufWriter(INITIAL_BYTES),
): Result<Uint8Array<ArrayBuffer>, JsonError> {
  const encoder = new RequestEncoder(shape, notes, out);
  encoder.writeRequest(root);
  encoder.release();
  keptAlive.encoder = encoder;
  const bytes = out.finish();
  return encoder.error === undefined
    ? ok(bytes)
    : err({
        kind: "malformed",
        message: `Cannot read the body as OTLP/JSON: ${encoder.error}`,
      });
}

class RequestEncoder {
  readonly #shape: SignalShape;
  readonly #notes: Notes;
  readonly #out: ProtobufWriter;
  readonly #messages: MessageEncoder;
  /** the first thing wrong with the frame */
  error: string | undefined;

  constructor(shape: SignalShape, notes: Notes, out: ProtobufWriter) {
    this.#shape = shape;
    this.#notes = notes;
    this.#out = out;
    this.#messages = new MessageEncoder(out, notes);
  }

  /** Lets go of the request. */
  release(): void {
    this.#messages.release();
  }

  writeRequest(root: JsonObject): void {
    const resources = requestField(this.#shape);
    if (memberOf(root, resources) === undefined && Object.keys(root).length > 0) {
      this.#notes.warn(notOtlpWarning(resources.jsonName));
    }
    const out = this.#out;
    for (const resource of this.#elements(root, resources)) {
      out.writeTag(tagOf(resources));
      const mark = out.open(LARGE_LENGTH_BYTES);
      this.#writeResource(resource);
      out.close(mark, LARGE_LENGTH_BYTES);
    }
  }

  #writeResource(container: JsonObject): void {
    const { legacyScopes, resourceContainer, scopesField } = this.#shape;
    if (container[legacyScopes] !== undefined) {
      this.#notes.warn(legacyWarning(legacyScopes));
    }
    this.#writeOwner(container, resourceContainer, "resource");
    const out = this.#out;
    const scopes = fieldNamed(resourceContainer, scopesField);
    for (const scope of this.#elements(container, scopes)) {
      out.writeTag(tagOf(scopes));
      const mark = out.open(LARGE_LENGTH_BYTES);
      this.#writeScope(scope);
      out.close(mark, LARGE_LENGTH_BYTES);
    }
  }

  #writeScope(container: JsonObject): void {
    const { scopeContainer, itemsField, signal } = this.#shape;
    this.#writeOwner(container, scopeContainer, "scope");
    const items = fieldNamed(scopeContainer, itemsField);
    if (signal !== "metrics") {
      this.#writeItems(container, items);
      return;
    }
    for (const metric of this.#elements(container, items)) {
      this.#writeMetric(metric, items);
    }
  }

  #writeItems(container: JsonObject, field: FieldSchema): void {
    const tag = tagOf(field);
    const plan = messagePlan(field.message);
    for (const item of this.#elements(container, field)) {
      this.#writeItem(tag, plan, item);
    }
  }

  #writeItem(tag: number, plan: MessagePlan, item: JsonObject): void {
    const out = this.#out;
    const messages = this.#messages;
    const before = out.length;
    this.#notes.beginItem();
    out.writeTag(tag);
    const mark = out.open(ITEM_LENGTH_BYTES);
    messages.restart();
    messages.writeFields(plan, item);
    const problem = itemProblem(messages, plan.schema, item);
    if (problem === undefined) {
      out.close(mark, ITEM_LENGTH_BYTES);
    } else {
      out.length = before;
      this.#notes.reject(problem);
    }
  }

  /** A metric that cannot be read costs all its points; one without data has none. */
  #writeMetric(metric: JsonObject, field: FieldSchema): void {
    const out = this.#out;
    const messages = this.#messages;
    const before = out.length;
    out.writeTag(tagOf(field));
    const mark = out.open(LARGE_LENGTH_BYTES);
    messages.restart();
    messages.writeFields(messagePlan(field.message), metric);
    const data = lastData(metric, field.message);
    if (data === undefined) {
      if (messages.problem === undefined) {
        out.close(mark, LARGE_LENGTH_BYTES);
      } else {
        out.length = before;
      }
      return;
    }
    const content = memberOf(metric, data);
    if (!isJsonObject(content)) {
      this.#fail(`"${data.jsonName}" is not an object`);
      return;
    }
    out.writeTag(tagOf(data));
    const dataMark = out.open(LARGE_LENGTH_BYTES);
    messages.writeFields(messagePlan(data.message), content);
    const points = fieldNamed(data.message, "data_points");
    if (messages.problem === undefined) {
      this.#writeItems(content, points);
      out.close(dataMark, LARGE_LENGTH_BYTES);
      out.close(mark, LARGE_LENGTH_BYTES);
    } else {
      out.length = before;
      this.#rejectItems(content, points, `data point of a metric in which ${messages.problem}`);
    }
  }

  #rejectItems(container: JsonObject, field: FieldSchema, reason: string): void {
    const items = this.#elements(container, field);
    while (items.next().done !== true) {
      this.#notes.beginItem();
      this.#notes.reject(reason);
    }
  }

  /** Writes the resource or scope, and the container's schema_url. */
  #writeOwner(container: JsonObject, schema: MessageSchema, name: "resource" | "scope"): void {
    const out = this.#out;
    const messages = this.#messages;
    const field = fieldNamed(schema, name);
    const owner = memberOf(container, field);
    messages.restart();
    if (isJsonObject(owner)) {
      out.writeTag(tagOf(field));
      const mark = out.open(SHORT_LENGTH_BYTES);
      messages.writeFields(messagePlan(field.message), owner);
      out.close(mark, SHORT_LENGTH_BYTES);
    } else if (owner !== undefined) {
      this.#fail(`"${name}" is not an object`);
    }
    const schemaUrl = fieldNamed(schema, "schema_url");
    const url = memberOf(container, schemaUrl);
    if (typeof url !== "string") {
      if (url !== undefined) {
        this.#fail('"schemaUrl" is not a string');
      }
    } else if (url !== "") {
      out.writeTag(tagOf(schemaUrl));
      out.writeText(url);
    }
    if (messages.problem !== undefined) {
      this.#fail(`in a ${name}, ${messages.problem}`);
    }
  }

  #fail(problem: string): void {
    this.error ??= problem;
  }

  /** The objects in a repeated message field; null elements are dropped. */
  *#elements(container: JsonObject, field: FieldSchema): Generator<JsonObject, void> {
    const list = memberOf(container, field) ?? [];
    if (!Array.isArray(list)) {
      this.#fail(`"${field.jsonName}" is not a list`);
      return;
    }
    for (const element of list) {
      if (isJsonObject(element)) {
        yield element;
      } else if (element !== null) {
        this.#fail(`"${field.jsonName}" holds something that is not an object`);
      }
    }
  }
}

/** Why an item that was just written cannot be kept. */
function itemProblem(
  messages: MessageEncoder,
  schema: MessageSchema,
  item: JsonObject,
): string | undefined {
  if (messages.problem !== undefined) {
    return `${ITEM_NAMES[schema.name] ?? "data point"} in which ${messages.problem}`;
  }
  return schema === SPAN && messages.hasBadId ? spanIdProblem(item) : undefined;
}

/** A span needs its ids; those of its links may be bad. */
function spanIdProblem(item: JsonObject): string | undefined {
  return (
    idProblem(item, "trace_id", TRACE_ID_BYTES) ??
    idProblem(item, "span_id", SPAN_ID_BYTES) ??
    idProblem(item, "parent_span_id", SPAN_ID_BYTES)
  );
}

function idProblem(item: JsonObject, name: string, lengthBytes: number): string | undefined {
  const field = fieldNamed(SPAN, name);
  const id = parseId(memberOf(item, field), lengthBytes);
  return id.kind === "bad" ? `span with a ${field.jsonName} ${id.reason}` : undefined;
}

/** The member of a metric's data oneof that counts: the last one in the text. */
function lastData(metric: JsonObject, schema: MessageSchema): FieldSchema | undefined {
  let last: FieldSchema | undefined;
  for (const name of Object.keys(metric)) {
    if (metric[name] !== null) {
      last =
        schema.fields.find(
          (field) => field.inOneof && (field.jsonName === name || field.name === name),
        ) ?? last;
    }
  }
  return last;
}
