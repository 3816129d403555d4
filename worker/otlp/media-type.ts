/** Content-Type → codec. */
import type { Codec } from "./codec.ts";
import { jsonCodec } from "./json/codec.ts";
import { protobufCodec } from "./protobuf/codec.ts";

/** Media types a request may have; `application/protobuf` is seen in the wild. */
const CODECS: Readonly<Record<string, Codec>> = {
  "application/x-protobuf": protobufCodec,
  "application/protobuf": protobufCodec,
  "application/json": jsonCodec,
};

/**
 * The codec of a Content-Type, whatever its case and parameters. A header sent twice arrives
 * joined by a comma; its values must agree.
 *
 * @returns undefined when the type is missing, contradictory or not one of OTLP's
 */
export function codecOf(contentType: string | null): Codec | undefined {
  const types = (contentType ?? "")
    .split(",")
    .map((type) => CODECS[(type.split(";")[0] ?? "").trim().toLowerCase()]);
  return types.every((codec) => codec === types[0]) ? types[0] : undefined;
}

/**
 * The codec for answers to a request whose type is unusable: protobuf, which is all that otel-cli,
 * the Collector and the Java SDK decode there.
 */
export const fallbackCodec: Codec = protobufCodec;
