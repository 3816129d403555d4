/** Members of an event that OTLP does not have as fields. */
import type { JsonWriter } from "./json-writer.ts";
import { LEVELS, type Level } from "./level.ts";

const encoder = new TextEncoder();
const LEVEL_MEMBERS = new Map(
  LEVELS.map((level) => [level, encoder.encode(`,"level":"${level}"`)]),
);
const NOTHING = new Uint8Array(0);

/** `level` of a log record, from its severity. */
export function writeLevel(out: JsonWriter, level: Level): void {
  out.writeBytes(LEVEL_MEMBERS.get(level) ?? NOTHING);
}

/** `type` of a metric: the name of its data field. */
export function writeMetricType(head: JsonWriter, dataField: string): void {
  head.writeAscii(`,"type":"${dataField}"`);
}
