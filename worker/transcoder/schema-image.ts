/**
 * The schema tables as the transcoder reads them in its memory: the layout of assembly/schema.ts,
 * filled from worker/otlp/schema.ts. Pointers are addresses, so the place must be known.
 */
import { EMPTY_MESSAGE, type FieldSchema, type MessageSchema, fieldNamed } from "../otlp/schema.ts";
import { messageSchema } from "../otlp/schema.ts";
import { type Signal, type SignalShape, requestField, signalShapes } from "../otlp/signal.ts";

const FIELD_BYTES = 32;
const FIELD_LIMIT = 32;
const POINTER_BYTES = 4;
const MESSAGE_BYTES = POINTER_BYTES * (1 + FIELD_LIMIT);
const ENUM_TEXT_BYTES = 8;
const SHAPE_BYTES = 12 * POINTER_BYTES;
/** Texts are copied in whole vectors. */
const VECTOR_BYTES = 16;
/** Bits of a field's flags. */
const REPEATED = 1;
const KEEPS_ZERO = 2;
const PACKABLE = 4;
const IN_ONEOF = 8;
/** More than the tables take: 34 messages and their texts. */
const IMAGE_LIMIT_BYTES = 64 * 1024;
/** The numbers of `ItemKind` in assembly/schema.ts. */
const ITEM_KINDS: Readonly<Record<Signal, number>> = { traces: 0, metrics: 1, logs: 2 };
const EVENT_TYPES: Readonly<Record<Signal, string>> = {
  traces: "span",
  metrics: "metric",
  logs: "log",
};
const encoder = new TextEncoder();

/** Messages that are not found through a field of another. */
export const ROOT_MESSAGES = ["AnyValue", "KeyValue", "KeyValueList", "ArrayValue"] as const;

/** The tables, and where to find things in them. */
export interface SchemaImage {
  readonly bytes: Uint8Array;
  /** addresses, in the order of {@link ROOT_MESSAGES} */
  readonly roots: readonly number[];
  /** addresses */
  readonly shapes: Readonly<Record<Signal, number>>;
  /** the messages by the index that they have in the tables */
  readonly messages: readonly MessageSchema[];
}

/** Bytes that must be free at the place of the tables. */
export const SCHEMA_IMAGE_BYTES: number = IMAGE_LIMIT_BYTES;

/**
 * Makes the tables.
 *
 * @param start the address that they will stand at
 */
export function schemaImage(start: number): SchemaImage {
  const image = new ImageWriter(start);
  const roots = ROOT_MESSAGES.map((name) => image.message(messageSchema(name)));
  const shapes = {
    traces: image.shape(signalShapes.traces),
    metrics: image.shape(signalShapes.metrics),
    logs: image.shape(signalShapes.logs),
  };
  return { bytes: image.bytes, roots, shapes, messages: image.messages };
}

class ImageWriter {
  /** in the order of their indexes */
  readonly messages: MessageSchema[] = [];
  readonly #start: number;
  readonly #bytes = new Uint8Array(IMAGE_LIMIT_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #places = new Map<MessageSchema, number>();
  #length = 0;

  constructor(start: number) {
    this.#start = start;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes a message and all that it refers to; the address, 0 for no message. */
  message(schema: MessageSchema): number {
    if (schema === EMPTY_MESSAGE) {
      return 0;
    }
    const known = this.#places.get(schema);
    if (known !== undefined) {
      return known;
    }
    const at = this.#allocate(MESSAGE_BYTES);
    const index = this.messages.length;
    // Messages contain each other: the entry is made before its fields.
    this.messages.push(schema);
    this.#places.set(schema, at);
    this.#write(at, [index]);
    for (const field of schema.fields) {
      this.#write(at + POINTER_BYTES * (1 + field.number), [this.#field(field, index)]);
    }
    return at;
  }

  /** Writes where the parts of a signal's request stand; the address. */
  shape(shape: SignalShape): number {
    const { resourceContainer, scopeContainer } = shape;
    const resources = this.#fieldOf(shape.request, requestField(shape).number);
    const opening = `{"event_type":"${EVENT_TYPES[shape.signal]}","data":{"resource":`;
    const values = [
      ITEM_KINDS[shape.signal],
      resources,
      this.message(resourceContainer),
      this.#named(resourceContainer, "resource"),
      this.#named(resourceContainer, "schema_url"),
      this.#named(resourceContainer, shape.scopesField),
      this.message(scopeContainer),
      this.#named(scopeContainer, "scope"),
      this.#named(scopeContainer, "schema_url"),
      this.#named(scopeContainer, shape.itemsField),
      ...this.#text(opening),
    ];
    const at = this.#allocate(SHAPE_BYTES);
    this.#write(at, values);
    return at;
  }

  #named(schema: MessageSchema, name: string): number {
    return this.#fieldOf(schema, fieldNamed(schema, name).number);
  }

  /** The address of a field of a message. */
  #fieldOf(schema: MessageSchema, number: number): number {
    const at = this.message(schema) - this.#start + POINTER_BYTES * (1 + number);
    return this.#view.getUint32(at, true);
  }

  #field(field: FieldSchema, owner: number): number {
    const at = this.#allocate(FIELD_BYTES);
    const flags =
      (field.repeated ? REPEATED : 0) |
      (field.keepsZero ? KEEPS_ZERO : 0) |
      (field.packable ? PACKABLE : 0) |
      (field.inOneof ? IN_ONEOF : 0);
    const texts = field.enumNames.flatMap((name) => this.#text(`"${name}"`));
    const enumTexts = this.#allocate(field.enumNames.length * ENUM_TEXT_BYTES);
    this.#write(enumTexts, texts);
    this.#bytes.set([field.kind, field.number, field.wireType, flags], at - this.#start);
    this.#write(at + POINTER_BYTES, [
      field.conflicts,
      ...this.#text(`,"${field.name}":`),
      this.message(field.message),
      enumTexts,
      field.enumNames.length,
      owner,
    ]);
    return at;
  }

  /** Address and length of a text. */
  #text(text: string): readonly [at: number, length: number] {
    const bytes = encoder.encode(text);
    const at = this.#allocate(Math.ceil(bytes.length / VECTOR_BYTES) * VECTOR_BYTES);
    this.#bytes.set(bytes, at - this.#start);
    return [at, bytes.length];
  }

  #allocate(bytes: number): number {
    const at = this.#length;
    this.#length += Math.ceil(bytes / POINTER_BYTES) * POINTER_BYTES;
    if (this.#length > IMAGE_LIMIT_BYTES) {
      throw new Error(
        `Cannot lay out the OTLP schema: it takes more than ${IMAGE_LIMIT_BYTES} bytes`,
      );
    }
    return this.#start + at;
  }

  #write(at: number, values: readonly number[]): void {
    for (const [index, value] of values.entries()) {
      this.#view.setUint32(at - this.#start + index * POINTER_BYTES, value, true);
    }
  }
}
