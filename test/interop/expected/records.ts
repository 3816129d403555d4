/** The seven log records of the programs as the query endpoint must return them. */
import { REMOTE, at, expectedOrigin } from "./origin.ts";
import type { ClientTraits, EventData } from "./traits.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal4"] as const;

/**
 * The `data` of every log event of one run, oldest first.
 *
 * @param structuredBody the body of the last record
 */
export function expectedRecords(
  traits: ClientTraits,
  runId: string,
  structuredBody: EventData,
): readonly EventData[] {
  const origin = expectedOrigin(traits, runId, "records");
  const plain = LEVELS.map((severity, index) => ({
    ...origin,
    time_unix_nano: at(index),
    observed_time_unix_nano: at(index, 1000),
    severity_number: severity,
    severity_text: severity.toUpperCase(),
    level: severity.replace(/\d$/, ""),
    body: `level ${severity.toUpperCase()}`,
    attributes: { index },
  }));

  return [
    ...plain,
    {
      ...origin,
      time_unix_nano: at(100),
      observed_time_unix_nano: at(100, 1000),
      severity_number: "info2",
      severity_text: "INFO2",
      level: "info",
      event_name: "session.finished",
      body: structuredBody,
      attributes: { payload: { bytes_value: "3q2+7w==" }, "session.id": "s-0001" },
      trace_id: REMOTE.trace_id,
      span_id: REMOTE.span_id,
      flags: 1,
    },
  ];
}

/** The structured body of the clients that have 64-bit integers. */
export const TYPED_BODY: EventData = {
  message: "done",
  tokens: { int_value: "9007199254740993" },
  ratio: { double_value: 2 },
  steps: ["plan", { ok: true }],
};

/** The structured body of the JavaScript client. */
export const JAVASCRIPT_BODY: EventData = {
  message: "done",
  ratio: 2.5,
  steps: ["plan", { ok: true }],
};
