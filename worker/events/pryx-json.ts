/**
 * The JSON that the Pryx runtime posts to the OTLP paths without being OTLP:
 *
 *     {"service":"pryx-runtime","logs":[{"timestamp":…,"level":…,"message":…,"fields":{…}}]}
 *
 * and likewise "spans" and "metrics". OTLP ignores members it does not know, so read as OTLP it is
 * an empty request, and its data would be acknowledged and lost. It becomes native events instead.
 */

/** Its lists, and what their entries are called as events. */
const LISTS = [
  ["logs", "pryx.log"],
  ["spans", "pryx.span"],
  ["metrics", "pryx.metric"],
] as const;

/**
 * The native events of such a body: each entry as it was sent under `data`, the service beside it.
 *
 * @param value the body as parsed JSON
 * @returns undefined when the body is something else; an entry that is no object stands for itself
 */
export function pryxEvents(value: unknown): readonly unknown[] | undefined {
  const members: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null ? { ...value } : {};
  const { service } = members;
  const lists = LISTS.filter(([name]) => Array.isArray(members[name]));
  if (typeof service !== "string" || lists.length === 0) {
    return undefined;
  }
  return lists.flatMap(([name, eventType]) => {
    const list: unknown = members[name];
    return Array.isArray(list) ? list.map((entry) => eventOf(entry, eventType, service)) : [];
  });
}

function eventOf(entry: unknown, eventType: string, service: string): unknown {
  return typeof entry === "object" && entry !== null && !Array.isArray(entry)
    ? { event_type: eventType, data: entry, service }
    : entry;
}
