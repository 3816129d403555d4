/**
 * Renders long command line flags.
 *
 * @param values by name, without the dashes
 * @returns `["--name", "value", …]` in the given order
 */
export function toFlags(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}
