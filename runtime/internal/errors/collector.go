package errors

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/log"
	lognoop "go.opentelemetry.io/otel/log/noop"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
)

// scopeName is the instrumentation scope of the log records and of the counter.
const scopeName = "github.com/pryx-co/pryx/runtime/internal/errors"

// Attributes that the semantic conventions have no word for.
const (
	CategoryKey = attribute.Key("error.category")
	CodeKey     = attribute.Key("error.code")
	SeverityKey = attribute.Key("error.severity")
	// SubsystemKey names where an error was noticed that belongs to another category.
	SubsystemKey = attribute.Key("error.subsystem")
	// ChainKey lists an error and everything it wraps or joins, outermost first.
	ChainKey = attribute.Key("error.chain")
	// metadataPrefix goes before the names of the metadata of one error.
	metadataPrefix = "error.metadata."
)

const (
	// EventName is that of the log records of errors (semantic conventions, "Exceptions in logs").
	EventName = "exception"
	// CounterName is the metric that counts errors.
	CounterName = "pryx.errors"
)

// Options is what a [Collector] reports to. Nil providers mean nowhere.
type Options struct {
	LoggerProvider log.LoggerProvider
	MeterProvider  metric.MeterProvider
}

// Collector reports errors. Its methods may be called concurrently. A nil one reports nowhere.
type Collector struct {
	logger  log.Logger
	counter metric.Int64Counter
}

// NewCollector returns a collector.
func NewCollector(options Options) (*Collector, error) {
	if options.LoggerProvider == nil {
		options.LoggerProvider = lognoop.NewLoggerProvider()
	}
	if options.MeterProvider == nil {
		options.MeterProvider = metricnoop.NewMeterProvider()
	}
	counter, err := options.MeterProvider.Meter(scopeName).Int64Counter(CounterName,
		metric.WithDescription("Errors that were reported"), metric.WithUnit("{error}"))
	if err != nil {
		return nil, fmt.Errorf("make the counter of errors: %w", err)
	}
	return &Collector{logger: options.LoggerProvider.Logger(scopeName), counter: counter}, nil
}

// Record reports an error: a log record, the status of the span in ctx, and a count. It returns the
// error, marked as reported: pass that one on, and nothing up the stack reports it again. It returns
// nil for nil.
//
// The category is that of the outermost [Mark], of the call's options before that. An error that says
// nothing is one of authentication (status 401 or 403, a certificate), of the network, of the
// subsystem that [In] names, or internal, in this order: when an MCP server cannot be reached, the
// network is what somebody has to look at.
//
// Of several joined errors those are reported that were not before. The stack trace is that of the
// innermost Mark, else that of the call.
func (c *Collector) Record(ctx context.Context, err error, options ...Option) error {
	if err == nil || c == nil {
		return err
	}
	fresh := unreported(err)
	if len(fresh) == 0 {
		return err
	}
	var said details
	for _, option := range options {
		option(&said)
	}
	event := event{
		details:       said,
		correlationID: correlation.ID(ctx),
		here:          captureStack(),
	}
	if event.correlationID == "" {
		event.correlationID = correlation.NewID()
	}
	for _, one := range fresh {
		c.emit(ctx, one, event)
	}
	noteAnswered(ctx)
	return newReported(err, event.correlationID)
}

// event is what the errors of one call of Record have in common.
type event struct {
	details
	correlationID string
	here          stack
}

// emit reports one error.
func (c *Collector) emit(ctx context.Context, err error, event event) {
	if pointer, ok := nilPointer(err); ok {
		err = &nilPointerError{typeName: typeName(pointer)}
	}
	message := fmt.Sprint(err)
	found := classify(&marked{error: err, details: event.details}, event.subsystem)
	about := []attribute.KeyValue{
		semconv.ErrorTypeKey.String(TypeOf(err)),
		CategoryKey.String(string(found.category)),
		CodeKey.String(found.code),
		SeverityKey.String(string(found.severity)),
	}
	if event.subsystem != "" && event.subsystem != found.category {
		about = append(about, SubsystemKey.String(string(event.subsystem)))
	}
	c.counter.Add(ctx, 1, metric.WithAttributes(about...))

	// Not RecordError: exceptions as events of spans are deprecated in favor of log records.
	if span := trace.SpanFromContext(ctx); found.severity != SeverityInfo {
		span.SetAttributes(about...)
		span.SetStatus(codes.Error, message)
	}

	var record log.Record
	now := time.Now()
	record.SetTimestamp(now)
	record.SetObservedTimestamp(now)
	record.SetEventName(EventName)
	severity, text := logSeverity(found.severity)
	record.SetSeverity(severity)
	record.SetSeverityText(text)
	record.SetBody(attribute.StringValue(message))
	record.AddAttributes(about...)
	record.AddAttributes(
		semconv.ExceptionType(typeName(cause(err))),
		semconv.ExceptionMessage(message),
		semconv.ExceptionStacktrace(innermostStack(err, event.here)),
		ChainKey.StringSlice(chain(err)),
		correlation.IDKey.String(event.correlationID),
	)
	if session := correlation.SessionID(ctx); session != "" {
		record.AddAttributes(correlation.SessionIDKey.String(session))
	}
	record.AddAttributes(metadataOf(err, event.metadata)...)
	c.logger.Emit(ctx, record)
}

// metadataOf joins the metadata of the marks on an error with that of the call, which wins.
func metadataOf(err error, said []attribute.KeyValue) []attribute.KeyValue {
	var marks [][]attribute.KeyValue
	find(err, func(m *marked) bool {
		marks = append(marks, m.metadata)
		return false
	})
	var list []attribute.KeyValue
	for at := len(marks) - 1; at >= 0; at-- {
		list = append(list, marks[at]...)
	}
	return append(list, said...)
}

// maxChain bounds how much of a chain is kept.
const maxChain = 32

// chain lists an error and everything it wraps or joins, outermost first, as "type: message". Marks
// of this package are left out: they say nothing.
func chain(err error) []string {
	var list []string
	var walk func(error)
	walk = func(err error) {
		if err == nil || len(list) >= maxChain {
			return
		}
		switch err.(type) {
		case *marked, *reported, *reportedNetwork:
		default:
			list = append(list, typeName(err)+": "+fmt.Sprint(err))
		}
		switch wrapper := err.(type) {
		case interface{ Unwrap() error }:
			walk(wrapper.Unwrap())
		case interface{ Unwrap() []error }:
			for _, branch := range wrapper.Unwrap() {
				walk(branch)
			}
		}
	}
	walk(err)
	return list
}

func logSeverity(severity Severity) (log.Severity, string) {
	switch severity {
	case SeverityInfo:
		return log.SeverityInfo, "INFO"
	case SeverityWarn:
		return log.SeverityWarn, "WARN"
	case SeverityCritical:
		return log.SeverityFatal, "FATAL"
	default:
		return log.SeverityError, "ERROR"
	}
}
