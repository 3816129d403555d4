/** A decoded request as OTLP/JSON text: ProtoJSON, but ids in hex and enums as integers. */
import protobuf from "protobufjs";

const ID_FIELD = /_id$/;

/** The text a JSON exporter would send for a message that protobufjs decoded. */
export function jsonTextOf(
  type: protobuf.Type,
  message: Readonly<Record<string, unknown>>,
): string {
  return JSON.stringify(jsonOf(type, message));
}

function jsonOf(type: protobuf.Type, message: unknown): unknown {
  const members: [name: string, value: unknown][] = [];
  const values = new Map(
    typeof message === "object" && message !== null ? Object.entries(message) : [],
  );
  for (const field of type.fieldsArray) {
    const value: unknown = values.get(field.name);
    if (Array.isArray(value)) {
      if (value.length > 0) {
        members.push([jsonName(field), value.map((one: unknown) => valueOf(field, one))]);
      }
    } else if (value !== undefined) {
      members.push([jsonName(field), valueOf(field, value)]);
    }
  }
  return Object.fromEntries(members);
}

function valueOf(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType instanceof protobuf.Type) {
    return jsonOf(field.resolvedType, value);
  }
  return value instanceof Uint8Array
    ? Buffer.from(value).toString(ID_FIELD.test(field.name) ? "hex" : "base64")
    : value;
}

/** The ProtoJSON name of a field: start_time_unix_nano → startTimeUnixNano. */
export function jsonName(field: protobuf.Field): string {
  return camelCase(field.name);
}

/** start_time_unix_nano → startTimeUnixNano. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/gu, (_, letter: string) => letter.toUpperCase());
}
