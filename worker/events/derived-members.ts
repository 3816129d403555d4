/** Members of an event that OTLP does not have as fields. */
import { literal } from "../core/bytes.ts";
import type { JsonWriter } from "./json-writer.ts";
import { LEVELS, type Level } from "./level.ts";

const LEVEL_MEMBERS = new Map(LEVELS.map((level) => [level, literal(`,"level":"${level}"`)]));
const NOTHING = literal("");

/** `level` of a log record, from its severity. */
export function writeLevel(out: JsonWriter, level: Level): void {
  out.writeLiteral(LEVEL_MEMBERS.get(level) ?? NOTHING);
}

/** `type` of a metric: the name of its data field. */
export function writeMetricType(head: JsonWriter, dataField: string): void {
  head.writeAscii(`,"type":"${dataField}"`);
}
