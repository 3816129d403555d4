/** The log of the deployed Worker. */
import type { LogFields } from "./core/log.ts";

/** Writes one line of JSON to the platform's log. */
export function consoleLog(
  level: "info" | "warn" | "error",
  event: string,
  fields: LogFields,
): void {
  console[level](JSON.stringify({ level, event, ...fields }));
}
