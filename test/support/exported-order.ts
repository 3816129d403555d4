/** The order in which an export puts events: those with one resource, scope and metric together. */
import { canonical } from "./canonical.ts";

type Data = Readonly<Record<string, unknown>>;

/** What tells one metric from another; the rest of the event is the data point. */
const METRIC_MEMBERS = [
  "name",
  "description",
  "unit",
  "metadata",
  "type",
  "aggregation_temporality",
  "is_monotonic",
];

/** What events have in common that stand in one list, from the outermost list to the innermost. */
const LEVELS: readonly ((data: Data) => unknown)[] = [
  (data) => data["resource"],
  (data) => data["scope"],
  (data) =>
    data["type"] === undefined ? undefined : METRIC_MEMBERS.map((name) => data[name] ?? null),
];

/**
 * Parses stored lines and brings alike events together, in the order of the first of each.
 *
 * @throws Error when a line is no event with data
 */
export function groupedEvents(lines: readonly string[]): readonly unknown[] {
  return group(
    lines.map((line): unknown => JSON.parse(line)),
    LEVELS,
  );
}

function group(events: readonly unknown[], levels: typeof LEVELS): readonly unknown[] {
  const [level, ...inner] = levels;
  if (level === undefined) {
    return events;
  }
  const groups = Map.groupBy(events, (event) => canonical(level(dataOf(event)) ?? null));
  return [...groups.values()].flatMap((members) => group(members, inner));
}

function dataOf(event: unknown): Data {
  if (isRecord(event) && isRecord(event["data"])) {
    return event["data"];
  }
  throw new Error(`no event with data: ${JSON.stringify(event)}`);
}

function isRecord(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
