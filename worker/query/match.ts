/** Filters against one event. */
import { LEVELS, type Level, levelOfText } from "../events/level.ts";
import type { Filters } from "./query.ts";

/** Whether any event passes, so that none need be parsed. */
export function matchesAll(filters: Filters): boolean {
  return (
    filters.eventTypes.length === 0 &&
    filters.services.length === 0 &&
    filters.names.length === 0 &&
    filters.traceIds.length === 0 &&
    filters.level === undefined &&
    filters.batchIds.length === 0
  );
}

/**
 * Whether an event passes.
 *
 * @param line the event's JSON text
 */
export function matches(line: string, filters: Filters): boolean {
  // A trace id is plain hex, so it stands in the text as it is: most lines need no parsing.
  if (filters.traceIds.length > 0 && !filters.traceIds.some((id) => line.includes(id))) {
    return false;
  }
  const event: unknown = JSON.parse(line);
  const data = memberOf(event, "data");
  return (
    isOneOf(filters.eventTypes, memberOf(event, "event_type")) &&
    isOneOf(filters.batchIds, memberOf(event, "batch_id")) &&
    isOneOf(filters.services, serviceOf(event, data)) &&
    isOneOf(filters.names, nameOf(event, data)) &&
    isOneOf(filters.traceIds, memberOf(data, "trace_id") ?? memberOf(event, "trace_id")) &&
    isAtLeast(filters.level, memberOf(data, "level") ?? memberOf(event, "level"))
  );
}

/** The service of an OTLP event is its resource's service.name; native events name it themselves. */
function serviceOf(event: unknown, data: unknown): unknown {
  const attributes = memberOf(memberOf(data, "resource"), "attributes");
  return (
    memberOf(attributes, "service.name") ?? memberOf(data, "service") ?? memberOf(event, "service")
  );
}

/** Spans and metrics have a name, log records may have an event_name. */
function nameOf(event: unknown, data: unknown): unknown {
  return memberOf(data, "name") ?? memberOf(data, "event_name") ?? memberOf(event, "name");
}

function isOneOf(wanted: readonly string[], value: unknown): boolean {
  return wanted.length === 0 || (typeof value === "string" && wanted.includes(value));
}

function isAtLeast(wanted: Level | undefined, value: unknown): boolean {
  if (wanted === undefined) {
    return true;
  }
  const level = typeof value === "string" ? levelOfText(value) : undefined;
  return level !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
