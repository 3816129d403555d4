package errors_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/pryx-co/pryx/runtime/internal/errors"
)

// sink keeps what a collector reports.
type sink struct {
	collector *errors.Collector
	reader    *sdkmetric.ManualReader

	mu      sync.Mutex
	records []sdklog.Record
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{reader: sdkmetric.NewManualReader()}
	collector, err := errors.NewCollector(errors.Options{
		LoggerProvider: sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewSimpleProcessor(s))),
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.reader)),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.collector = collector
	return s
}

func (s *sink) Export(_ context.Context, records []sdklog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, record := range records {
		s.records = append(s.records, record.Clone())
	}
	return nil
}

func (s *sink) Shutdown(context.Context) error { return nil }

func (s *sink) ForceFlush(context.Context) error { return nil }

// events returns the attributes of each error that was reported.
func (s *sink) events() []map[attribute.Key]attribute.Value {
	s.mu.Lock()
	defer s.mu.Unlock()
	var events []map[attribute.Key]attribute.Value
	for _, record := range s.records {
		event := map[attribute.Key]attribute.Value{}
		record.WalkAttributes(func(pair attribute.KeyValue) bool {
			event[pair.Key] = pair.Value
			return true
		})
		events = append(events, event)
	}
	return events
}

// only returns the one error that was reported.
func (s *sink) only(t *testing.T) map[attribute.Key]attribute.Value {
	t.Helper()
	events := s.events()
	if len(events) != 1 {
		t.Fatalf("%d errors were reported, want 1: %v", len(events), events)
	}
	return events[0]
}

// statusError is what the client of a provider returns.
type statusError struct{ status int }

func (e statusError) Error() string { return fmt.Sprintf("api error %d", e.status) }

func (e statusError) StatusCode() int { return e.status }

// categorizedError knows its own category.
type categorizedError struct{}

func (categorizedError) Error() string { return "tool not found" }

func (categorizedError) ErrorCategory() errors.Category { return errors.CategoryMCP }
