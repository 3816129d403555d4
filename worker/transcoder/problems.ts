/** Numbers that the transcoder gives back → words. The numbers are those of assembly/wire.ts and host.ts. */
import { MISSING_ID, idProblem } from "../events/span-ids.ts";
import { Warning } from "../otlp/notes.ts";
import type { MessageSchema } from "../otlp/schema.ts";

/** What a problem is about, where that is known. */
export interface ProblemSubject {
  readonly message: MessageSchema | undefined;
  readonly number: number;
  readonly wireType: number;
}

const TEXTS: readonly string[] = [
  "",
  "a field reaches beyond the end of its message",
  "field number 0 is not allowed",
  "the bytes end inside a varint",
  "a varint is longer than 10 bytes",
  "the bytes end inside a 32-bit value",
  "the bytes end inside a 64-bit value",
  "a length reaches beyond the end of its message",
  "a group ends that never began",
  "",
  "a group does not end",
  "groups nest deeper than 100",
  "a group ends with another number than it began with",
  "",
  "fields of nested messages are out of order too often",
  "the keys of an attribute list were made to collide",
  "it gives more events than can be stored at once",
  "a list has more than 1,048,576 attributes",
];
const WIRE_TYPE_UNKNOWN = 9;
const WIRE_TYPE_MISMATCH = 13;

/** Why bytes do not decode. */
export function problemText(
  problem: number,
  { message, number, wireType }: ProblemSubject,
): string {
  if (problem === WIRE_TYPE_UNKNOWN) {
    return `wire type ${wireType} does not exist`;
  }
  if (problem === WIRE_TYPE_MISMATCH) {
    const name = message?.byNumber[number]?.name ?? "";
    return `field "${name}" of ${message?.name ?? ""} has wire type ${wireType}`;
  }
  return TEXTS[problem] ?? "";
}

/** What is warned about, by number. */
export const WARNINGS: readonly Warning[] = [
  Warning.depth,
  Warning.strindex,
  Warning.badId,
  Warning.missingId,
];

const TOO_LONG = 0;
const BAD_IDS = 1;

/**
 * Why an item is rejected.
 *
 * @param idBytes lengths of trace id, span id and parent span id, for bad ones
 */
export function rejectionText(
  reason: number,
  [traceIdBytes = 0, spanIdBytes = 0, parentSpanIdBytes = 0]: readonly number[],
): string {
  switch (reason) {
    case TOO_LONG:
      return "event longer than 24 MiB as JSON; send less data in one item";
    case BAD_IDS:
      return idProblem(traceIdBytes, spanIdBytes, parentSpanIdBytes);
    default:
      return MISSING_ID;
  }
}
