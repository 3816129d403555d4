/** Looking into values that came from JSON. */

/** A member of a JSON object; undefined when the value is none, or has no such member of its own. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
