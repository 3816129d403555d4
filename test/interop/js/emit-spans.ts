import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

import { createSpanExporter } from "./exporters.ts";
import { REMOTE, SCHEMA_URL, SCOPE_NAME, SCOPE_VERSION, at, createResource } from "./identity.ts";
import type { ExportOutcome, JsRun } from "./options.ts";
import { shutDown } from "./shut-down.ts";

/** The ids of one span, lower-case hex. */
export interface SpanRef {
  readonly trace_id: string;
  readonly span_id: string;
}

/**
 * Sends one trace of four nested spans and one span whose parent is remote.
 *
 * @returns the ids by span name, once the exporter has answered
 */
export async function emitSpans(
  run: JsRun,
  outcomes: ExportOutcome[],
): Promise<Record<string, SpanRef>> {
  const provider = new TracerProvider({
    resource: createResource(run),
    spanProcessors: [new BatchSpanProcessor({ exporter: createSpanExporter(run, outcomes) })],
  });
  const tracer = provider.getTracer(SCOPE_NAME, SCOPE_VERSION, { schemaUrl: SCHEMA_URL });

  const turn = tracer.startSpan(
    "session.turn",
    {
      startTime: at(0),
      kind: SpanKind.SERVER,
      attributes: everyAttribute(),
      links: [{ context: REMOTE, attributes: { "link.reason": "resumed" } }],
    },
    ROOT_CONTEXT,
  );
  turn.addEvent("prompt.received", { "prompt.length": 128, "prompt.cached": false }, at(1));

  const llm = tracer.startSpan(
    "llm.request",
    {
      startTime: at(2),
      kind: SpanKind.CLIENT,
      attributes: {
        "llm.provider": "openai",
        "llm.model": "gpt-4o",
        "llm.tokens.input": 1200,
        "llm.tokens.output": 345,
        "llm.tokens.total": 1545,
        "cost.amount": 0.0123,
        "cost.currency": "USD",
      },
    },
    trace.setSpan(ROOT_CONTEXT, turn),
  );

  const tool = tracer.startSpan(
    "tool.execute",
    { startTime: at(3), attributes: { "tool.name": "shell" } },
    trace.setSpan(ROOT_CONTEXT, llm),
  );
  // A plain object: the stack of a real error would carry the paths of the machine.
  const failure = {
    name: "RuntimeError",
    message: "exit status 1: no such file",
    stack: "Traceback: fixed",
  };
  tool.recordException(failure, at(5));
  tool.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });

  const mcp = tracer.startSpan(
    "mcp.call",
    {
      startTime: at(4),
      kind: SpanKind.CLIENT,
      attributes: { "mcp.server": "filesystem", "mcp.tool": "read_file" },
    },
    trace.setSpan(ROOT_CONTEXT, tool),
  );
  const channel = tracer.startSpan(
    "channel.receive",
    {
      startTime: at(10),
      kind: SpanKind.CONSUMER,
      attributes: { "channel.type": "telegram", "channel.id": "42" },
    },
    trace.setSpanContext(ROOT_CONTEXT, REMOTE),
  );

  mcp.end(at(6));
  tool.end(at(7));
  llm.setStatus({ code: SpanStatusCode.OK });
  llm.end(at(8));
  turn.end(at(9));
  channel.end(at(11));
  await shutDown(provider);

  return {
    "session.turn": refOf(turn),
    "llm.request": refOf(llm),
    "tool.execute": refOf(tool),
    "mcp.call": refOf(mcp),
    "channel.receive": refOf(channel),
  };
}

/** Each attribute type of the API, and the values that JSON would damage. */
function everyAttribute(): Record<string, unknown> {
  return {
    "session.id": "s-0001",
    "attr.string": 'naïve "quoted" \\ 日本語 🚀\n',
    "attr.string_empty": "",
    "attr.bool_true": true,
    "attr.bool_false": false,
    "attr.int": 42,
    "attr.int_zero": 0,
    "attr.int_negative": -7,
    "attr.int_safe_max": Number.MAX_SAFE_INTEGER,
    "attr.double": 0.1,
    "attr.double_nan": Number.NaN,
    "attr.double_infinity": Number.POSITIVE_INFINITY,
    "attr.double_negative_infinity": Number.NEGATIVE_INFINITY,
    "attr.strings": ["a", "", "c"],
    "attr.bools": [true, false],
    "attr.ints": [1, 2],
    "attr.doubles": [1.5, 2],
    "attr.strings_none": [],
    "attr.bytes": new Uint8Array([0, 1, 254, 255]),
    "attr.map": { inner: "value", deep: { n: 1 } },
    "attr.mixed": ["one", 2, true],
    "attr.empty": null,
  };
}

function refOf(span: Span): SpanRef {
  const { traceId, spanId } = span.spanContext();

  return { trace_id: traceId, span_id: spanId };
}
