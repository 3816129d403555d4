/**
 * What the gateway should store for a request, worked out the slow and plain way: protobufjs
 * decodes, and docs/event-schema.md is followed sentence by sentence. Nothing comes from worker/.
 */
import type protobuf from "protobufjs";

import {
  type SignalName,
  decodeMessage,
  enumOf,
  isString,
  messageOf,
  requestType,
} from "./proto.ts";

/** What every event of the request carries. */
export interface Frame {
  readonly receivedAtMs: number;
  readonly batchId: string;
}

/** What should come of a request. */
export interface Expected {
  readonly events: readonly JsonRecord[];
  readonly rejected: number;
}

/** An event, or a part of one. */
export type JsonRecord = Readonly<Record<string, unknown>>;

type Members = [name: string, value: unknown][];
type Decoded = Readonly<Record<string, unknown>>;

const DEPTH_LIMIT = 128;
const ID_BYTES: Readonly<Record<string, number>> = { trace_id: 16, span_id: 8, parent_span_id: 8 };
const TYPED_KEYS = ["int_value", "double_value", "bytes_value", "kvlist_value"];
const METRIC_TYPES = ["gauge", "sum", "histogram", "exponential_histogram", "summary"];
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];
const LEVEL_OF_WORD: Readonly<Record<string, string>> = {
  trace: "trace",
  verbose: "trace",
  debug: "debug",
  info: "info",
  information: "info",
  informational: "info",
  notice: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  err: "error",
  severe: "error",
  fatal: "fatal",
  critical: "fatal",
  crit: "fatal",
  alert: "fatal",
  emergency: "fatal",
  panic: "fatal",
};

/** The events of an export request in protobuf, in order. */
export function expectedEvents(signal: SignalName, body: Uint8Array, frame: Frame): Expected {
  const type = requestType(signal);
  const request = decodeMessage(type, body);
  const [containers] = type.fieldsArray;
  const containerType = containers === undefined ? undefined : messageOf(containers);
  if (containers === undefined || containerType === undefined) {
    throw new Error(`${type.name} has no list of resources`);
  }
  const items = listIn(request, containers.name).flatMap((container) =>
    itemsOfResource(containerType, container),
  );
  const kept = items.filter((item) => item.isKept);
  const eventType = { traces: "span", metrics: "metric", logs: "log" }[signal];
  return {
    events: kept.map(({ members }) => ({
      event_type: eventType,
      data: Object.fromEntries(members),
      received_at: frame.receivedAtMs,
      batch_id: frame.batchId,
    })),
    rejected: items.length - kept.length,
  };
}

interface Item {
  readonly members: Members;
  readonly isKept: boolean;
}

function itemsOfResource(type: protobuf.Type, container: Decoded): Item[] {
  const resource: Members = [["resource", ownerOf(type, container, "resource")]];
  const [scopes] = type.fieldsArray.filter((field) => field.repeated);
  const scopeType = scopes === undefined ? undefined : messageOf(scopes);
  if (scopes === undefined || scopeType === undefined) {
    throw new Error(`${type.name} has no list of scopes`);
  }
  return listIn(container, scopes.name).flatMap((scope) => {
    const head: Members = [...resource, ["scope", ownerOf(scopeType, scope, "scope")]];
    const [items] = scopeType.fieldsArray.filter((field) => field.repeated);
    const itemType = items === undefined ? undefined : messageOf(items);
    if (items === undefined || itemType === undefined) {
      throw new Error(`${scopeType.name} has no list of items`);
    }
    return listIn(scope, items.name).flatMap((item) => itemsOf(itemType, item, head));
  });
}

/** Resource or scope: its own fields, and the schema_url of the container around it. */
function ownerOf(type: protobuf.Type, container: Decoded, name: string): unknown {
  const ownerType = messageOf(fieldOf(type, name));
  const owner = container[name];
  const members = isRecord(owner) && ownerType !== undefined ? membersOf(ownerType, owner) : [];
  const url = textOf(container["schema_url"]);
  return Object.fromEntries(url === "" ? members : [...members, ["schema_url", url]]);
}

function itemsOf(type: protobuf.Type, item: Decoded, head: Members): Item[] {
  switch (type.name) {
    case "Span":
      return [{ members: [...head, ...membersOf(type, item)], isKept: hasUsableIds(item) }];
    case "LogRecord":
      return [{ members: [...head, ...membersOf(type, item), ...levelOf(item)], isKept: true }];
    default:
      return pointsOf(type, item, head);
  }
}

function hasUsableIds(span: Decoded): boolean {
  return Object.entries(ID_BYTES).every(([name, length]) => {
    const id = span[name];
    return !(id instanceof Uint8Array) || id.length === 0 || id.length === length;
  });
}

function levelOf(record: Decoded): Members {
  const severity = Number(record["severity_number"] ?? 0);
  const byNumber =
    severity >= 1 && severity <= 24 ? LEVELS[Math.ceil(severity / 4) - 1] : undefined;
  const word = textOf(record["severity_text"]).trim().toLowerCase();
  const level = byNumber ?? (Object.hasOwn(LEVEL_OF_WORD, word) ? LEVEL_OF_WORD[word] : undefined);
  return level === undefined ? [] : [["level", level]];
}

function pointsOf(type: protobuf.Type, metric: Decoded, head: Members): Item[] {
  const metricType = METRIC_TYPES.find((name) => metric[name] !== undefined);
  if (metricType === undefined) {
    return [];
  }
  const data = metric[metricType];
  const dataType = messageOf(fieldOf(type, metricType));
  const own = Object.fromEntries(
    Object.entries(metric).filter(([name]) => !METRIC_TYPES.includes(name)),
  );
  const pointType =
    dataType === undefined ? undefined : messageOf(fieldOf(dataType, "data_points"));
  if (!isRecord(data) || dataType === undefined || pointType === undefined) {
    throw new Error(`${metricType} is not a message with data points`);
  }
  const { data_points: _points, ...dataOwn } = data;
  const members: Members = [
    ...head,
    ...membersOf(type, own),
    ["type", metricType],
    ...membersOf(dataType, dataOwn),
  ];
  return listIn(data, "data_points").map((point) => ({
    members: [...members, ...membersOf(pointType, point)],
    isKept: true,
  }));
}

/** The members of an object that a message's fields become. */
function membersOf(type: protobuf.Type, message: Decoded): Members {
  return type.fieldsArray.flatMap((field): Members => {
    const value = message[field.name];
    if (value === undefined) {
      return [];
    }
    const rendered = field.repeated ? repeatedOf(field, value) : singularOf(field, value);
    return rendered === undefined ? [] : [[field.name, rendered]];
  });
}

function repeatedOf(field: protobuf.Field, value: unknown): unknown {
  const list = Array.isArray(value) ? value : [];
  if (list.length === 0) {
    return undefined;
  }
  return messageOf(field)?.name === "KeyValue"
    ? mapOf(list, 0)
    : list.map((element) => valueOf(field, element));
}

/** `undefined` for a value that says no more than an unset field does. */
function singularOf(field: protobuf.Field, value: unknown): unknown {
  const rendered = valueOf(field, value);
  if (messageOf(field)?.name === "AnyValue" || rendered === undefined) {
    return rendered;
  }
  if (isRecord(rendered)) {
    return Object.keys(rendered).length === 0 ? undefined : rendered;
  }
  // Members of a oneof and `optional` fields, which are a oneof of one, keep a zero.
  const isZero =
    enumOf(field) === undefined
      ? rendered === "" || rendered === false || Number(isNumeric(field) ? rendered : 1) === 0
      : value === 0;
  return isZero && field.partOf === null ? undefined : rendered;
}

function isNumeric(field: protobuf.Field): boolean {
  return field.type !== "bytes" && field.type !== "bool";
}

function valueOf(field: protobuf.Field, value: unknown): unknown {
  const message = messageOf(field);
  if (message !== undefined) {
    if (message.name === "AnyValue") {
      return anyValueOf(value, 0);
    }
    return isRecord(value) ? Object.fromEntries(membersOf(message, value)) : {};
  }
  if (enumOf(field) !== undefined) {
    return enumName(field, Number(value));
  }
  if (value instanceof Uint8Array) {
    return bytesOf(field, value);
  }
  return field.type === "double" ? doubleOf(Number(value)) : value;
}

function bytesOf(field: protobuf.Field, value: Uint8Array): string | undefined {
  const idBytes = ID_BYTES[field.name];
  if (isString(field)) {
    return textOf(value);
  }
  if (idBytes === undefined) {
    return Buffer.from(value).toString("base64");
  }
  return value.length === idBytes && value.some((byte) => byte !== 0)
    ? Buffer.from(value).toString("hex")
    : undefined;
}

/** SPAN_KIND_CLIENT → client: the enum's own name in capitals is the prefix. */
function enumName(field: protobuf.Field, value: number): string | number {
  const type = enumOf(field);
  const name = type?.valuesById[value];
  const prefix = (type?.name ?? "").replaceAll(/(?!^)([A-Z])/g, "_$1").toUpperCase();
  return name === undefined ? value : name.slice(prefix.length + 1).toLowerCase();
}

function doubleOf(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** A list of KeyValue: the last of several entries with one key counts. */
function mapOf(list: readonly unknown[], depth: number): JsonRecord {
  return Object.fromEntries(
    list
      .filter((entry) => isRecord(entry))
      .map((entry) => [textOf(entry["key"]), anyValueOf(entry["value"] ?? {}, depth)]),
  );
}

function anyValueOf(value: unknown, depth: number): unknown {
  const [name = "", content] = isRecord(value) ? (Object.entries(value)[0] ?? []) : [];
  switch (name) {
    case "string_value":
      return textOf(content);
    case "bool_value":
      return content;
    case "int_value":
      return Number.isSafeInteger(Number(content))
        ? Number(content)
        : { int_value: String(content) };
    case "double_value": {
      const number = Number(content);
      return Number.isFinite(number) && !Number.isInteger(number)
        ? number
        : { double_value: doubleOf(number) };
    }
    case "bytes_value":
      return {
        bytes_value: Buffer.from(content instanceof Uint8Array ? content : []).toString("base64"),
      };
    case "array_value":
    case "kvlist_value": {
      if (depth + 1 > DEPTH_LIMIT) {
        return null;
      }
      const values = isRecord(content) ? listIn(content, "values") : [];
      return name === "array_value"
        ? values.map((element) => anyValueOf(element, depth + 1))
        : unambiguous(mapOf(values, depth + 1));
    }
    default:
      return null;
  }
}

/** A map that looks like a typed value is put into one. */
function unambiguous(map: JsonRecord): JsonRecord {
  const [key = "", ...others] = Object.keys(map);
  return others.length === 0 && TYPED_KEYS.includes(key) ? { kvlist_value: map } : map;
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array
    ? new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(value)
    : "";
}

function fieldOf(type: protobuf.Type, name: string): protobuf.Field {
  const field = type.fields[name];
  if (field === undefined) {
    throw new Error(`${type.name} has no field ${name}`);
  }
  return field;
}

function listIn(message: Decoded, name: string): readonly Decoded[] {
  const list = message[name];
  return Array.isArray(list) ? list.filter((element) => isRecord(element)) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
