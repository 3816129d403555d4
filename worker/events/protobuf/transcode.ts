/**
 * An export request in protobuf → events, straight from bytes to bytes.
 *
 * The frame around the items (request → resources → scopes → items) is walked here; what is inside
 * a resource, a scope or an item is written by {@link ProtobufMessageWriter}.
 */
import { mergeFields } from "../../otlp/protobuf/merge.ts";
import { WireReader } from "../../otlp/protobuf/reader.ts";
import {
  type FieldSchema,
  type MessageSchema,
  WireType,
  fieldNamed,
  messageSchema,
} from "../../otlp/schema.ts";
import { type SignalShape, requestField } from "../../otlp/signal.ts";
import type { DecodeError } from "../decode-error.ts";
import { writeMetricType } from "../derived-members.ts";
import type { EventBlock, EventLines } from "../event-lines.ts";
import { openResource, openScope, serviceOf } from "../heads.ts";
import { FieldPositions } from "./field-positions.ts";
import { type ItemWriter, itemWriterOf, noteName } from "./items.ts";
import { ProtobufMessageWriter } from "./message-writer.ts";

const METRIC_NAME = fieldNamed(messageSchema("Metric"), "name").number;

/** A part of a reader's buffer. */
interface Range {
  readonly reader: WireReader;
  readonly start: number;
  readonly end: number;
}

/** A container message and where its singular fields stand. */
interface Located extends Range {
  /** content of length-delimited singular fields, by number */
  readonly contents: ReadonlyMap<number, { readonly start: number; readonly end: number }>;
}

/**
 * Writes the events of a request.
 *
 * @param body the protobuf bytes of an Export*ServiceRequest
 * @param lines where the events go
 * @returns blocks as they fill up; at the end undefined, or why the bytes do not decode
 */
export function* transcodeProtobuf(
  body: Uint8Array,
  shape: SignalShape,
  lines: EventLines,
): Generator<EventBlock, DecodeError | undefined> {
  const reader = new WireReader(body);
  const heads = new ProtobufMessageWriter(lines.head, lines.notes, lines.tokens);
  const items = itemWriterOf(
    shape.signal,
    new ProtobufMessageWriter(lines.out, lines.notes, lines.tokens),
    lines,
  );
  lines.attach(items);
  for (const end of elements(reader, shape.request, requestField(shape), body.length)) {
    const resource = locate(reader, shape.resourceContainer, end);
    yield* walkResource(resource, { shape, lines, heads, items });
    leave(resource, reader, end);
  }
  const problem = reader.problem;
  return problem === undefined
    ? undefined
    : {
        kind: "malformed",
        message: `Cannot decode ${shape.request.name} as protobuf: ${problem.reason}, at byte ${problem.offset}`,
      };
}

interface Walk {
  readonly shape: SignalShape;
  readonly lines: EventLines;
  readonly heads: ProtobufMessageWriter;
  readonly items: ItemWriter;
}

function* walkResource(located: Located, walk: Walk): Generator<EventBlock, void> {
  const { shape, lines } = walk;
  openResource(lines.head, shape.signal);
  const mark = lines.head.length;
  writeOwner(located, shape.resourceContainer, "resource", walk);
  if (located.reader.problem !== undefined) {
    return;
  }
  lines.useService(serviceOf(lines.head, mark));
  const headLength = lines.head.length;
  const { reader } = located;
  const scopes = fieldNamed(shape.resourceContainer, shape.scopesField);
  reader.position = located.start;
  for (const end of elements(reader, shape.resourceContainer, scopes, located.end)) {
    const scope = locate(reader, shape.scopeContainer, end);
    lines.head.length = headLength;
    openScope(lines.head);
    writeOwner(scope, shape.scopeContainer, "scope", walk);
    lines.useHead();
    const items = fieldNamed(shape.scopeContainer, shape.itemsField);
    yield* shape.signal === "metrics"
      ? walkMetrics(scope, items, walk)
      : walkItems(scope, items, walk);
    leave(scope, reader, end);
  }
}

/** Spans and log records: one event each. The innermost loop, so no generator per item. */
function* walkItems(
  { reader, start, end }: Range,
  field: FieldSchema,
  { items }: Walk,
): Generator<EventBlock, void> {
  reader.position = start;
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag >>> 3 !== field.number) {
      reader.skip(tag, end);
    } else if ((tag & 7) === WireType.length) {
      const stop = reader.readEnd(end);
      const full = items.write(reader, field.message, stop);
      if (full !== undefined) {
        yield full;
      }
      reader.moveTo(stop);
    } else {
      reader.fail(`field "${field.name}" has wire type ${tag & 7}`);
    }
  }
  reader.finish(end);
}

/** Metrics: the head grows by the metric's own fields, then each data point is an event. */
function* walkMetrics(
  scope: Located,
  metrics: FieldSchema,
  walk: Walk,
): Generator<EventBlock, void> {
  const { lines, heads } = walk;
  const { reader } = scope;
  const headLength = lines.head.length;
  const found = new FieldPositions();
  reader.position = scope.start;
  for (const end of elements(reader, walk.shape.scopeContainer, metrics, scope.end)) {
    const start = reader.position;
    heads.writeFields(reader, metrics.message, end, found);
    noteName(lines, found, METRIC_NAME);
    const data =
      reader.problem === undefined ? lastData(reader, metrics.message, start, end) : undefined;
    if (data !== undefined) {
      reader.position = data.start;
      writeMetricType(lines.head, data.field.name);
      heads.writeFields(reader, data.field.message, data.end);
      lines.useHead();
      const points = fieldNamed(data.field.message, "data_points");
      yield* walkItems({ reader, start: data.start, end: data.end }, points, walk);
    }
    lines.head.length = headLength;
    reader.moveTo(end);
  }
}

/** The member of a metric's data oneof that counts: the last one on the wire. */
function lastData(
  reader: WireReader,
  metric: MessageSchema,
  start: number,
  end: number,
): { readonly field: FieldSchema; readonly start: number; readonly end: number } | undefined {
  let found:
    | { readonly field: FieldSchema; readonly start: number; readonly end: number }
    | undefined;
  reader.position = start;
  while (reader.position < end) {
    const tag = reader.readTag();
    const field = metric.byNumber[tag >>> 3];
    if (field !== undefined && field.inOneof) {
      const stop = reader.readEnd(end);
      found = { field, start: reader.position, end: stop };
      reader.position = stop;
    } else {
      reader.skip(tag, end);
    }
  }
  return found;
}

/** Writes the resource or scope object: its own fields and the container's schema_url. */
function writeOwner(
  located: Located,
  container: MessageSchema,
  name: "resource" | "scope",
  { lines, heads }: Walk,
): void {
  const { head } = lines;
  const mark = head.length;
  const owner = fieldNamed(container, name);
  const content = located.contents.get(owner.number);
  if (content !== undefined) {
    located.reader.position = content.start;
    heads.writeFields(located.reader, owner.message, content.end);
  }
  const schemaUrl = fieldNamed(container, "schema_url");
  const url = located.contents.get(schemaUrl.number);
  if (url !== undefined && url.end > url.start) {
    head.writeLiteral(schemaUrl.member);
    head.writeUtf8(located.reader, url.start, url.end);
  }
  head.closeObject(mark);
}

/** Yields the end of each element of a repeated message field; the reader stands at its start. */
function* elements(
  reader: WireReader,
  schema: MessageSchema,
  field: FieldSchema,
  end: number,
): Generator<number, void> {
  while (reader.position < end) {
    const tag = reader.readTag();
    if (tag >>> 3 !== field.number) {
      reader.skip(tag, end);
    } else if ((tag & 7) === WireType.length) {
      yield reader.readEnd(end);
    } else {
      reader.fail(`field "${field.name}" of ${schema.name} has wire type ${tag & 7}`);
    }
  }
  reader.finish(end);
}

/** Goes on behind a container; a problem met in a merged copy of it becomes the parent's. */
function leave(child: Located, parent: WireReader, end: number): void {
  parent.adopt(child.reader.problem);
  parent.moveTo(end);
}

/** Finds the singular fields of a container, merging the container first where one repeats. */
function locate(reader: WireReader, schema: MessageSchema, end: number): Located {
  const start = reader.position;
  const contents = new Map<number, { readonly start: number; readonly end: number }>();
  let seen = 0;
  let repeats = false;
  while (reader.position < end) {
    const tag = reader.readTag();
    const field = schema.byNumber[tag >>> 3];
    if (field === undefined || field.repeated) {
      reader.skip(tag, end);
    } else if ((tag & 7) === WireType.length) {
      const stop = reader.readEnd(end);
      contents.set(field.number, { start: reader.position, end: stop });
      repeats ||= (seen & field.conflicts) !== 0;
      seen |= 1 << field.number;
      reader.position = stop;
    } else {
      reader.fail(`field "${field.name}" of ${schema.name} has wire type ${tag & 7}`);
    }
  }
  reader.finish(end);
  if (!repeats || reader.problem !== undefined) {
    return { reader, start, end, contents };
  }
  reader.position = start;
  const merged = mergeFields(reader, schema, end);
  return merged === undefined
    ? { reader, start, end: start, contents }
    : locate(merged, schema, merged.bytes.length);
}
