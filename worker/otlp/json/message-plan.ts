/** The tables of otlp/schema.ts as an encoder needs them: fields by their names in JSON, with tags. */
import { type FieldSchema, Kind, type MessageSchema, WireType } from "../schema.ts";
import type { JsonObject } from "./parse.ts";

/** How one field is written. */
export interface FieldPlan {
  readonly schema: FieldSchema;
  /** number × 8 + wire type; lists of scalars are packed */
  readonly tag: number;
  /** how the message of a message field is written; of other fields it has no members */
  readonly message: MessagePlan;
}

/** How the members of a message are written: what frames items is not among them. */
export interface MessagePlan {
  readonly schema: MessageSchema;
  /** by lowerCamelCase and by snake_case name */
  readonly byName: ReadonlyMap<string, FieldPlan>;
  readonly byNumber: readonly (FieldPlan | undefined)[];
}

const built = new Map<MessageSchema, MessagePlan>();

/** The plan of a message; the same one for the same message. */
export function messagePlan(schema: MessageSchema): MessagePlan {
  const known = built.get(schema);
  if (known !== undefined) {
    return known;
  }
  const byName = new Map<string, FieldPlan>();
  const byNumber = Array.from<FieldPlan | undefined>({ length: schema.byNumber.length });
  const plan: MessagePlan = { schema, byName, byNumber };
  built.set(schema, plan);
  for (const field of schema.fields) {
    if (field.kind !== Kind.envelope) {
      const fieldPlan = { schema: field, tag: tagOf(field), message: messagePlan(field.message) };
      byName.set(field.jsonName, fieldPlan);
      byName.set(field.name, fieldPlan);
      byNumber[field.number] = fieldPlan;
    }
  }
  return plan;
}

/** The tag a field is written with: number × 8 + wire type. */
export function tagOf(field: FieldSchema): number {
  return field.number * 8 + (field.packable ? WireType.length : field.wireType);
}

/** A field's value by either of its names; `null` counts as unset. */
export function memberOf(object: JsonObject, field: FieldSchema): unknown {
  const value = object[field.jsonName] ?? object[field.name];
  return value === null ? undefined : value;
}
