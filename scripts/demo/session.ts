/** One believable session of an AI agent: a question, two model calls, two tools, an answer. */
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SeverityNumber,
  type Span,
  SpanKind,
  SpanStatusCode,
  ValueType,
  trace,
} from "@opentelemetry/api";

import { TOOL_LATENCY, type Telemetry } from "./telemetry.ts";

/** An event that the session must have left in the gateway. */
export interface ExpectedEvent {
  readonly signal: "traces" | "metrics" | "logs";
  /** Name of the span or metric, body of the log record. */
  readonly name: string;
}

/** What a session was and what it sent. */
export interface PlayedSession {
  /** Lower-case hex; of all spans and log records. */
  readonly traceId: string;
  /** One per span, log record and data point, so names repeat. */
  readonly expected: readonly ExpectedEvent[];
}

/** One step of the session. Offsets are milliseconds from its start. */
interface Step {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly parent: Context;
}

interface LogLine {
  readonly atMs: number;
  readonly level: "DEBUG" | "INFO" | "WARN" | "ERROR";
  readonly body: string;
  readonly context: Context;
  readonly attributes?: Attributes;
  readonly exception?: Error;
}

/** How long the session takes, so that it can be placed to have just ended. */
export const SESSION_DURATION_MS = 6_400;

/**
 * Plays a session with explicit times, without waiting for them to pass.
 *
 * @param telemetry where it is recorded; not shut down
 * @param sessionId `session.id` of every span
 * @param startEpochMs when it began
 */
export function playSession(
  telemetry: Telemetry,
  sessionId: string,
  startEpochMs: number,
): PlayedSession {
  const player = new SessionPlayer(telemetry, sessionId, startEpochMs);
  player.play();

  return { traceId: player.traceId, expected: player.expected };
}

class SessionPlayer {
  readonly expected: ExpectedEvent[] = [];
  traceId = "";

  readonly #telemetry: Telemetry;
  readonly #sessionId: string;
  readonly #startEpochMs: number;

  constructor(telemetry: Telemetry, sessionId: string, startEpochMs: number) {
    this.#telemetry = telemetry;
    this.#sessionId = sessionId;
    this.#startEpochMs = startEpochMs;
  }

  play(): void {
    const chat = this.#start({
      name: "session.chat",
      kind: SpanKind.SERVER,
      startMs: 0,
      endMs: SESSION_DURATION_MS,
      attributes: { "channel.type": "telegram" },
      parent: ROOT_CONTEXT,
    });
    this.traceId = chat.spanContext().traceId;
    const inChat = trace.setSpan(ROOT_CONTEXT, chat);

    this.#log({ atMs: 2, level: "INFO", body: "Session started", context: inChat });
    this.#askModel(inChat, { startMs: 40, endMs: 1_890, inputTokens: 1_812, outputTokens: 146 });
    this.#readFile(inChat);
    this.#searchIssues(inChat);
    this.#askModel(inChat, { startMs: 4_450, endMs: 6_110, inputTokens: 2_604, outputTokens: 388 });
    this.#sendAnswer(inChat);

    chat.setStatus({ code: SpanStatusCode.OK });
    chat.end(this.#at(SESSION_DURATION_MS));
    this.#countEverything();
  }

  #askModel(
    parent: Context,
    call: { startMs: number; endMs: number; inputTokens: number; outputTokens: number },
  ): void {
    const { startMs, endMs, inputTokens, outputTokens } = call;
    const span = this.#start({
      name: "llm.request",
      kind: SpanKind.CLIENT,
      startMs,
      endMs,
      attributes: {
        "llm.provider": "anthropic",
        "llm.model": "claude-sonnet-4",
        "llm.tokens.input": inputTokens,
        "llm.tokens.output": outputTokens,
        "llm.tokens.total": inputTokens + outputTokens,
        "cost.amount": (inputTokens * 3 + outputTokens * 15) / 1_000_000,
        "cost.currency": "USD",
      },
      parent,
    });
    span.addEvent("llm.first_token", { "llm.stream": true }, this.#at(startMs + 420));
    const context = trace.setSpan(parent, span);
    this.#log({
      atMs: startMs + 1,
      level: "DEBUG",
      body: "Prompt assembled",
      context,
      attributes: { "prompt.messages": 7, "prompt.tools": ["read_file", "search_issues"] },
    });
    span.setStatus({ code: SpanStatusCode.OK });
    span.end(this.#at(endMs));
  }

  #readFile(parent: Context): void {
    const span = this.#start({
      name: "tool.execute",
      kind: SpanKind.INTERNAL,
      startMs: 1_900,
      endMs: 1_938,
      attributes: { "tool.name": "read_file", "tool.arg.path": "README.md" },
      parent,
    });
    span.setStatus({ code: SpanStatusCode.OK });
    span.end(this.#at(1_938));
  }

  /** The step that goes wrong: an MCP server does not answer in time. */
  #searchIssues(parent: Context): void {
    const tool = this.#start({
      name: "tool.execute",
      kind: SpanKind.INTERNAL,
      startMs: 1_945,
      endMs: 4_440,
      attributes: { "tool.name": "search_issues", "tool.arg.query": "is:open label:bug" },
      parent,
    });
    const inTool = trace.setSpan(parent, tool);
    const call = this.#start({
      name: "mcp.call",
      kind: SpanKind.CLIENT,
      startMs: 1_950,
      endMs: 4_432,
      attributes: { "mcp.server": "github", "mcp.tool": "search_issues" },
      parent: inTool,
    });
    const inCall = trace.setSpan(inTool, call);
    const failure = createFailure();

    this.#log({
      atMs: 3_200,
      level: "WARN",
      body: "MCP server answers slowly",
      context: inCall,
      attributes: { "mcp.server": "github", elapsed_ms: 1_250 },
    });
    call.recordException(failure, this.#at(4_430));
    call.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
    this.#log({
      atMs: 4_431,
      level: "ERROR",
      body: "Tool call failed",
      context: inCall,
      attributes: { "tool.name": "search_issues" },
      exception: failure,
    });
    call.end(this.#at(4_432));
    tool.setStatus({ code: SpanStatusCode.ERROR, message: "search_issues failed" });
    tool.end(this.#at(4_440));
  }

  #sendAnswer(parent: Context): void {
    const span = this.#start({
      name: "channel.send",
      kind: SpanKind.PRODUCER,
      startMs: 6_120,
      endMs: 6_380,
      attributes: { "channel.type": "telegram", "channel.id": "chat-42", "message.length": 1_204 },
      parent,
    });
    span.setStatus({ code: SpanStatusCode.OK });
    span.end(this.#at(6_380));
    this.#log({ atMs: 6_390, level: "INFO", body: "Answer sent", context: parent });
  }

  #countEverything(): void {
    const { meter } = this.#telemetry;
    const count = { valueType: ValueType.INT };

    const requests = meter.createCounter("pryx.requests", {
      ...count,
      description: "Total request count",
    });
    requests.add(1, { name: "session.chat" });
    requests.add(2, { name: "llm.request" });
    this.#expectPoints("pryx.requests", 2);

    meter
      .createCounter("pryx.errors", { ...count, description: "Total error count" })
      .add(1, { name: "mcp.call" });
    this.#expectPoints("pryx.errors", 1);

    meter
      .createCounter("pryx.provider.usage", { ...count, description: "Provider usage count" })
      .add(2, { provider: "anthropic" });
    this.#expectPoints("pryx.provider.usage", 1);

    const latency = meter.createHistogram("pryx.latency_ms", {
      description: "Request latency in ms",
      unit: "ms",
    });
    latency.record(1_850, { name: "llm.request" });
    latency.record(1_660, { name: "llm.request" });
    latency.record(SESSION_DURATION_MS, { name: "session.chat" });
    this.#expectPoints("pryx.latency_ms", 2);

    const toolLatency = meter.createHistogram(TOOL_LATENCY, {
      description: "Tool latency in ms",
      unit: "ms",
    });
    for (const milliseconds of [38, 41.5, 2_482, 2_495]) {
      toolLatency.record(milliseconds);
    }
    this.#expectPoints(TOOL_LATENCY, 1);
  }

  #start({ name, kind, startMs, endMs, attributes, parent }: Step): Span {
    this.expected.push({ signal: "traces", name });

    return this.#telemetry.tracer.startSpan(
      name,
      {
        kind,
        startTime: this.#at(startMs),
        attributes: { "session.id": this.#sessionId, duration_ms: endMs - startMs, ...attributes },
      },
      parent,
    );
  }

  #log({ atMs, level, body, context, attributes, exception }: LogLine): void {
    this.expected.push({ signal: "logs", name: body });
    this.#telemetry.logger.emit({
      timestamp: this.#at(atMs),
      observedTimestamp: this.#at(atMs + 1),
      severityNumber: SeverityNumber[level],
      severityText: level,
      body,
      context,
      attributes: { "session.id": this.#sessionId, ...attributes },
      exception,
    });
  }

  #expectPoints(name: string, count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.expected.push({ signal: "metrics", name });
    }
  }

  #at(offsetMs: number): Date {
    return new Date(this.#startEpochMs + offsetMs);
  }
}

/** The stack of an error made here would show the demo's files, not the runtime's. */
function createFailure(): Error {
  const failure = new Error("context deadline exceeded after 2.5s");
  failure.name = "McpTimeoutError";
  failure.stack = [
    `${failure.name}: ${failure.message}`,
    "    at McpClient.call (mcp/client.ts:118:13)",
    "    at ToolRunner.execute (agent/tools.ts:64:20)",
  ].join("\n");

  return failure;
}
