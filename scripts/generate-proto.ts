/**
 * Writes what the Worker knows of OTLP, read from the vendored .proto files by protobufjs reflection;
 * field numbers, names and types come from here and from nowhere else:
 *
 * - proto/generated/otlp-messages.ts: every message and enum an OTLP request or answer is made of,
 *   as plain data;
 * - worker/transcoder/assembly/fields.ts: the field numbers that the transcoder knows by name.
 *
 * Usage: `node scripts/generate-proto.ts [--check]`; `--check` fails when a file is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { URL, fileURLToPath } from "node:url";

import protobuf from "protobufjs";

import { loadProtoRoot } from "./proto-root.ts";

const MESSAGES_FILE = "proto/generated/otlp-messages.ts";
const FIELDS_FILE = "worker/transcoder/assembly/fields.ts";
const VERSION_FILE = fileURLToPath(new URL("../proto/VERSION", import.meta.url));

/** Where reading starts; every message reachable from these is written. */
const ROOT_MESSAGES = [
  "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
  "opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse",
  "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest",
  "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse",
  "opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest",
  "opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse",
  "google.rpc.Status",
  "google.rpc.BadRequest",
  "google.rpc.RetryInfo",
];

/** What a full name loses: `rpc.Status` keeps its package's last part, next to trace's `Status`. */
const PACKAGE_PREFIX = /^\.?(?:opentelemetry\.proto\.(?:collector\.)?[a-z]+\.v1|google)\./;

interface Collected {
  readonly messages: Map<string, protobuf.Type>;
  readonly enums: Map<string, protobuf.Enum>;
}

function shortName(fullName: string): string {
  return fullName.replace(PACKAGE_PREFIX, "");
}

function collect(type: protobuf.Type, into: Collected): void {
  const name = shortName(type.fullName);
  if (into.messages.has(name)) {
    return;
  }
  into.messages.set(name, type);
  for (const field of type.fieldsArray) {
    const resolved = field.resolve().resolvedType;
    if (resolved instanceof protobuf.Type) {
      collect(resolved, into);
    } else if (resolved instanceof protobuf.Enum) {
      into.enums.set(shortName(resolved.fullName), resolved);
    }
  }
}

/** The part all value names of an enum share, cut at an underscore: `SPAN_KIND_`. */
function sharedPrefix(names: readonly string[]): string {
  const [first = ""] = names;
  let length = first.length;
  for (const name of names) {
    while (!name.startsWith(first.slice(0, length))) {
      length -= 1;
    }
  }
  return first.slice(0, first.lastIndexOf("_", length - 1) + 1);
}

function renderEnum(name: string, definition: protobuf.Enum): string {
  const entries = Object.entries(definition.values);
  const prefix = sharedPrefix(entries.map(([key]) => key));
  const rows = entries.map(
    ([key, number]) => `    [${number}, "${key}", "${key.slice(prefix.length).toLowerCase()}"],`,
  );
  return [`  ${JSON.stringify(name)}: [`, ...rows, "  ],"].join("\n");
}

function labelOf(field: protobuf.Field): string {
  if (field.repeated) {
    return "repeated";
  }
  const oneof = field.partOf;
  if (oneof === null) {
    return "singular";
  }
  // `optional` in proto3 is a one-member oneof with an underscored name: explicit presence.
  return oneof.isProto3Optional ? "optional" : `oneof ${oneof.name}`;
}

function renderMessage(name: string, type: protobuf.Type): string {
  const rows = type.fieldsArray
    .toSorted((left, right) => left.id - right.id)
    .map((field) => {
      const resolved = field.resolvedType;
      const typeName = resolved === null ? field.type : shortName(resolved.fullName);
      const kind =
        resolved === null ? "scalar" : resolved instanceof protobuf.Enum ? "enum" : "message";
      return `    [${field.id}, "${field.name}", "${kind}", "${typeName}", "${labelOf(field)}"],`;
    });
  return [`  ${JSON.stringify(name)}: [`, ...rows, "  ],"].join("\n");
}

function collectAll(): Collected {
  const root = loadProtoRoot();
  const collected: Collected = { messages: new Map(), enums: new Map() };
  for (const name of ROOT_MESSAGES) {
    collect(root.lookupType(name), collected);
  }
  return collected;
}

/** Messages of which the transcoder knows fields by name. */
const NAMED_MESSAGES = [
  "KeyValue",
  "KeyValueList",
  "ArrayValue",
  "AnyValue",
  "Span",
  "Status",
  "LogRecord",
  "Metric",
  "Gauge",
  "NumberDataPoint",
];

function renderFields({ messages }: Collected, version: string): string {
  const namespaces = NAMED_MESSAGES.map((name) => {
    const type = messages.get(name);
    if (type === undefined) {
      throw new Error(`Cannot find message "${name}" in the .proto files`);
    }
    const fields = type.fieldsArray.toSorted((left, right) => left.id - right.id);
    const rows = fields.map(({ id, name: field }) => `  export const ${field}: u32 = ${id};`);
    return [
      `/** Field numbers of ${name}. */`,
      `export namespace ${name}Fields {`,
      ...rows,
      "}",
    ].join("\n");
  });
  return `// Generated from opentelemetry-proto ${version} by scripts/generate-proto.ts. Do not edit.

${namespaces.join("\n\n")}
`;
}

function renderMessages(collected: Collected, version: string): string {
  return `// Generated from opentelemetry-proto ${version} by scripts/generate-proto.ts. Do not edit.

/** One field: number, name, what it holds, its type, its label (\`oneof NAME\` names the oneof). */
export type FieldFact = readonly [
  number: number,
  name: string,
  holds: "scalar" | "enum" | "message",
  type: string,
  label: string,
];

/** One enum value: number, full name, name without the enum's prefix in lower case. */
export type EnumFact = readonly [number: number, fullName: string, shortName: string];

/** Every message of an OTLP export request or answer, fields in ascending number. */
export const messageFacts = {
${[...collected.messages].map(([name, type]) => renderMessage(name, type)).join("\n")}
} as const satisfies Record<string, readonly FieldFact[]>;

/** Every enum those messages use. */
export const enumFacts = {
${[...collected.enums].map(([name, definition]) => renderEnum(name, definition)).join("\n")}
} as const satisfies Record<string, readonly EnumFact[]>;
`;
}

const collected = collectAll();
const version = readFileSync(VERSION_FILE, "utf8").trim();
const files = new Map([
  [MESSAGES_FILE, renderMessages(collected, version)],
  [FIELDS_FILE, renderFields(collected, version)],
]);
for (const [path, rendered] of files) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (!process.argv.includes("--check")) {
    writeFileSync(file, rendered);
    console.log(`Wrote ${path}`);
  } else if (readFileSync(file, "utf8") !== rendered) {
    console.error(`${path} is out of date: run npm run proto:generate`);
    process.exitCode = 1;
  }
}
