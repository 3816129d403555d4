/** Stored lines read back, and members looked up in them. */
import { type JsonObject, isJsonObject } from "../../otlp/json/parse.ts";

/**
 * Parses one line of a segment.
 *
 * @returns undefined for a line that is damaged: not the text of a JSON object
 */
export function parseEvent(line: string): JsonObject | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return isJsonObject(event) ? event : undefined;
  } catch {
    return undefined;
  }
}
