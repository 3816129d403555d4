/** Nothing is dropped silently: every field of the vendored protos shows in an event. */
import type protobuf from "protobufjs";
import { describe, expect, it } from "vitest";

import { encodeJson } from "../support/otlp-json.ts";
import {
  type ProtoMessage,
  type ProtoValue,
  SIGNALS,
  type SignalName,
  encodeMessage,
  enumOf,
  isList,
  isString,
  messageOf,
  requestType,
  utf8,
} from "../support/proto.ts";
import { transcode } from "../support/transcode.ts";

/** Fields without a home in events, with the reason. */
const EXEMPT: Readonly<Record<string, string>> = {
  "AnyValue.string_value_strindex": "refers to a table that only profiles have: read as empty",
  "KeyValue.key_strindex": "refers to a table that only profiles have: read as empty",
};

/** What an item needs around it to become an event. */
const SKELETONS: Readonly<Record<SignalName, ProtoMessage>> = {
  traces: { resource_spans: [{ scope_spans: [{ spans: [{}] }] }] },
  metrics: { resource_metrics: [{ scope_metrics: [{ metrics: [{}] }] }] },
  logs: { resource_logs: [{ scope_logs: [{ log_records: [{}] }] }] },
};
/** AnyValue holds AnyValue: two rounds reach every field. */
const ROUNDS = 2;

type Path = readonly protobuf.Field[];

function* leavesOf(type: protobuf.Type, path: Path): Generator<Path, void> {
  for (const field of type.fieldsArray) {
    const nested = messageOf(field);
    const here = [...path, field];
    if (nested === undefined) {
      yield here;
    } else if (path.filter((step) => messageOf(step) === nested).length < ROUNDS) {
      yield* leavesOf(nested, here);
    }
  }
}

/** A value of a field, and the text that stands for it in an event. */
function sampleOf(field: protobuf.Field): readonly [value: ProtoValue, text: string] {
  const values = enumOf(field)?.values;
  if (values !== undefined) {
    const names = Object.keys(values);
    const prefix = (names[0] ?? "").replace(/UNSPECIFIED$|UNSET$/, "");
    const [name = "", number = 0] = Object.entries(values).at(-1) ?? [];
    return [number, `"${name.slice(prefix.length).toLowerCase()}"`];
  }
  if (isString(field)) {
    return [utf8("sample"), '"sample"'];
  }
  switch (field.type) {
    case "bytes":
      return field.name.endsWith("_id")
        ? [
            new Uint8Array(field.name === "trace_id" ? 16 : 8).fill(17),
            `"${"11".repeat(field.name === "trace_id" ? 16 : 8)}"`,
          ]
        : [Uint8Array.of(17, 17, 17, 17), '{"bytes_value":"EREREQ=="}'];
    case "bool":
      return [true, "true"];
    case "double":
      return [1.5, "1.5"];
    case "sint32":
      return [-7, "-7"];
    case "int64":
      return [1_234_567n, "1234567"];
    case "fixed64":
    case "sfixed64":
    case "uint64":
      return [7n, '"7"'];
    default:
      return [7, "7"];
  }
}

function nest(path: Path, value: ProtoValue): ProtoMessage {
  const [field, ...rest] = path;
  if (field === undefined) {
    throw new Error("a path has at least one field");
  }
  const inner = rest.length === 0 ? value : nest(rest, value);
  return { [field.name]: field.repeated ? [inner] : inner };
}

function isMessage(value: ProtoValue | undefined): value is ProtoMessage {
  return typeof value === "object" && !isList(value) && !(value instanceof Uint8Array);
}

/** Adds what `extra` has and `base` lacks; lists are merged in their first element. */
function merge(base: ProtoMessage, extra: ProtoMessage): ProtoMessage {
  const merged: Record<string, ProtoValue> = { ...base };
  for (const [name, value] of Object.entries(extra)) {
    const own = merged[name];
    if (own === undefined) {
      merged[name] = value;
    } else if (isMessage(own) && isMessage(value)) {
      merged[name] = merge(own, value);
    } else if (isList(own) && isList(value)) {
      const [left] = own;
      const [right] = value;
      merged[name] = isMessage(left) && isMessage(right) ? [merge(left, right)] : own;
    }
  }
  return merged;
}

function requestWith(signal: SignalName, path: Path, value: ProtoValue): ProtoMessage {
  const request = merge(nest(path, value), SKELETONS[signal]);
  if (signal !== "metrics") {
    return request;
  }
  const data = path.find((field) => field.partOf?.name === "data")?.name ?? "gauge";
  const point: ProtoMessage = { [data]: { data_points: [{}] } };
  return merge(request, { resource_metrics: [{ scope_metrics: [{ metrics: [point] }] }] });
}

function qualifiedName(path: Path): string {
  const leaf = path.at(-1);
  return `${leaf?.parent?.name ?? ""}.${leaf?.name ?? ""}`;
}

function isExempt(path: Path): boolean {
  return EXEMPT[qualifiedName(path)] !== undefined;
}

function labelOf(path: Path): string {
  return path.map((field) => field.name).join(".");
}

describe.each(SIGNALS)("every field of an export request of %s", (signal) => {
  const paths = [...leavesOf(requestType(signal), [])].filter((path) => !isExempt(path));

  it.each(paths.map((path) => [labelOf(path), path] as const))(
    "shows in an event: %s",
    (_label, path) => {
      const leaf = path.at(-1);
      if (leaf === undefined) {
        throw new Error("a path has at least one field");
      }
      const owner = leaf.parent?.name ?? "";
      const [value, text] = sampleOf(leaf);
      const request = requestWith(signal, path, value);
      const isNamed = owner !== "AnyValue" && owner !== "KeyValue";
      const shown = leaf.repeated ? `[${text}]` : text;
      const expected = isNamed ? `"${leaf.name}":${shown}` : shown;

      const protobufBody = encodeMessage(requestType(signal), request);
      const fromProtobuf = transcode({ signal, encoding: "protobuf", body: protobufBody });
      const fromJson = transcode({ signal, encoding: "json", body: encodeJson(signal, request) });

      expect(fromProtobuf.lines).toHaveLength(1);
      expect(fromProtobuf.lines[0]).toContain(expected);
      expect(fromJson.events).toEqual(fromProtobuf.events);
    },
  );
});

describe("the exemptions", () => {
  it("name fields that exist", () => {
    const names = SIGNALS.flatMap((signal) =>
      [...leavesOf(requestType(signal), [])].map((path) => qualifiedName(path)),
    );

    expect(names).toEqual(expect.arrayContaining(Object.keys(EXEMPT)));
  });
});
