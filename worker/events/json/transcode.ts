/**
 * An export request in OTLP/JSON → the same events as its protobuf twin.
 *
 * What is wrong inside one item costs that item; what is wrong in the frame around the items
 * (a resource, a list that is none) costs the request, before anything is stored.
 */
import { type JsonObject, isJsonObject, parseOtlpJson } from "../../otlp/json/parse.ts";
import { type FieldSchema, type MessageSchema, fieldNamed } from "../../otlp/schema.ts";
import { type SignalShape, requestField } from "../../otlp/signal.ts";
import type { DecodeError } from "../decode-error.ts";
import { writeMetricType } from "../derived-members.ts";
import type { EventBlock, EventLines } from "../event-lines.ts";
import { openResource, openScope, serviceOf } from "../heads.ts";
import { legacyWarning, notOtlpWarning } from "../notes.ts";
import { ItemWriter } from "./items.ts";
import { JsonMessageWriter, memberOf } from "./message-writer.ts";

interface Walk {
  readonly shape: SignalShape;
  readonly lines: EventLines;
  readonly heads: JsonMessageWriter;
  readonly items: ItemWriter;
  /** the first thing wrong with the frame */
  error: string | undefined;
}

/**
 * Writes the events of a request.
 *
 * @param body UTF-8 bytes of the JSON text
 * @param lines where the events go
 * @returns blocks as they fill up; at the end undefined, or why the text does not decode
 */
export function* transcodeJson(
  body: Uint8Array,
  shape: SignalShape,
  lines: EventLines,
): Generator<EventBlock, DecodeError | undefined> {
  const parsed = parseOtlpJson(body);
  if (!parsed.ok) {
    return parsed.error;
  }
  const resources = requestField(shape);
  if (memberOf(parsed.value, resources) === undefined && Object.keys(parsed.value).length > 0) {
    lines.notes.warn(notOtlpWarning(resources.jsonName));
  }
  const walk: Walk = {
    shape,
    lines,
    heads: new JsonMessageWriter(lines.head, lines.notes, lines.tokens),
    items: new ItemWriter(
      shape.signal,
      new JsonMessageWriter(lines.out, lines.notes, lines.tokens),
      lines,
    ),
    error: undefined,
  };
  lines.attach(walk.items);
  for (const resource of elements(parsed.value, resources, walk)) {
    yield* walkResource(resource, walk);
  }
  return walk.error === undefined
    ? undefined
    : { kind: "malformed", message: `Cannot read the body as OTLP/JSON: ${walk.error}` };
}

function* walkResource(container: JsonObject, walk: Walk): Generator<EventBlock, void> {
  const { shape, lines } = walk;
  if (container[shape.legacyScopes] !== undefined) {
    lines.notes.warn(legacyWarning(shape.legacyScopes));
  }
  const { head } = lines;
  openResource(head, shape.signal);
  const mark = head.length;
  writeOwner(container, shape.resourceContainer, "resource", walk);
  if (walk.error !== undefined) {
    return;
  }
  lines.useService(serviceOf(head, mark));
  const headLength = head.length;
  const scopes = fieldNamed(shape.resourceContainer, shape.scopesField);
  const items = fieldNamed(shape.scopeContainer, shape.itemsField);
  for (const scope of elements(container, scopes, walk)) {
    head.length = headLength;
    openScope(head);
    writeOwner(scope, shape.scopeContainer, "scope", walk);
    lines.useHead();
    if (walk.error === undefined) {
      yield* shape.signal === "metrics"
        ? walkMetrics(scope, items, walk)
        : walkItems(scope, items, walk);
    }
  }
}

function* walkItems(
  container: JsonObject,
  field: FieldSchema,
  walk: Walk,
): Generator<EventBlock, void> {
  for (const item of elements(container, field, walk)) {
    const full = walk.items.write(item, field.message);
    if (full !== undefined) {
      yield full;
    }
  }
}

function* walkMetrics(
  scope: JsonObject,
  metrics: FieldSchema,
  walk: Walk,
): Generator<EventBlock, void> {
  const { lines, heads } = walk;
  const headLength = lines.head.length;
  for (const metric of elements(scope, metrics, walk)) {
    heads.restart();
    heads.writeFields(metrics.message, metric);
    const data = lastData(metric, metrics.message);
    if (data !== undefined) {
      const content = memberOf(metric, data);
      const points = fieldNamed(data.message, "data_points");
      if (isJsonObject(content)) {
        writeMetricType(lines.head, data.name);
        heads.writeFields(data.message, content);
        lines.useHead();
        walk.items.rejectAll(
          heads.problem === undefined
            ? undefined
            : `data point of a metric in which ${heads.problem}`,
        );
        yield* walkItems(content, points, walk);
      } else {
        walk.error ??= `"${data.jsonName}" is not an object`;
      }
    }
    lines.head.length = headLength;
  }
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

/** Writes the resource or scope object: its own fields and the container's schema_url. */
function writeOwner(
  container: JsonObject,
  schema: MessageSchema,
  name: "resource" | "scope",
  walk: Walk,
): void {
  const { head } = walk.lines;
  const mark = head.length;
  const field = fieldNamed(schema, name);
  const owner = memberOf(container, field);
  walk.heads.restart();
  if (isJsonObject(owner)) {
    walk.heads.writeFields(field.message, owner);
  } else if (owner !== undefined) {
    walk.error ??= `"${name}" is not an object`;
  }
  const schemaUrl = fieldNamed(schema, "schema_url");
  const url = memberOf(container, schemaUrl);
  if (typeof url === "string") {
    if (url !== "") {
      head.writeLiteral(schemaUrl.member);
      head.writeString(url);
    }
  } else if (url !== undefined) {
    walk.error ??= '"schemaUrl" is not a string';
  }
  head.closeObject(mark);
  if (walk.heads.problem !== undefined) {
    walk.error ??= `in a ${name}, ${walk.heads.problem}`;
  }
}

/** The objects in a repeated message field; null elements are dropped. */
function* elements(
  container: JsonObject,
  field: FieldSchema,
  walk: Walk,
): Generator<JsonObject, void> {
  const list = memberOf(container, field) ?? [];
  if (!Array.isArray(list)) {
    walk.error ??= `"${field.jsonName}" is not a list`;
    return;
  }
  for (const element of list) {
    if (isJsonObject(element)) {
      yield element;
    } else if (element !== null) {
      walk.error ??= `"${field.jsonName}" holds something that is not an object`;
    }
  }
}
