package telemetry

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/redact"
)

// newTracerProvider makes the provider of the pipeline's spans.
func newTracerProvider(ctx context.Context, p *pipeline, s settings, res *resource.Resource) (*sdktrace.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(p.endpoint),
		otlptracehttp.WithHTTPClient(p.client()),
		otlptracehttp.WithCompression(otlptracehttp.NoCompression),
		otlptracehttp.WithEncoding(otlptracehttp.EncodingProtobuf),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false}),
	)
	if err != nil {
		return nil, fmt.Errorf("make the exporter of traces: %w", err)
	}
	processor := &spanProcessor{account: p.account, batcher: startBatcher(p.lifetime, s.Spans, p.account,
		func(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
			for at, span := range spans {
				spans[at] = redactedSpan{span}
			}
			return p.deliver(ctx, len(spans), func(ctx context.Context) error {
				return exporter.ExportSpans(ctx, spans)
			})
		})}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithResource(res),
		sdktrace.WithSpanProcessor(processor),
	}
	if s.sampled {
		options = append(options, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(*s.SamplingRatio))))
	}
	return sdktrace.NewTracerProvider(options...), nil
}

// spanProcessor gives spans the correlation of their context and collects them.
type spanProcessor struct {
	account *account
	batcher *batcher[sdktrace.ReadOnlySpan]

	mu sync.Mutex
	// open counts the spans that have started and not ended.
	open   int
	closed bool
}

// OnStart is called by the SDK.
func (p *spanProcessor) OnStart(parent context.Context, span sdktrace.ReadWriteSpan) {
	if list := correlation.Attributes(parent); len(list) > 0 {
		span.SetAttributes(list...)
	}
	if span.SpanContext().IsSampled() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.open++
	}
}

// OnEnd is called by the SDK.
func (p *spanProcessor) OnEnd(span sdktrace.ReadOnlySpan) {
	if span.SpanContext().IsSampled() && p.end() {
		p.batcher.put(span)
	}
}

// end counts a span as ended; false when it was given up already.
func (p *spanProcessor) end() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.open--
	}
	return !p.closed
}

// ForceFlush is called by the SDK.
func (p *spanProcessor) ForceFlush(ctx context.Context) error { return p.batcher.flush(ctx) }

// Shutdown is called by the SDK. Afterwards it tells nothing of spans that end, so those that are open
// now are counted as lost.
func (p *spanProcessor) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	unfinished := p.open
	p.open, p.closed = 0, true
	p.mu.Unlock()
	if unfinished > 0 {
		p.account.record(unfinished)
		p.account.drop(delivery.ReasonUnfinished, unfinished)
	}
	return p.batcher.shutdown(ctx)
}

// redactedSpan is a span without secrets.
type redactedSpan struct {
	sdktrace.ReadOnlySpan
}

// Name returns the name of the span.
func (s redactedSpan) Name() string { return redact.String(s.ReadOnlySpan.Name()) }

// Attributes returns the attributes of the span.
func (s redactedSpan) Attributes() []attribute.KeyValue {
	return redact.Attributes(s.ReadOnlySpan.Attributes())
}

// Status returns the status of the span.
func (s redactedSpan) Status() sdktrace.Status {
	status := s.ReadOnlySpan.Status()
	status.Description = redact.String(status.Description)
	return status
}

// Events returns the events of the span.
func (s redactedSpan) Events() []sdktrace.Event {
	events := slices.Clone(s.ReadOnlySpan.Events())
	for at := range events {
		events[at].Name = redact.String(events[at].Name)
		events[at].Attributes = redact.Attributes(events[at].Attributes)
	}
	return events
}

// Links returns the links of the span.
func (s redactedSpan) Links() []sdktrace.Link {
	links := slices.Clone(s.ReadOnlySpan.Links())
	for at := range links {
		links[at].Attributes = redact.Attributes(links[at].Attributes)
	}
	return links
}
