/** Events as a table: RFC 4180, for spreadsheets and data frames. */
import { parseNativeJson } from "../../events/native-json.ts";
import { isJsonObject } from "../../otlp/json/parse.ts";
import { COLUMN_NAMES, type ReadColumn, columnOf, isOtlpEvent } from "./csv-columns.ts";
import type { Rendered } from "./rendered.ts";
import { parseEvent } from "./stored-event.ts";

/**
 * What spreadsheets take for a formula, the characters of full width that some of them fold to
 * ASCII included (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const FORMULA = /^[=+\-@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]/u;
const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** RFC 4180 quotes the first four; the others separate cells where comma is the decimal sign. */
const NEEDS_QUOTES = /[",\r\n;\t]|^\s|\s$/;
const TYPED_KEYS: ReadonlySet<string> = new Set([
  "int_value",
  "double_value",
  "bytes_value",
  "kvlist_value",
]);

/**
 * Renders a header row and one row for each event, each ended by CR LF.
 *
 * Cells hold text as it is, numbers digit for digit, times in RFC 3339 (UTC, nine digits); lists and
 * maps as their JSON; what is not there as nothing. Text that a spreadsheet could run as a formula
 * starts with `'`; plain numbers such as -5 do not.
 *
 * @param events the events' JSON texts; damaged ones are skipped
 * @param fields the columns, as csv-columns.ts explains; none: the usual ones
 */
export function renderCsv(events: readonly string[], fields: readonly string[]): Rendered<string> {
  const names = fields.length === 0 ? COLUMN_NAMES : fields;
  const columns = names.map((name) => columnOf(name));
  const rows = [rowOf(names)];
  for (const line of events) {
    const event = parseEvent(line);
    if (event !== undefined) {
      const texts = isOtlpEvent(event)
        ? columns.map((read) => typedText(read(event)))
        : nativeTexts(line, event, columns);
      rows.push(rowOf(texts));
    }
  }
  return { body: rows.join(""), skipped: events.length + 1 - rows.length };
}

/** A native event may hold numbers that lose digits as JavaScript numbers: they are kept as text. */
function nativeTexts(line: string, event: unknown, columns: readonly ReadColumn[]): string[] {
  const exact = parseNativeJson(line);
  return columns.map((read) => textOf(read(exact.ok ? exact.value : event)));
}

/** The text of an attribute value (docs/event-schema.md, "Attribute values"), without its type. */
function typedText(value: unknown): string {
  if (!isJsonObject(value)) {
    return textOf(value);
  }
  const [key = "", ...others] = Object.keys(value);
  return TYPED_KEYS.has(key) && others.length === 0 ? textOf(value[key]) : textOf(value);
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) {
    return "";
  }
  if (typeof value === "string") {
    return value;
  }
  return Object.is(value, -0) ? "-0" : jsonText(value);
}

/** Nothing for what nests deeper than the stack: a native event may, as parsing needs no stack. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "";
  }
}

function rowOf(cells: readonly string[]): string {
  return `${cells.map((cell) => cellOf(cell)).join(",")}\r\n`;
}

function cellOf(text: string): string {
  const safe = FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
