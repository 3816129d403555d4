/**
 * Schema Objects of OpenAPI 3.1 (JSON Schema 2020-12), as far as the document needs them, and small
 * builders for them. The types know every keyword, so that a misspelt one does not compile.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#schema-object
 */

/** The types of JSON. */
export type JsonType = "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

/** A schema. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly description?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly (string | null)[];
  readonly const?: string | number;
  readonly default?: string | number;
  readonly examples?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** A member that may be missing. */
export class Optional {
  readonly schema: Schema;

  constructor(schema: Schema) {
    this.schema = schema;
  }
}

/**
 * The schema of each member of `T`: the compiler sees to it that none is forgotten or made up, and
 * that exactly those are optional that are in `T`.
 */
export type Members<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K> ? Optional : Schema;
};

/** Text. */
export function text(description?: string, more: Schema = {}): Schema {
  return { type: "string", ...(description !== undefined && { description }), ...more };
}

/** A whole number from 0. */
export function count(description?: string, more: Schema = {}): Schema {
  return {
    type: "integer",
    minimum: 0,
    ...(description !== undefined && { description }),
    ...more,
  };
}

/** A number. */
export function number(description: string): Schema {
  return { type: "number", description };
}

/** True or false. */
export function flag(description: string): Schema {
  return { type: "boolean", description };
}

/** Any number of the same. */
export function list(items: Schema, description?: string): Schema {
  return { type: "array", items, ...(description !== undefined && { description }) };
}

/** A value of a few: the keys of a record, which the compiler knows to be all of them. */
export function oneOf<T extends string>(values: Readonly<Record<T, unknown>>): Schema {
  return { type: "string", enum: Object.keys(values) };
}

/** The same, or null. */
export function orNull(schema: Schema): Schema {
  return {
    ...schema,
    type: ["string", "null"],
    ...(schema.enum !== undefined && { enum: [...schema.enum, null] }),
  };
}

/** A member that may be missing. */
export function optional(schema: Schema): Optional {
  return new Optional(schema);
}

/** An object with exactly these members. */
export function object<T>(members: Members<T>, more: Schema = {}): Schema {
  const entries = Object.entries<Optional | Schema>(members);
  return {
    type: "object",
    properties: Object.fromEntries(
      entries.map(([name, member]) => [name, member instanceof Optional ? member.schema : member]),
    ),
    required: entries.flatMap(([name, member]) => (member instanceof Optional ? [] : [name])),
    additionalProperties: false,
    ...more,
  };
}

/** A schema of the document's components. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** Lower-case hex of so many characters. */
export function hex(digits: number): Schema {
  return { type: "string", pattern: `^[0-9a-f]{${digits}}$` };
}
