/** What the JavaScript client is asked to do, and what it tells about it. */

/** How one run of the JavaScript client sends. */
export interface JsRun {
  /** Base URL of the receiver, without /v1/{signal}. */
  readonly endpoint: string;
  /** Bearer token. */
  readonly token: string;
  readonly encoding: "protobuf" | "json";
  readonly compression: "none" | "gzip";
  /** Tells the runs at one receiver apart. */
  readonly runId: string;
}

/** How one export ended, as the SDK saw it. */
export interface ExportOutcome {
  readonly signal: "traces" | "metrics" | "logs";
  /** ExportResultCode: 0 is success. */
  readonly code: number;
  readonly error: string | undefined;
}

/** A URL of one signal below the endpoint. */
export function signalUrl(run: JsRun, signal: string): string {
  return `${run.endpoint}/v1/${signal}`;
}
