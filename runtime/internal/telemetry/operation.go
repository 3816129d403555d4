package telemetry

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/pryx-co/pryx/runtime/internal/errors"
)

// Attributes that any operation can have.
const (
	keyDuration     = attribute.Key("duration_ms")
	keyCostAmount   = attribute.Key("cost.amount")
	keyCostCurrency = attribute.Key("cost.currency")
)

// Operation is a piece of the runtime's work: a span, and metrics when it ends. Its methods may be
// called concurrently; [Operation.End] counts once.
type Operation struct {
	provider *Provider
	// ctx carries the span, so that measurements point to it (exemplars). It is kept as the span is.
	ctx   context.Context
	span  trace.Span
	name  string
	start time.Time
	// onEnd records further metrics of the kind of operation.
	onEnd func(ctx context.Context, seconds float64, errorType string)
	ended atomic.Bool
}

// startOperation starts a span. Its name is that of the operation in metrics too: it has no data in
// it, so there are few.
func (p *Provider) startOperation(ctx context.Context, name string, kind trace.SpanKind, attributes ...attribute.KeyValue) (context.Context, *Operation) {
	start := time.Now()
	ctx, span := p.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(start), trace.WithAttributes(attributes...))
	return ctx, &Operation{provider: p, ctx: ctx, span: span, name: name, start: start}
}

// Span returns the span of the operation.
func (o *Operation) Span() trace.Span { return o.span }

// SetAttributes adds to the span.
func (o *Operation) SetAttributes(attributes ...attribute.KeyValue) {
	o.span.SetAttributes(attributes...)
}

// SetCost tells what the operation cost, and counts it.
//
// currency is an ISO 4217 code such as "USD".
func (o *Operation) SetCost(amount float64, currency string, attributes ...attribute.KeyValue) {
	o.span.SetAttributes(keyCostAmount.Float64(amount), keyCostCurrency.String(currency))
	o.provider.instruments.cost.Add(o.ctx, amount,
		metric.WithAttributes(append(attributes, keyCostCurrency.String(currency))...))
}

// End ends the operation. err is what it failed with, nil when it succeeded; reporting it is the
// business of an errors.Collector.
func (o *Operation) End(err error) {
	if o.ended.Swap(true) {
		return
	}
	end := time.Now()
	elapsed := end.Sub(o.start)
	o.span.SetAttributes(keyDuration.Int64(elapsed.Milliseconds()))
	outcome, errorType := "ok", errors.TypeOf(err)
	labels := []attribute.KeyValue{keyName.String(o.name)}
	if err != nil {
		outcome = "error"
		labels = append(labels, semconv.ErrorTypeKey.String(errorType))
		o.span.SetAttributes(semconv.ErrorTypeKey.String(errorType))
		o.span.SetStatus(codes.Error, fmt.Sprint(err))
	} else {
		o.span.SetStatus(codes.Ok, "")
	}
	metrics := o.provider.instruments
	metrics.operationDuration.Record(o.ctx, elapsed.Seconds(), metric.WithAttributes(labels...))
	metrics.requests.Add(o.ctx, 1, metric.WithAttributes(keyName.String(o.name), keyOutcome.String(outcome)))
	if o.onEnd != nil {
		o.onEnd(o.ctx, elapsed.Seconds(), errorType)
	}
	o.span.End(trace.WithTimestamp(end))
}

// withErrorType adds the class of an error to attributes, where there was one.
func withErrorType(attributes []attribute.KeyValue, errorType string) metric.MeasurementOption {
	if errorType != "" {
		attributes = append(attributes[:len(attributes):len(attributes)], semconv.ErrorTypeKey.String(errorType))
	}
	return metric.WithAttributes(attributes...)
}
