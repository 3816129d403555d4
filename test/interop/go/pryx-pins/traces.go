package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// epoch is the fixed start of every span.
var epoch = time.Unix(1767225600, 123456789).UTC()

func emitTraces(ctx context.Context, opts options, sent *summary) error {
	exporterOptions := []otlptracehttp.Option{
		otlptracehttp.WithEndpointURL(opts.url("traces")),
		otlptracehttp.WithHeaders(opts.headers()),
	}
	if opts.gzip() {
		exporterOptions = append(exporterOptions, otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	}
	exporter, err := otlptracehttp.New(ctx, exporterOptions...)
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(time.Hour)),
		sdktrace.WithResource(newResource(opts)),
	)
	runtimeSpans(ctx, provider.Tracer("pryx-core"), sent)
	return provider.Shutdown(ctx)
}

// runtimeSpans makes one turn of a session: every kind of span the runtime has.
func runtimeSpans(ctx context.Context, tracer trace.Tracer, sent *summary) {
	sessionCtx, session := tracer.Start(ctx, "session.turn", trace.WithTimestamp(at(0)),
		trace.WithAttributes(attribute.String("session.id", "s-0001")))

	_, llm := tracer.Start(sessionCtx, "llm.request", trace.WithTimestamp(at(1)),
		trace.WithAttributes(
			attribute.String("llm.provider", "openai"),
			attribute.String("llm.model", "gpt-4o"),
			attribute.Int("llm.tokens.input", 1200),
			attribute.Int("llm.tokens.output", 345),
			attribute.Int("llm.tokens.total", 1545),
			attribute.Int64("duration_ms", 2),
			attribute.Float64("cost.amount", 1),
			attribute.String("cost.currency", "USD"),
		))
	llm.SetStatus(codes.Ok, "")
	llm.End(trace.WithTimestamp(at(3)))

	toolCtx, tool := tracer.Start(sessionCtx, "tool.execute", trace.WithTimestamp(at(4)),
		trace.WithAttributes(attribute.String("tool.name", "shell"), attribute.String("tool.arg.command", "ls -l")))
	_, mcp := tracer.Start(toolCtx, "mcp.call", trace.WithTimestamp(at(5)),
		trace.WithAttributes(attribute.String("mcp.server", "filesystem"), attribute.String("mcp.tool", "read_file")))
	mcp.End(trace.WithTimestamp(at(6)))
	failure := errors.New("exit status 1: no such file")
	tool.RecordError(failure, trace.WithTimestamp(at(7)))
	tool.SetStatus(codes.Error, failure.Error())
	tool.End(trace.WithTimestamp(at(8)))

	_, channel := tracer.Start(sessionCtx, "channel.send", trace.WithTimestamp(at(9)),
		trace.WithAttributes(attribute.String("channel.type", "telegram"), attribute.String("channel.id", "42")))
	channel.End(trace.WithTimestamp(at(10)))
	session.End(trace.WithTimestamp(at(11)))

	for name, span := range map[string]trace.Span{
		"session.turn": session, "llm.request": llm, "tool.execute": tool, "mcp.call": mcp, "channel.send": channel,
	} {
		spanContext := span.SpanContext()
		sent.Spans[name] = spanRef{TraceID: spanContext.TraceID().String(), SpanID: spanContext.SpanID().String()}
		sent.Counts.Spans++
	}
}

// at is epoch plus a number of milliseconds.
func at(milliseconds int) time.Time {
	return epoch.Add(time.Duration(milliseconds) * time.Millisecond)
}
