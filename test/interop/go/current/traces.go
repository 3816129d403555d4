package main

import (
	"context"
	"errors"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func emitTraces(ctx context.Context, opts options, sent *summary) error {
	exporterOptions := []otlptracehttp.Option{
		otlptracehttp.WithEndpointURL(opts.url("traces")),
		otlptracehttp.WithHeaders(opts.headers()),
	}
	if opts.gzip() {
		exporterOptions = append(exporterOptions, otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	}
	if opts.encoding == "json" {
		exporterOptions = append(exporterOptions, otlptracehttp.WithEncoding(otlptracehttp.EncodingJSON))
	}
	exporter, err := otlptracehttp.New(ctx, exporterOptions...)
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(time.Hour)),
		sdktrace.WithResource(newResource(opts)),
	)
	tracer := provider.Tracer(scopeName,
		trace.WithInstrumentationVersion(scopeVersion),
		trace.WithSchemaURL(schemaURL),
		trace.WithInstrumentationAttributes(attribute.String("scope.purpose", "interop")),
	)
	if opts.bulk() {
		bulkSpans(ctx, tracer, opts.items, sent)
	} else {
		scenarioSpans(ctx, tracer, sent)
	}
	return provider.Shutdown(ctx)
}

// scenarioSpans makes one trace of four nested spans and one span whose parent is remote.
func scenarioSpans(ctx context.Context, tracer trace.Tracer, sent *summary) {
	remote := remoteContext()

	turnCtx, turn := tracer.Start(ctx, "session.turn",
		trace.WithTimestamp(at(0)),
		trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(everyAttribute()...),
		trace.WithLinks(trace.Link{
			SpanContext: remote,
			Attributes:  []attribute.KeyValue{attribute.String("link.reason", "resumed")},
		}),
	)
	turn.AddEvent("prompt.received",
		trace.WithTimestamp(at(1)),
		trace.WithAttributes(attribute.Int("prompt.length", 128), attribute.Bool("prompt.cached", false)),
	)

	llmCtx, llm := tracer.Start(turnCtx, "llm.request",
		trace.WithTimestamp(at(2)),
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			attribute.String("llm.provider", "openai"),
			attribute.String("llm.model", "gpt-4o"),
			attribute.Int("llm.tokens.input", 1200),
			attribute.Int("llm.tokens.output", 345),
			attribute.Int("llm.tokens.total", 1545),
			attribute.Float64("cost.amount", 0.0123),
			attribute.String("cost.currency", "USD"),
		),
	)

	toolCtx, tool := tracer.Start(llmCtx, "tool.execute",
		trace.WithTimestamp(at(3)),
		trace.WithAttributes(attribute.String("tool.name", "shell")),
	)
	failure := errors.New("exit status 1: no such file")
	tool.RecordError(failure, trace.WithTimestamp(at(5)))
	tool.SetStatus(codes.Error, failure.Error())

	_, mcp := tracer.Start(toolCtx, "mcp.call",
		trace.WithTimestamp(at(4)),
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("mcp.server", "filesystem"), attribute.String("mcp.tool", "read_file")),
	)

	_, channel := tracer.Start(trace.ContextWithRemoteSpanContext(ctx, remote), "channel.receive",
		trace.WithTimestamp(at(10)),
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.String("channel.type", "telegram"), attribute.String("channel.id", "42")),
	)

	mcp.End(trace.WithTimestamp(at(6)))
	tool.End(trace.WithTimestamp(at(7)))
	llm.SetStatus(codes.Ok, "")
	llm.End(trace.WithTimestamp(at(8)))
	turn.End(trace.WithTimestamp(at(9)))
	channel.End(trace.WithTimestamp(at(11)))

	for name, span := range map[string]trace.Span{
		"session.turn": turn, "llm.request": llm, "tool.execute": tool, "mcp.call": mcp, "channel.receive": channel,
	} {
		sent.Spans[name] = refOf(span)
		sent.Counts.Spans++
	}
}

// everyAttribute covers each attribute type, and the values that a JSON number would damage.
func everyAttribute() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("session.id", "s-0001"),
		attribute.String("attr.string", "naïve \"quoted\" \\ 日本語 🚀\n"),
		attribute.String("attr.string_empty", ""),
		attribute.Bool("attr.bool_true", true),
		attribute.Bool("attr.bool_false", false),
		attribute.Int64("attr.int", 42),
		attribute.Int64("attr.int_zero", 0),
		attribute.Int64("attr.int_negative", -7),
		attribute.Int64("attr.int_safe_max", 1<<53-1),
		attribute.Int64("attr.int_unsafe", 1<<53+1),
		attribute.Int64("attr.int_max", math.MaxInt64),
		attribute.Int64("attr.int_min", math.MinInt64),
		attribute.Float64("attr.double", 0.1),
		attribute.Float64("attr.double_integral", 5),
		attribute.Float64("attr.double_zero", 0),
		attribute.Float64("attr.double_negative_zero", math.Copysign(0, -1)),
		attribute.Float64("attr.double_huge", 1e300),
		attribute.Float64("attr.double_nan", math.NaN()),
		attribute.Float64("attr.double_infinity", math.Inf(1)),
		attribute.Float64("attr.double_negative_infinity", math.Inf(-1)),
		attribute.StringSlice("attr.strings", []string{"a", "", "c"}),
		attribute.BoolSlice("attr.bools", []bool{true, false}),
		attribute.Int64Slice("attr.ints", []int64{1, math.MaxInt64}),
		attribute.Float64Slice("attr.doubles", []float64{1.5, 2}),
		attribute.StringSlice("attr.strings_none", []string{}),
		attribute.ByteSlice("attr.bytes", []byte{0, 1, 254, 255}),
		attribute.Map("attr.map",
			attribute.String("inner", "value"),
			attribute.Map("deep", attribute.Int64("n", 1)),
		),
		attribute.Slice("attr.mixed", attribute.StringValue("one"), attribute.Int64Value(2), attribute.BoolValue(true)),
		{Key: "attr.empty"},
	}
}

// remoteContext is the span of another process, as a propagator would have read it.
func remoteContext() trace.SpanContext {
	state, err := trace.ParseTraceState("pryx=t61rcWkgMzE,other=1")
	if err != nil {
		panic(err)
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID:    trace.TraceID{0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36},
		SpanID:     trace.SpanID{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7},
		TraceFlags: trace.FlagsSampled,
		TraceState: state,
		Remote:     true,
	})
}

func refOf(span trace.Span) spanRef {
	spanContext := span.SpanContext()
	return spanRef{TraceID: spanContext.TraceID().String(), SpanID: spanContext.SpanID().String()}
}

// at is epoch plus a number of milliseconds.
func at(milliseconds int) time.Time {
	return epoch.Add(time.Duration(milliseconds) * time.Millisecond)
}
