/**
 * AnyValue and KeyValue lists in OTLP/JSON → protobuf. Hot path: most of a request is attributes.
 *
 * Entries of a list that repeat a key are all written: which one counts is for the reader to say.
 */
import { VALUE_DEPTH_LIMIT } from "../limits.ts";
import { fieldNamed, messageSchema } from "../schema.ts";
import type { IntegerReader } from "./integers.ts";
import { tagOf } from "./message-plan.ts";
import { type JsonObject, isJsonObject } from "./parse.ts";
import { LARGE_LENGTH_BYTES, type ProtobufWriter, SHORT_LENGTH_BYTES } from "./protobuf-writer.ts";
import { parseBase64, parseDouble, parseInteger32 } from "./values.ts";

const KEY_VALUE = messageSchema("KeyValue");
const KEY_TAG = tagOf(fieldNamed(KEY_VALUE, "key"));
const VALUE_TAG = tagOf(fieldNamed(KEY_VALUE, "value"));
const KEY_STRINDEX_TAG = tagOf(fieldNamed(KEY_VALUE, "key_strindex"));
const ANY_VALUE = messageSchema("AnyValue");
const STRING_TAG = tagOf(fieldNamed(ANY_VALUE, "string_value"));
const BOOL_TAG = tagOf(fieldNamed(ANY_VALUE, "bool_value"));
const INT_TAG = tagOf(fieldNamed(ANY_VALUE, "int_value"));
const DOUBLE_TAG = tagOf(fieldNamed(ANY_VALUE, "double_value"));
const ARRAY_TAG = tagOf(fieldNamed(ANY_VALUE, "array_value"));
const KVLIST_TAG = tagOf(fieldNamed(ANY_VALUE, "kvlist_value"));
const BYTES_TAG = tagOf(fieldNamed(ANY_VALUE, "bytes_value"));
const STRINDEX_TAG = tagOf(fieldNamed(ANY_VALUE, "string_value_strindex"));
const ARRAY_VALUES_TAG = tagOf(fieldNamed(messageSchema("ArrayValue"), "values"));
const KVLIST_VALUES_TAG = tagOf(fieldNamed(messageSchema("KeyValueList"), "values"));

/**
 * Lists and maps nested deeper than this get room for any length: each level whose length does not
 * fit moves all that is in it, and 20 MiB in 128 levels would be moved for seconds.
 */
const MOVED_DEPTH_LIMIT = 3;
const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;

/** Writes values into one {@link ProtobufWriter}. */
export class ValueEncoder {
  readonly #out: ProtobufWriter;
  readonly #integers: IntegerReader;
  /** the first value of a wrong type that was met; what was written then means nothing */
  problem: string | undefined;

  /** @param integers reads integers; what it holds changes */
  constructor(out: ProtobufWriter, integers: IntegerReader) {
    this.#out = out;
    this.#integers = integers;
  }

  /**
   * Writes KeyValues as a repeated field.
   *
   * @param tag of the repeated field
   * @param depth lists and maps around these
   */
  writeKeyValues(tag: number, list: readonly unknown[], depth: number): void {
    for (const entry of list) {
      if (isJsonObject(entry)) {
        this.#writeEntry(tag, entry, depth);
      } else if (entry !== null) {
        this.problem ??=
          'an attribute is not of the form {"key": "...", "value": {"stringValue": "..."}}';
        return;
      }
    }
  }

  #writeEntry(tag: number, entry: JsonObject, depth: number): void {
    const out = this.#out;
    const roomBytes = roomFor(depth);
    out.writeTag(tag);
    const mark = out.open(roomBytes);
    const key = entry["key"];
    if (typeof key === "string") {
      out.writeByte(KEY_TAG);
      out.writeText(key);
    } else if (key !== undefined && key !== null) {
      this.problem ??= 'the "key" of an attribute is not a string';
      return;
    }
    const value = entry["value"];
    if (value !== undefined && value !== null) {
      this.writeAnyValue(VALUE_TAG, value, depth);
    }
    const index = entry["keyStrindex"] ?? entry["key_strindex"] ?? 0;
    if (index !== 0) {
      this.#writeStringIndex(KEY_STRINDEX_TAG, index);
    }
    out.close(mark, roomBytes);
  }

  /**
   * Writes an AnyValue as a field.
   *
   * @param tag of the field
   * @param value null is an empty one
   * @param depth lists and maps around it
   */
  writeAnyValue(tag: number, value: unknown, depth: number): void {
    const out = this.#out;
    const roomBytes = roomFor(depth);
    out.writeTag(tag);
    const mark = out.open(roomBytes);
    if (isJsonObject(value)) {
      this.#writeLastMember(value, depth);
    } else if (value !== null) {
      this.problem ??= 'a value is not of the form {"stringValue": "..."}';
    }
    out.close(mark, roomBytes);
  }

  /** One oneof: of several members the last in the text counts. */
  #writeLastMember(value: JsonObject, depth: number): void {
    let last = "";
    let lastTag = 0;
    let content: unknown;
    for (const name in value) {
      const tag = memberTag(name);
      if (tag !== 0) {
        const member = value[name];
        if (member !== null) {
          last = name;
          lastTag = tag;
          content = member;
        }
      }
    }
    if (lastTag === ARRAY_TAG || lastTag === KVLIST_TAG) {
      this.#writeNested(lastTag, last, content, depth + 1);
    } else if (lastTag !== 0) {
      this.#writeScalar(lastTag, content);
    }
  }

  #writeScalar(tag: number, value: unknown): void {
    const out = this.#out;
    switch (tag) {
      case STRING_TAG:
        if (typeof value === "string") {
          out.writeByte(STRING_TAG);
          out.writeText(value);
        } else {
          this.problem ??= '"stringValue" is not a string';
        }
        return;
      case BOOL_TAG:
        if (typeof value === "boolean") {
          out.writeByte(BOOL_TAG);
          out.writeByte(value ? 1 : 0);
        } else {
          this.problem ??= '"boolValue" is not true or false';
        }
        return;
      case INT_TAG:
        this.#writeInt(value);
        return;
      case DOUBLE_TAG: {
        const number = parseDouble(value);
        if (number === undefined) {
          this.problem ??= '"doubleValue" is not a number, "NaN", "Infinity" or "-Infinity"';
        } else {
          out.writeByte(DOUBLE_TAG);
          out.writeDouble(number);
        }
        return;
      }
      case BYTES_TAG: {
        const bytes = parseBase64(value);
        if (bytes === undefined) {
          this.problem ??= '"bytesValue" is not base64 text';
        } else {
          out.writeByte(BYTES_TAG);
          out.writeBytes(bytes);
        }
        return;
      }
      default:
        this.#writeStringIndex(STRINDEX_TAG, value);
    }
  }

  #writeInt(value: unknown): void {
    const out = this.#out;
    if (this.#integers.read(value, true)) {
      out.writeByte(INT_TAG);
      out.writeVarint64(this.#integers.high, this.#integers.low);
    } else if (typeof value === "number" && Number.isInteger(value)) {
      // The JavaScript SDK sends integral doubles as intValue, however large.
      out.writeByte(DOUBLE_TAG);
      out.writeDouble(value);
    } else {
      this.problem ??= '"intValue" is not a 64-bit integer';
    }
  }

  /** References to a table that only profiles have: that there is one is all that counts. */
  #writeStringIndex(tag: number, value: unknown): void {
    this.#out.writeByte(tag);
    this.#out.writeInteger(parseInteger32(value, INT32_MIN, INT32_MAX) ?? 0);
  }

  /** What is nested too deep is left empty: its reader, which has the same limit, drops it. */
  #writeNested(tag: number, name: string, value: unknown, depth: number): void {
    const out = this.#out;
    const roomBytes = roomFor(depth);
    out.writeByte(tag);
    const mark = out.open(roomBytes);
    if (depth <= VALUE_DEPTH_LIMIT) {
      const values = isJsonObject(value) ? (value["values"] ?? []) : undefined;
      if (!Array.isArray(values)) {
        this.problem ??= `"${name}" is not of the form {"values": [...]}`;
      } else if (tag === KVLIST_TAG) {
        this.writeKeyValues(KVLIST_VALUES_TAG, values, depth);
      } else {
        for (const element of values) {
          this.writeAnyValue(ARRAY_VALUES_TAG, element, depth);
        }
      }
    }
    out.close(mark, roomBytes);
  }
}

function roomFor(depth: number): number {
  return depth > MOVED_DEPTH_LIMIT ? LARGE_LENGTH_BYTES : SHORT_LENGTH_BYTES;
}

/** The tag of a member of AnyValue by its name; 0 for other names. Faster than a map. */
function memberTag(name: string): number {
  switch (name) {
    case "stringValue":
    case "string_value":
      return STRING_TAG;
    case "intValue":
    case "int_value":
      return INT_TAG;
    case "boolValue":
    case "bool_value":
      return BOOL_TAG;
    case "doubleValue":
    case "double_value":
      return DOUBLE_TAG;
    case "arrayValue":
    case "array_value":
      return ARRAY_TAG;
    case "kvlistValue":
    case "kvlist_value":
      return KVLIST_TAG;
    case "bytesValue":
    case "bytes_value":
      return BYTES_TAG;
    case "stringValueStrindex":
    case "string_value_strindex":
      return STRINDEX_TAG;
    default:
      return 0;
  }
}
