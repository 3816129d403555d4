/** The cast of the synthetic week: who sends, and what it is called. */

/** A program that sends telemetry, and what its spans and log records are called. */
export interface Service {
  readonly name: string;
  readonly operations: readonly string[];
  readonly messages: readonly string[];
}

/** The services. */
export const SERVICES: readonly Service[] = [
  service("pryx-runtime", ["agent.turn", "agent.plan", "session.open"], ["turn", "plan ready"]),
  service("pryx-tui", ["render", "command", "input"], ["key binding", "pane resized"]),
  service("llm-proxy", ["llm.complete", "llm.embed"], ["request sent", "tokens counted"]),
  service("tool-runner", ["tool.shell", "tool.http", "tool.edit"], ["tool started", "tool done"]),
  service("memory-store", ["memory.read", "memory.write"], ["compacted", "snapshot written"]),
  service("channel-telegram", ["message.receive", "message.send"], ["update received", "sent"]),
  service("scheduler", ["job.run", "job.plan"], ["job due", "job skipped"]),
  service("auth", ["token.issue", "token.check"], ["token issued", "token refreshed"]),
  service("mesh", ["peer.sync", "peer.hello"], ["peer joined", "peer left"]),
  service("search", ["index.query", "index.update"], ["index opened", "segment merged"]),
  service("billing", ["invoice.create", "usage.sum"], ["usage recorded", "invoice sent"]),
  service("edge", ["GET /", "POST /v1/chat", "GET /health"], ["request", "connection closed"]),
];

/** Metrics that every service reports. */
export const METRICS: readonly { readonly name: string; readonly unit: string }[] = [
  { name: "process.memory.usage", unit: "By" },
  { name: "process.cpu.time", unit: "s" },
  { name: "http.server.active_requests", unit: "{request}" },
  { name: "queue.depth", unit: "{item}" },
  { name: "llm.tokens", unit: "{token}" },
];

/** What goes wrong: type and message of an exception. */
export const ERRORS: readonly { readonly type: string; readonly message: string }[] = [
  { type: "net.Timeout", message: "deadline exceeded after 30s" },
  { type: "net.ConnectionRefused", message: "connect: connection refused" },
  { type: "llm.RateLimited", message: "429 from provider" },
  { type: "tool.ExitStatus", message: "exit status 1" },
];

/** Types of native events. */
export const EVENT_TYPES: readonly string[] = ["tool_call", "session_start", "feedback", "crash"];

function service(
  name: string,
  operations: readonly string[],
  messages: readonly string[],
): Service {
  return { name, operations, messages };
}
