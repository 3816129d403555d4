/** AnyValue and KeyValue lists in OTLP/JSON → JSON values (docs/event-schema.md, "Attribute values"). */
import { isJsonObject } from "../../otlp/json/parse.ts";
import { parseBase64, parseDouble, parseInteger64 } from "../../otlp/json/values.ts";
import {
  FALSE,
  TRUE,
  VALUE_DEPTH_LIMIT,
  markLoneTypedKey,
  writeBytesValue,
  writeDouble,
  writeEmpty,
  writeIntText,
} from "../any-value.ts";
import type { JsonWriter } from "../json-writer.ts";
import { type Notes, Warning } from "../notes.ts";
import { mayBeTokenKey } from "../token-keys.ts";
import { KindNumber, TOKEN_KEYS, type TokenSets } from "../tokens.ts";
import { findReplaced } from "./key-values.ts";

const COLON = 0x3a;

const VALUE_NAMES: ReadonlySet<string> = new Set([
  "stringValue",
  "string_value",
  "boolValue",
  "bool_value",
  "intValue",
  "int_value",
  "doubleValue",
  "double_value",
  "arrayValue",
  "array_value",
  "kvlistValue",
  "kvlist_value",
  "bytesValue",
  "bytes_value",
  "stringValueStrindex",
  "string_value_strindex",
]);

/** Writes values into one {@link JsonWriter}. */
export class JsonValueWriter {
  readonly #out: JsonWriter;
  readonly #notes: Notes;
  readonly #tokens: TokenSets;
  /** the first value of a wrong type that was met */
  problem: string | undefined;

  /**
   * @param tokens learns the attribute values that people look events up by
   */
  constructor(out: JsonWriter, notes: Notes, tokens: TokenSets) {
    this.#out = out;
    this.#notes = notes;
    this.#tokens = tokens;
  }

  /**
   * Writes KeyValues as the members of an object.
   *
   * @returns how many members it wrote
   */
  writeKeyValues(list: readonly unknown[], depth: number): number {
    const out = this.#out;
    const replaced = findReplaced(list);
    let count = 0;
    for (const [index, entry] of list.entries()) {
      if (entry === null || replaced.has(index)) {
        continue;
      }
      if (!isJsonObject(entry)) {
        this.problem ??=
          'an attribute is not of the form {"key": "...", "value": {"stringValue": "..."}}';
        return count;
      }
      const key = entry["key"] ?? "";
      if (typeof key !== "string") {
        this.problem ??= 'the "key" of an attribute is not a string';
        return count;
      }
      if ((entry["keyStrindex"] ?? entry["key_strindex"] ?? 0) !== 0) {
        this.#notes.warn(Warning.strindex);
      }
      out.writeComma();
      out.writeString(key);
      out.writeByte(COLON);
      const valueStart = out.length;
      this.writeAnyValue(entry["value"], depth);
      const kind = mayBeTokenKey(key.charCodeAt(0), key.length) ? TOKEN_KEYS.get(key) : undefined;
      if (kind !== undefined) {
        this.#tokens.addValue(KindNumber[kind], out, valueStart, out.length);
      }
      count += 1;
    }
    return count;
  }

  /** Writes an AnyValue; undefined and null are empty ones. */
  writeAnyValue(value: unknown, depth: number): void {
    const out = this.#out;
    if (value === undefined || value === null) {
      writeEmpty(out);
      return;
    }
    if (!isJsonObject(value)) {
      this.problem ??= 'a value is not of the form {"stringValue": "..."}';
      return;
    }
    let last = "";
    for (const name of Object.keys(value)) {
      if (VALUE_NAMES.has(name) && value[name] !== null) {
        last = name;
      }
    }
    this.#writeOneValue(last, value[last], depth);
  }

  #writeOneValue(name: string, value: unknown, depth: number): void {
    const out = this.#out;
    switch (name) {
      case "stringValue":
      case "string_value":
        if (typeof value === "string") {
          out.writeString(value);
        } else {
          this.problem ??= '"stringValue" is not a string';
        }
        return;
      case "boolValue":
      case "bool_value":
        if (typeof value === "boolean") {
          out.writeLiteral(value ? TRUE : FALSE);
        } else {
          this.problem ??= '"boolValue" is not true or false';
        }
        return;
      case "intValue":
      case "int_value":
        this.#writeInt(value);
        return;
      case "doubleValue":
      case "double_value": {
        const number = parseDouble(value);
        if (number === undefined) {
          this.problem ??= '"doubleValue" is not a number, "NaN", "Infinity" or "-Infinity"';
        } else {
          writeDouble(out, number);
        }
        return;
      }
      case "bytesValue":
      case "bytes_value": {
        const bytes = parseBase64(value);
        if (bytes === undefined) {
          this.problem ??= '"bytesValue" is not base64 text';
        } else {
          writeBytesValue(out, bytes, 0, bytes.length);
        }
        return;
      }
      case "arrayValue":
      case "array_value":
      case "kvlistValue":
      case "kvlist_value":
        this.#writeNested(name, value, depth + 1);
        return;
      default:
        if (name !== "") {
          this.#notes.warn(Warning.strindex);
        }
        writeEmpty(out);
    }
  }

  #writeInt(value: unknown): void {
    const text = parseInteger64(value, true);
    if (text !== undefined) {
      writeIntText(this.#out, text);
    } else if (typeof value === "number" && Number.isInteger(value)) {
      // The JavaScript SDK sends integral doubles as intValue, however large.
      writeDouble(this.#out, value);
    } else {
      this.problem ??= '"intValue" is not a 64-bit integer';
    }
  }

  #writeNested(name: string, value: unknown, depth: number): void {
    const out = this.#out;
    if (depth > VALUE_DEPTH_LIMIT) {
      this.#notes.warn(Warning.depth);
      writeEmpty(out);
      return;
    }
    const values = isJsonObject(value) ? (value["values"] ?? []) : undefined;
    if (!Array.isArray(values)) {
      this.problem ??= `"${name}" is not of the form {"values": [...]}`;
      return;
    }
    const mark = out.length;
    if (name.startsWith("array")) {
      for (const element of values) {
        out.writeComma();
        this.writeAnyValue(element, depth);
      }
      out.closeList(mark);
    } else {
      const written = this.writeKeyValues(values, depth);
      out.closeObject(mark);
      if (written === 1) {
        markLoneTypedKey(out, mark);
      }
    }
  }
}
