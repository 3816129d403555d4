/** The log of the deployed Worker. */
import type { Log } from "./core/log.ts";

/** Writes one line of JSON to the platform's log. */
export const consoleLog: Log = (level, event, fields) => {
  // oxlint-disable-next-line no-console -- the one place that writes logs
  console[level](JSON.stringify({ level, event, ...fields }));
};
