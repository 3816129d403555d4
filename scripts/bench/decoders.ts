/** The decoders we compare with, each with the mapping from its messages to our events. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import {
  type DescFile,
  type DescMessage,
  createFileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor.js";

import type { Signal } from "../../worker/otlp/signal.ts";
import { PROJECT_ROOT } from "../gateway/wrangler-command.ts";
import { PROTO_DIRECTORY } from "../proto-root.ts";
import { type Flavor, mappingSource } from "./mapping-source.ts";
import { protoRoot, requestType } from "./payloads.ts";

/** What every event of a request carries. */
export interface Frame {
  readonly receivedAtMs: number;
  readonly batchId: string;
}

/** Body → events, one by one. */
export type EventReader = (body: Uint8Array, frame: Frame, emit: (event: object) => void) => void;

/** A decoder and its mapping. */
export interface Decoder {
  readonly name: "protobufjs static" | "protobufjs reflection" | "protobuf-es";
  readonly readers: Readonly<Record<Signal, EventReader>>;
}

type Mapper = (request: unknown, frame: Frame, emit: (event: object) => void) => void;
type Decode = (body: Uint8Array) => unknown;

const CACHE_DIRECTORY = join(PROJECT_ROOT, "node_modules/.cache/bench");
const VALUES_MODULE = pathToFileURL(join(import.meta.dirname, "mapping-values.ts")).href;
/** Dependencies first, as a registry wants its files. */
const PACKAGES = [
  "common.v1",
  "resource.v1",
  "trace.v1",
  "metrics.v1",
  "logs.v1",
  "collector.trace.v1",
  "collector.metrics.v1",
  "collector.logs.v1",
].map((name) => `opentelemetry.proto.${name}`);

/** Generates and loads everything. Takes about two seconds. */
export async function loadDecoders(): Promise<readonly Decoder[]> {
  mkdirSync(CACHE_DIRECTORY, { recursive: true });
  const staticRoot = await loadStaticModule();
  // Two copies, so that neither decoder's mapping sees the other's objects.
  const forStatic = await loadMapping("protobufjs", "static");
  const forReflection = await loadMapping("protobufjs", "reflection");
  const forProtobufEs = await loadMapping("protobuf-es", "es");
  const registry = createFileRegistry(descriptorSet());
  return [
    decoderOf("protobufjs static", forStatic, (signal) => {
      const type = memberAt(staticRoot, requestType(signal).fullName.slice(1).split("."));
      const decode = callableIn(type, "decode");
      return (body) => decode(asBuffer(body));
    }),
    decoderOf("protobufjs reflection", forReflection, (signal) => {
      const type = requestType(signal);
      clearOneofDefaults(type, new Set());
      return (body) => type.decode(asBuffer(body));
    }),
    decoderOf("protobuf-es", forProtobufEs, (signal) => {
      const schema = registry.getMessage(requestType(signal).fullName.slice(1));
      if (schema === undefined) {
        throw new Error(`Cannot find the request of ${signal} in the registry`);
      }
      return decodeEs(schema);
    }),
  ];
}

function decodeEs(schema: DescMessage): Decode {
  // Unknown fields are left out of events: keeping them would be work for nothing.
  return (body) => fromBinary(schema, body, { readUnknownFields: false });
}

function decoderOf(
  name: Decoder["name"],
  mapping: unknown,
  decodeFor: (signal: Signal) => Decode,
): Decoder {
  function reader(signal: Signal): EventReader {
    const decode = decodeFor(signal);
    const map: Mapper = callableIn(mapping, signal);
    return (body, frame, emit) => {
      map(decode(body), frame, emit);
    };
  }
  return {
    name,
    readers: { traces: reader("traces"), logs: reader("logs"), metrics: reader("metrics") },
  };
}

/**
 * Members of oneofs read as null when they are not set, as in generated code, so that the mapping
 * need not ask for own properties, which is slower.
 */
function clearOneofDefaults(type: protobuf.Type, seen: Set<protobuf.Type>): void {
  if (seen.has(type)) {
    return;
  }
  seen.add(type);
  const prototype: unknown = type.setup().ctor.prototype;
  for (const field of type.fieldsArray) {
    if (field.partOf !== null && typeof prototype === "object" && prototype !== null) {
      Reflect.set(prototype, field.name, null);
    }
    if (field.resolvedType instanceof protobuf.Type) {
      clearOneofDefaults(field.resolvedType, seen);
    }
  }
}

/** protobufjs reads strings faster from a Buffer than from a plain Uint8Array. */
function asBuffer(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

async function loadStaticModule(): Promise<unknown> {
  const output = join(CACHE_DIRECTORY, "static.mjs");
  const services = ["trace", "metrics", "logs"].map(
    (name) => `opentelemetry/proto/collector/${name}/v1/${name}_service.proto`,
  );
  const leftOut = ["create", "encode", "verify", "convert", "delimited", "typeurl", "service"];
  execFileSync(
    process.execPath,
    [
      join(PROJECT_ROOT, "node_modules/protobufjs-cli/bin/pbjs"),
      "--target=static-module",
      "--wrap=es6",
      "--keep-case",
      ...leftOut.map((part) => `--no-${part}`),
      `--path=${PROTO_DIRECTORY}`,
      `--out=${output}`,
      ...services,
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  return import(pathToFileURL(output).href);
}

async function loadMapping(flavor: Flavor, name: string): Promise<unknown> {
  const output = join(CACHE_DIRECTORY, `mapping-${name}.mjs`);
  writeFileSync(output, mappingSource(protoRoot, flavor, VALUES_MODULE));
  return import(pathToFileURL(output).href);
}

/** The vendored files as descriptors. protobufjs writes relative names and no imports. */
function descriptorSet(): FileDescriptorSet {
  const bytes = descriptor.FileDescriptorSet.encode(protoRoot.toDescriptor("proto3")).finish();
  const set = fromBinary(FileDescriptorSetSchema, bytes);
  const fileOf = new Map(set.file.map((file) => [file.package, file]));
  set.file = PACKAGES.flatMap((name) => fileOf.get(name) ?? []);
  for (const file of set.file) {
    for (const message of file.messageType) {
      completeTypeNames(message, `${file.package}.${message.name}`);
    }
    file.dependency = set.file
      .slice(0, set.file.indexOf(file))
      .map((earlier: Pick<DescFile, "name">) => earlier.name);
  }
  return set;
}

function completeTypeNames(message: DescriptorProto, fullName: string): void {
  const type = protoRoot.lookupType(fullName);
  for (const field of message.field) {
    field.typeName = type.fields[field.name]?.resolve().resolvedType?.fullName ?? "";
  }
  for (const nested of message.nestedType) {
    completeTypeNames(nested, `${fullName}.${nested.name}`);
  }
}

function memberAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((object, name) => memberOf(object, name), root);
}

function memberOf(object: unknown, name: string): unknown {
  const isObject = (typeof object === "object" && object !== null) || typeof object === "function";
  return isObject ? Reflect.get(object, name) : undefined;
}

function callableIn(object: unknown, name: string): (...values: unknown[]) => unknown {
  const member = memberOf(object, name);
  if (!isCallable(member)) {
    throw new Error(`Cannot call ${name}: the generated module has no such function`);
  }
  return member;
}

function isCallable(value: unknown): value is (...values: unknown[]) => unknown {
  return typeof value === "function";
}
