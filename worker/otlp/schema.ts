/**
 * The OTLP messages as tables that the encoders and the transcoder work by, built once from the generated facts.
 *
 * A field's `kind` says how its value looks on the wire and in an event; it is derived from the
 * proto type here and nowhere else (docs/event-schema.md, "How a proto type becomes JSON").
 */
import {
  type EnumFact,
  type FieldFact,
  enumFacts,
  messageFacts,
} from "../../proto/generated/otlp-messages.ts";

/** How a field's value is read and written. Numbers, so that a decoder can switch on them fast. */
export const Kind = {
  bool: 0,
  int32: 1,
  uint32: 2,
  sint32: 3,
  enum: 4,
  fixed32: 5,
  int64: 6,
  uint64: 7,
  fixed64: 8,
  sfixed64: 9,
  double: 10,
  string: 11,
  bytes: 12,
  /** bytes that hold a trace id: 16 bytes, hex in events and in OTLP/JSON */
  traceId: 13,
  /** bytes that hold a span id: 8 bytes, hex in events and in OTLP/JSON */
  spanId: 14,
  anyValue: 15,
  /** a repeated KeyValue: one JSON object in events */
  keyValues: 16,
  message: 17,
  /** part of the frame around items (ResourceSpans, Metric.data …): not rendered as a member */
  envelope: 18,
} as const;

/** One of {@link Kind}. */
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Protobuf wire types (https://protobuf.dev/programming-guides/encoding/#structure). */
export const WireType = {
  varint: 0,
  fixed64: 1,
  length: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
};

/** One field of a message. */
export interface FieldSchema {
  readonly number: number;
  /** the name in the .proto file and in events: snake_case */
  readonly name: string;
  /** the name in OTLP/JSON: lowerCamelCase */
  readonly jsonName: string;
  readonly kind: Kind;
  readonly repeated: boolean;
  /** whether a zero that was sent is kept: `optional` fields and members of a oneof */
  readonly keepsZero: boolean;
  /** the wire type of one value; repeated scalars may also come packed, as {@link WireType}.length */
  readonly wireType: number;
  readonly packable: boolean;
  /** whether it is a member of a oneof: the last member on the wire wins */
  readonly inOneof: boolean;
  /** bit set of the field numbers that must not come before this one: itself and its oneof siblings */
  readonly conflicts: number;
  /** the message of a message field, {@link EMPTY_MESSAGE} otherwise */
  readonly message: MessageSchema;
  /** an enum value's short name, by number; empty for other kinds */
  readonly enumNames: readonly string[];
  /** enum numbers by full and short name, empty for other kinds */
  readonly enumNumbers: ReadonlyMap<string, number>;
}

/** One message: its fields ascending, and by number (`undefined` where a number is not taken). */
export interface MessageSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
  readonly byNumber: readonly (FieldSchema | undefined)[];
}

/** The name of a message in the generated facts. */
export type MessageName = keyof typeof messageFacts;

/** Stands in the `message` of fields that hold none. */
export const EMPTY_MESSAGE: MessageSchema = {
  name: "",
  fields: [],
  byNumber: [],
};

/** Field numbers live in a 32-bit set; every OTLP field has a number far below. */
const FIELD_NUMBER_LIMIT = 31;

const SCALAR_KINDS: Readonly<Record<string, Kind>> = {
  bool: Kind.bool,
  int32: Kind.int32,
  uint32: Kind.uint32,
  sint32: Kind.sint32,
  fixed32: Kind.fixed32,
  int64: Kind.int64,
  uint64: Kind.uint64,
  fixed64: Kind.fixed64,
  sfixed64: Kind.sfixed64,
  double: Kind.double,
  string: Kind.string,
  bytes: Kind.bytes,
};

/** Bytes fields that OTLP/JSON writes in hex instead of base64 (OTLP spec, "JSON Protobuf Encoding"). */
const ID_KINDS: Readonly<Record<string, Kind>> = {
  trace_id: Kind.traceId,
  span_id: Kind.spanId,
  parent_span_id: Kind.spanId,
};

/** Messages that frame items: events show their content flattened, not as nested members. */
const ENVELOPES: ReadonlySet<string> = new Set([
  "ResourceSpans",
  "ScopeSpans",
  "Span",
  "ResourceMetrics",
  "ScopeMetrics",
  "Metric",
  "Gauge",
  "Sum",
  "Histogram",
  "ExponentialHistogram",
  "Summary",
  "NumberDataPoint",
  "HistogramDataPoint",
  "ExponentialHistogramDataPoint",
  "SummaryDataPoint",
  "ResourceLogs",
  "ScopeLogs",
  "LogRecord",
  "Resource",
  "InstrumentationScope",
]);

function kindOf([, name, holds, type]: FieldFact): Kind {
  if (holds === "enum") {
    return Kind.enum;
  }
  if (holds === "message") {
    if (type === "KeyValue") {
      return Kind.keyValues;
    }
    if (type === "AnyValue") {
      return Kind.anyValue;
    }
    return ENVELOPES.has(type) ? Kind.envelope : Kind.message;
  }
  const kind = type === "bytes" ? (ID_KINDS[name] ?? Kind.bytes) : SCALAR_KINDS[type];
  if (kind === undefined) {
    throw new Error(`Cannot build the OTLP schema: no rule for proto type "${type}" of "${name}"`);
  }
  return kind;
}

function wireTypeOf(kind: Kind): number {
  switch (kind) {
    case Kind.bool:
    case Kind.int32:
    case Kind.uint32:
    case Kind.sint32:
    case Kind.enum:
    case Kind.int64:
    case Kind.uint64:
      return WireType.varint;
    case Kind.fixed64:
    case Kind.sfixed64:
    case Kind.double:
      return WireType.fixed64;
    case Kind.fixed32:
      return WireType.fixed32;
    case Kind.string:
    case Kind.bytes:
    case Kind.traceId:
    case Kind.spanId:
    case Kind.anyValue:
    case Kind.keyValues:
    case Kind.message:
    case Kind.envelope:
      return WireType.length;
  }
}

function toJsonName(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

function conflictsOf([number, , , , label]: FieldFact, facts: readonly FieldFact[]): number {
  const rivals = label.startsWith("oneof") ? facts.filter((fact) => fact[4] === label) : [];
  return rivals.reduce((bits, fact) => bits | (1 << fact[0]), 1 << number);
}

const factsByMessage: Readonly<Record<string, readonly FieldFact[]>> = messageFacts;
const factsByEnum: Readonly<Record<string, readonly EnumFact[]>> = enumFacts;
const built = new Map<string, MessageSchema>();

function buildField(fact: FieldFact, facts: readonly FieldFact[]): FieldSchema {
  const [number, name, holds, type, label] = fact;
  if (number > FIELD_NUMBER_LIMIT) {
    throw new Error(`Cannot build the OTLP schema: field "${name}" has number ${number} > 31`);
  }
  const kind = kindOf(fact);
  const values = holds === "enum" ? (factsByEnum[type] ?? []) : [];
  return {
    number,
    name,
    jsonName: toJsonName(name),
    kind,
    repeated: label === "repeated",
    keepsZero: label === "optional" || label.startsWith("oneof"),
    wireType: wireTypeOf(kind),
    packable: label === "repeated" && wireTypeOf(kind) !== WireType.length,
    inOneof: label.startsWith("oneof"),
    conflicts: conflictsOf(fact, facts),
    message: holds === "message" ? buildMessage(type) : EMPTY_MESSAGE,
    // Every OTLP enum numbers its values from 0 without gaps, so the list has no holes.
    enumNames: values.map(([, , shortName]) => shortName),
    enumNumbers: new Map(
      values.flatMap(([value, fullName, shortName]) => [
        [fullName, value],
        [shortName, value],
      ]),
    ),
  };
}

/** Recursive messages (AnyValue) refer to themselves: the entry is made before its fields. */
function buildMessage(name: string): MessageSchema {
  const known = built.get(name);
  if (known !== undefined) {
    return known;
  }
  const facts = factsByMessage[name] ?? [];
  const fields: FieldSchema[] = [];
  const byNumber: (FieldSchema | undefined)[] = [];
  const schema: MessageSchema = { name, fields, byNumber };
  built.set(name, schema);
  for (const fact of facts) {
    const field = buildField(fact, facts);
    fields.push(field);
    byNumber[field.number] = field;
  }
  return schema;
}

/**
 * The table of one message.
 *
 * @param name a message of the generated facts
 * @throws when a proto type has no rule: a bug that the first test run shows
 */
export function messageSchema(name: MessageName): MessageSchema {
  return buildMessage(name);
}

/** Whether a tag's wire type fits the field it names: packed and unpacked scalars both do. */
export function fitsWireType(field: FieldSchema, tag: number): boolean {
  const wireType = tag & 7;
  return wireType === field.wireType || (field.packable && wireType === WireType.length);
}

/**
 * A field by its proto name.
 *
 * @throws when the message has no such field: the vendored protos and the code disagree
 */
export function fieldNamed(schema: MessageSchema, name: string): FieldSchema {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new Error(`Cannot find field "${name}" in message "${schema.name}"`);
  }
  return field;
}
