/** How the clients differ, though their programs send the same telemetry. */

/** An event's `data`, or a part of it. */
export type EventData = Readonly<Record<string, unknown>>;

/** One client of test/interop, as a receiver can tell it from the others. */
export interface ClientTraits {
  /** `telemetry.sdk.language` */
  readonly language: "go" | "python" | "nodejs";
  /** Signals whose scope carries attributes. */
  readonly scopeAttributes: readonly ("spans" | "points" | "records")[];
  /** Span flags: has-is-remote 0x100, is-remote 0x200, and the trace flags below them. */
  readonly flags: { readonly local: number; readonly remote: number };
  /** Attributes of the exception event of `tool.execute`. */
  readonly exception: EventData;
  /** Whether links carry a trace state. */
  readonly linkTraceState: boolean;
}

const MESSAGE = "exit status 1: no such file";

export const GO: ClientTraits = {
  language: "go",
  scopeAttributes: ["spans", "points", "records"],
  flags: { local: 0x101, remote: 0x301 },
  exception: { "exception.type": "*errors.errorString", "exception.message": MESSAGE },
  linkTraceState: false,
};

export const PYTHON: ClientTraits = {
  language: "python",
  scopeAttributes: ["spans", "points", "records"],
  // This SDK leaves the sampled bit out.
  flags: { local: 0x100, remote: 0x300 },
  exception: {
    "exception.type": "RuntimeError",
    "exception.message": MESSAGE,
    "exception.stacktrace": "Traceback: fixed",
    "exception.escaped": "False",
  },
  linkTraceState: false,
};

export const JAVASCRIPT: ClientTraits = {
  language: "nodejs",
  // The API takes attributes of a scope for loggers only.
  scopeAttributes: ["records"],
  flags: { local: 0x101, remote: 0x301 },
  exception: {
    "exception.type": "RuntimeError",
    "exception.message": MESSAGE,
    "exception.stacktrace": "Traceback: fixed",
  },
  linkTraceState: true,
};
