/** JSON values as text in one form, to compare them exactly and read the difference. */

/** Text with sorted members; tells -0 from 0. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((element) => canonical(element)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
    return `{${members.join(",")}}`;
  }
  return Object.is(value, -0) ? "-0" : JSON.stringify(value);
}

/** A list of events, each as text. */
export function canonicalAll(events: readonly unknown[]): readonly string[] {
  return events.map((event) => canonical(event));
}
