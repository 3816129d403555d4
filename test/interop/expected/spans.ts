/** The five spans of the programs as the query endpoint must return them. */
import { REMOTE, at, expectedOrigin } from "./origin.ts";
import type { ClientTraits, EventData } from "./traits.ts";

/** The ids of one span, as the client reported them. */
export interface SpanRef {
  readonly trace_id: string;
  readonly span_id: string;
}

/** Ids by span name. */
export type SpanRefs = Readonly<Record<string, SpanRef>>;

/** What is known about one run before its events are read. */
export interface RunFacts {
  readonly runId: string;
  readonly spans: SpanRefs;
  /** Attributes of `session.turn`. */
  readonly attributes: EventData;
}

const ERROR_MESSAGE = "exit status 1: no such file";

/** The `data` of every span event of one run, in the order of the span names. */
export function expectedSpans(traits: ClientTraits, run: RunFacts): readonly EventData[] {
  const origin = expectedOrigin(traits, run.runId, "spans");
  const local = { ...origin, flags: traits.flags.local };

  return [
    {
      ...origin,
      ...refOf(run, "channel.receive"),
      name: "channel.receive",
      parent_span_id: REMOTE.span_id,
      trace_state: REMOTE.trace_state,
      flags: traits.flags.remote,
      kind: "consumer",
      start_time_unix_nano: at(10),
      end_time_unix_nano: at(11),
      attributes: { "channel.type": "telegram", "channel.id": "42" },
    },
    {
      ...local,
      ...refOf(run, "llm.request"),
      name: "llm.request",
      parent_span_id: refOf(run, "session.turn").span_id,
      kind: "client",
      start_time_unix_nano: at(2),
      end_time_unix_nano: at(8),
      attributes: {
        "llm.provider": "openai",
        "llm.model": "gpt-4o",
        "llm.tokens.input": 1200,
        "llm.tokens.output": 345,
        "llm.tokens.total": 1545,
        "cost.amount": 0.0123,
        "cost.currency": "USD",
      },
      status: { code: "ok" },
    },
    {
      ...local,
      ...refOf(run, "mcp.call"),
      name: "mcp.call",
      parent_span_id: refOf(run, "tool.execute").span_id,
      kind: "client",
      start_time_unix_nano: at(4),
      end_time_unix_nano: at(6),
      attributes: { "mcp.server": "filesystem", "mcp.tool": "read_file" },
    },
    {
      ...local,
      ...refOf(run, "session.turn"),
      name: "session.turn",
      kind: "server",
      start_time_unix_nano: at(0),
      end_time_unix_nano: at(9),
      attributes: run.attributes,
      events: [
        {
          time_unix_nano: at(1),
          name: "prompt.received",
          attributes: { "prompt.length": 128, "prompt.cached": false },
        },
      ],
      links: [
        {
          trace_id: REMOTE.trace_id,
          span_id: REMOTE.span_id,
          ...(traits.linkTraceState ? { trace_state: REMOTE.trace_state } : {}),
          flags: traits.flags.remote,
          attributes: { "link.reason": "resumed" },
        },
      ],
    },
    {
      ...local,
      ...refOf(run, "tool.execute"),
      name: "tool.execute",
      parent_span_id: refOf(run, "llm.request").span_id,
      kind: "internal",
      start_time_unix_nano: at(3),
      end_time_unix_nano: at(7),
      attributes: { "tool.name": "shell" },
      events: [{ time_unix_nano: at(5), name: "exception", attributes: traits.exception }],
      status: { code: "error", message: ERROR_MESSAGE },
    },
  ];
}

function refOf(run: RunFacts, name: string): SpanRef {
  const ref = run.spans[name];
  if (ref === undefined) {
    throw new Error(`Cannot expect span "${name}": the client did not report it`);
  }

  return ref;
}
