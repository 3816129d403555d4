/** One structured line per thing worth knowing; never tokens, never payloads. */

/** What a log line may hold besides its event name. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Writes one line. */
export type Log = (level: "info" | "warn" | "error", event: string, fields: LogFields) => void;
