package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// The bulk workload is what a busy agent sends in one export: believable names, values and
// cardinality, so that a benchmark over it says something about production.

var models = []struct{ provider, model string }{
	{"openai", "gpt-4o"}, {"mistral", "mistral-large"}, {"google", "gemini-2.0-flash"}, {"ollama", "llama3.1:8b"},
}

var (
	tools    = []string{"shell", "read_file", "write_file", "web_search", "browser"}
	servers  = []string{"filesystem", "github", "postgres"}
	channels = []string{"telegram", "discord", "slack", "webhook"}
)

// bulkSpans makes sessions of eight spans each until count spans are sent.
func bulkSpans(ctx context.Context, tracer trace.Tracer, count int, sent *summary) {
	random := rand.New(rand.NewPCG(1, 2))
	clock := epoch
	for made := 0; made < count; made += 8 {
		session := fmt.Sprintf("sess-%05d", made/8)
		sessionCtx, root := tracer.Start(ctx, "session.turn", trace.WithTimestamp(clock), trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("session.id", session)))
		for step := range 7 {
			clock = bulkStep(sessionCtx, tracer, random, step, clock)
		}
		clock = clock.Add(3 * time.Millisecond)
		root.SetAttributes(attribute.Int64("duration_ms", 3+random.Int64N(9000)))
		root.SetStatus(codes.Ok, "")
		root.End(trace.WithTimestamp(clock))
		sent.Counts.Spans += 8
	}
}

// bulkStep makes one child span and returns the time it ended.
func bulkStep(ctx context.Context, tracer trace.Tracer, random *rand.Rand, step int, start time.Time) time.Time {
	duration := time.Duration(1+random.Int64N(2000)) * time.Millisecond
	end := start.Add(duration + time.Duration(random.Int64N(999_999)))
	name, kind, attributes := bulkOperation(random, step)
	_, span := tracer.Start(ctx, name, trace.WithTimestamp(start), trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
	span.SetAttributes(attribute.Int64("duration_ms", duration.Milliseconds()))
	if random.IntN(20) == 0 {
		failure := errors.New("upstream answered 429: rate limit reached")
		span.RecordError(failure, trace.WithTimestamp(end))
		span.SetStatus(codes.Error, failure.Error())
	} else {
		span.SetStatus(codes.Ok, "")
	}
	span.End(trace.WithTimestamp(end))
	return end
}

func bulkOperation(random *rand.Rand, step int) (string, trace.SpanKind, []attribute.KeyValue) {
	switch step % 4 {
	case 0:
		model := models[random.IntN(len(models))]
		input, output := 200+random.IntN(8000), 20+random.IntN(1500)
		return "llm.request", trace.SpanKindClient, []attribute.KeyValue{
			attribute.String("llm.provider", model.provider),
			attribute.String("llm.model", model.model),
			attribute.Int("llm.tokens.input", input),
			attribute.Int("llm.tokens.output", output),
			attribute.Int("llm.tokens.total", input+output),
			attribute.Float64("cost.amount", float64(input+5*output)*3e-6),
			attribute.String("cost.currency", "USD"),
		}
	case 1:
		return "tool.execute", trace.SpanKindInternal, []attribute.KeyValue{
			attribute.String("tool.name", tools[random.IntN(len(tools))]),
			attribute.String("tool.arg.path", fmt.Sprintf("/workspace/src/module-%03d/file-%02d.go", random.IntN(200), random.IntN(40))),
		}
	case 2:
		return "mcp.call", trace.SpanKindClient, []attribute.KeyValue{
			attribute.String("mcp.server", servers[random.IntN(len(servers))]),
			attribute.String("mcp.tool", tools[random.IntN(len(tools))]),
		}
	default:
		return "channel.send", trace.SpanKindProducer, []attribute.KeyValue{
			attribute.String("channel.type", channels[random.IntN(len(channels))]),
			attribute.String("channel.id", fmt.Sprintf("%d", 100000+random.IntN(900000))),
		}
	}
}

// bulkPoints makes count data points, an eighth of them explicit and an eighth exponential histograms.
func bulkPoints(ctx context.Context, meter metric.Meter, count int) error {
	requests, requestsErr := meter.Int64Counter("pryx.requests", metric.WithDescription("Total request count"))
	usage, usageErr := meter.Int64Counter("pryx.provider.usage", metric.WithDescription("Provider usage count"))
	active, activeErr := meter.Int64UpDownCounter("pryx.sessions.active")
	load, loadErr := meter.Float64Gauge("pryx.load")
	latency, latencyErr := meter.Float64Histogram("pryx.latency_ms", metric.WithDescription("Request latency in ms"))
	payload, payloadErr := meter.Int64Histogram("pryx.payload.size", metric.WithUnit("By"))
	if err := errors.Join(requestsErr, usageErr, activeErr, loadErr, latencyErr, payloadErr); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(3, 4))
	// The summary of the producer is one point of the count.
	for index := range count - 1 {
		series := metric.WithAttributes(
			attribute.String("name", fmt.Sprintf("%s-%03d", tools[index%len(tools)], index)),
			attribute.String("provider", models[index%len(models)].provider),
		)
		switch index % 8 {
		case 0:
			for range 20 {
				latency.Record(ctx, random.ExpFloat64()*400, series)
			}
		case 1:
			for range 20 {
				payload.Record(ctx, random.Int64N(1<<20), series)
			}
		case 2:
			load.Record(ctx, random.Float64(), series)
		case 3:
			active.Add(ctx, random.Int64N(40)-20, series)
		case 4, 5:
			usage.Add(ctx, 1+random.Int64N(5000), series)
		default:
			requests.Add(ctx, 1+random.Int64N(5000), series)
		}
	}
	return nil
}

var messages = []struct {
	severity log.Severity
	text     string
}{
	{log.SeverityInfo, "session started"},
	{log.SeverityInfo, "tool finished"},
	{log.SeverityDebug, "context window trimmed"},
	{log.SeverityWarn, "provider slow, switching to fallback"},
	{log.SeverityError, "mcp server disconnected"},
}

func bulkRecords(ctx context.Context, logger log.Logger, count int, sent *summary) {
	random := rand.New(rand.NewPCG(5, 6))
	for index := range count {
		message := messages[random.IntN(len(messages))]
		record := newRecord(at(index*7), message.severity)
		record.SetBody(attribute.StringValue(message.text))
		record.AddAttributes(
			attribute.String("session.id", fmt.Sprintf("sess-%05d", index/8)),
			attribute.String("component", tools[random.IntN(len(tools))]),
			attribute.Int64("duration_ms", random.Int64N(4000)),
			attribute.Int("attempt", 1+random.IntN(3)),
		)
		logger.Emit(trace.ContextWithSpanContext(ctx, remoteContext()), record)
		sent.Counts.Logs++
	}
}
