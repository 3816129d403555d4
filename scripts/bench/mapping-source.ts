/**
 * Writes the code that maps decoded requests to events, from the vendored .proto files: one
 * straight-line function per message, as someone who wants it fast would write it by hand. A mapping
 * that looked fields up at run time would be a handicap for the decoders it serves.
 */
import protobuf from "protobufjs";

import { camelCase } from "./json-text.ts";

/** Whose messages the code reads: they differ in names, oneofs and 64-bit integers. */
export type Flavor = "protobufjs" | "protobuf-es";

const SIGNALS = {
  traces: ["trace", "Trace", "resource_spans", "scope_spans", "spans"],
  logs: ["logs", "Logs", "resource_logs", "scope_logs", "log_records"],
  metrics: ["metrics", "Metrics", "resource_metrics", "scope_metrics", "metrics"],
} as const;
const METRIC_TYPES = ["gauge", "sum", "histogram", "exponential_histogram", "summary"];
const ID_BYTES: Readonly<Record<string, number>> = { trace_id: 16, span_id: 8, parent_span_id: 8 };
const LONG_TYPES = ["fixed64", "sfixed64", "int64", "uint64", "sint64"];
const SIGNED_LONG_TYPES = ["sfixed64", "int64", "sint64"];

/**
 * The source of an ES module with the functions `traces`, `logs` and `metrics`.
 *
 * @param valuesModule address of mapping-values.ts
 */
export function mappingSource(root: protobuf.Root, flavor: Flavor, valuesModule: string): string {
  const names = flavor === "protobufjs" ? "protobufjs" : "protobufEs";
  const writer = new MappingWriter(flavor);
  const walks = [
    writer.walk(root, "traces", () =>
      [
        `if (!hasUsableIds(${["trace_id", "span_id", "parent_span_id"].map((name) => writer.read("item", name)).join(", ")})) { continue; }`,
        "const data = { resource, scope };",
        `${writer.assigner(root.lookupType("opentelemetry.proto.trace.v1.Span"))}(data, item);`,
        emit("span"),
      ].join("\n"),
    ),
    writer.walk(root, "logs", () =>
      [
        "const data = { resource, scope };",
        `${writer.assigner(root.lookupType("opentelemetry.proto.logs.v1.LogRecord"))}(data, item);`,
        `const level = levelOf(${writer.read("item", "severity_number")}, ${writer.read("item", "severity_text")});`,
        "if (level !== undefined) { data.level = level; }",
        emit("log"),
      ].join("\n"),
    ),
    writer.walk(root, "metrics", () =>
      writer.metricBody(root.lookupType("opentelemetry.proto.metrics.v1.Metric")),
    ),
  ];
  return [
    `import { base64Text, doubleOf, hasUsableIds, idText, isEmpty, levelOf, signedText, unsignedText, ${names}Map as mapOf, ${names}Value as anyValue } from ${JSON.stringify(valuesModule)};`,
    ...writer.functions.values(),
    ...walks,
  ].join("\n\n");
}

function emit(eventType: string): string {
  return `emit({ event_type: "${eventType}", data, received_at: frame.receivedAtMs, batch_id: frame.batchId });`;
}

class MappingWriter {
  /** by their names */
  readonly functions = new Map<string, string>();
  readonly #flavor: Flavor;

  constructor(flavor: Flavor) {
    this.#flavor = flavor;
  }

  /** The expression for a member. */
  read(message: string, name: string): string {
    return `${message}.${this.#flavor === "protobufjs" ? name : camelCase(name)}`;
  }

  walk(root: protobuf.Root, signal: keyof typeof SIGNALS, body: () => string): string {
    const [, , resources, scopes, items] = SIGNALS[signal];
    const owner = (name: string, container: string, type: string): string =>
      [
        `const ${name} = {};`,
        `if (${this.#isSet(this.read(container, name))}) { ${this.assigner(root.lookupType(type))}(${name}, ${this.read(container, name)}); }`,
        `if (${this.read(container, "schema_url")} !== "") { ${name}.schema_url = ${this.read(container, "schema_url")}; }`,
      ].join("\n");
    return `export function ${signal}(request, frame, emit) {
for (const ofResource of ${this.read("request", resources)}) {
${owner("resource", "ofResource", "opentelemetry.proto.resource.v1.Resource")}
for (const ofScope of ${this.read("ofResource", scopes)}) {
${owner("scope", "ofScope", "opentelemetry.proto.common.v1.InstrumentationScope")}
for (const item of ${this.read("ofScope", items)}) {
${body()}
}
}
}
}`;
  }

  metricBody(metric: protobuf.Type): string {
    const assignMetric = this.assigner(metric, METRIC_TYPES);
    return METRIC_TYPES.map((name) => {
      const type = messageIn(metric, name);
      const value = this.#flavor === "protobufjs" ? this.read("item", name) : "item.data.value";
      const condition =
        this.#flavor === "protobufjs"
          ? this.#isSet(value)
          : `item.data.case === "${camelCase(name)}"`;
      return `if (${condition}) {
for (const point of ${this.read(value, "data_points")}) {
const data = { resource, scope };
${assignMetric}(data, item);
data.type = "${name}";
${this.assigner(type, ["data_points"])}(data, ${value});
${this.assigner(messageIn(type, "data_points"))}(data, point);
${emit("metric")}
}
continue;
}`;
    }).join("\n");
  }

  /** The name of the function that adds a message's members to an object. */
  assigner(type: protobuf.Type, without: readonly string[] = []): string {
    const name = `assign${type.fullName.replaceAll(".", "_")}`;
    if (!this.functions.has(name)) {
      this.functions.set(name, "");
      const lines = type.fieldsArray
        .filter((field) => !without.includes(field.name))
        .map((field) => this.#assignment(field));
      this.functions.set(name, `function ${name}(to, m) {\n${lines.join("\n")}\n}`);
    }
    return name;
  }

  #assignment(field: protobuf.Field): string {
    const oneof = field.partOf;
    if (this.#flavor === "protobuf-es" && oneof !== null && !oneof.isProto3Optional) {
      const member = `m.${camelCase(oneof.name)}`;
      const set = this.#set(field, `${member}.value`);
      return `if (${member}.case === "${camelCase(field.name)}") { ${set} }`;
    }
    const value = this.read("m", field.name);
    return `if (${this.#condition(field, value)}) { ${this.#set(field, value)} }`;
  }

  #condition(field: protobuf.Field, value: string): string {
    if (field.repeated) {
      return `${value}.length !== 0`;
    }
    if (field.partOf !== null || field.resolvedType instanceof protobuf.Type) {
      return this.#isSet(value);
    }
    switch (field.type) {
      case "string":
        return `${value} !== ""`;
      case "bytes":
        return `${value}.length !== 0`;
      case "bool":
        return value;
      default:
        if (!LONG_TYPES.includes(field.type)) {
          return `${value} !== 0`;
        }
        return this.#flavor === "protobufjs"
          ? `(${value}.low | ${value}.high) !== 0`
          : `${value} !== 0n`;
    }
  }

  #isSet(value: string): string {
    return this.#flavor === "protobufjs" ? `${value} !== null` : `${value} !== undefined`;
  }

  #set(field: protobuf.Field, value: string): string {
    const target = `to.${field.name}`;
    if (field.repeated) {
      return field.resolvedType?.name === "KeyValue"
        ? `${target} = mapOf(${value});`
        : `${target} = ${value}.map((one) => ${this.#convert(field, "one")});`;
    }
    const converted = this.#convert(field, value);
    if (field.type === "bytes" && ID_BYTES[field.name] !== undefined) {
      return `const id = ${converted}; if (id !== undefined) { ${target} = id; }`;
    }
    return field.resolvedType instanceof protobuf.Type && field.resolvedType.name !== "AnyValue"
      ? `const part = ${converted}; if (!isEmpty(part)) { ${target} = part; }`
      : `${target} = ${converted};`;
  }

  #convert(field: protobuf.Field, value: string): string {
    const resolved = field.resolvedType;
    if (resolved instanceof protobuf.Type) {
      return resolved.name === "AnyValue"
        ? `anyValue(${value})`
        : `${this.#maker(resolved)}(${value})`;
    }
    if (resolved instanceof protobuf.Enum) {
      return `(${this.#enumTable(resolved)}[${value}] ?? ${value})`;
    }
    if (LONG_TYPES.includes(field.type)) {
      const text = SIGNED_LONG_TYPES.includes(field.type) ? "signedText" : "unsignedText";
      return this.#flavor === "protobufjs" ? `${text}(${value})` : `String(${value})`;
    }
    if (field.type === "bytes") {
      const length = ID_BYTES[field.name];
      return length === undefined ? `base64Text(${value})` : `idText(${value}, ${length})`;
    }
    return field.type === "double" ? `doubleOf(${value})` : value;
  }

  #maker(type: protobuf.Type): string {
    const name = `make${type.fullName.replaceAll(".", "_")}`;
    if (!this.functions.has(name)) {
      const assign = this.assigner(type);
      this.functions.set(
        name,
        `function ${name}(m) {\nconst to = {};\n${assign}(to, m);\nreturn to;\n}`,
      );
    }
    return name;
  }

  /** SPAN_KIND_CLIENT → client: the enum's own name in capitals is the prefix. */
  #enumTable(type: protobuf.Enum): string {
    const name = `names${type.fullName.replaceAll(".", "_")}`;
    const prefix = type.name.replaceAll(/(?!^)([A-Z])/gu, "_$1").toUpperCase();
    const table = Object.values(type.values).map((number) =>
      (type.valuesById[number] ?? "").slice(prefix.length + 1).toLowerCase(),
    );
    this.functions.set(name, `const ${name} = ${JSON.stringify(table)};`);
    return name;
  }
}

function messageIn(type: protobuf.Type, name: string): protobuf.Type {
  const resolved = type.fields[name]?.resolvedType;
  if (!(resolved instanceof protobuf.Type)) {
    throw new Error(`Cannot map ${type.fullName}: ${name} is no message`);
  }
  return resolved;
}
