package errors_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/errors"
)

func TestRecordClassifies(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for name, test := range map[string]struct {
		err       error
		subsystem errors.Category
		category  errors.Category
		code      string
		errorType string
	}{
		"refused":              {&url.Error{Op: "Post", URL: "http://x", Err: refused}, "", errors.CategoryNetwork, "network.refused", "syscall.Errno"},
		"reset":                {fmt.Errorf("read: %w", syscall.ECONNRESET), "", errors.CategoryNetwork, "network.reset", "syscall.Errno"},
		"no such host":         {&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}, "", errors.CategoryNetwork, "network.dns", "*net.DNSError"},
		"deadline":             {fmt.Errorf("call: %w", context.DeadlineExceeded), "", errors.CategoryNetwork, "network.timeout", "timeout"},
		"broken off":           {io.ErrUnexpectedEOF, "", errors.CategoryNetwork, "network.eof", "*errors.errorString"},
		"refused by MCP":       {refused, errors.CategoryMCP, errors.CategoryNetwork, "network.refused", "syscall.Errno"},
		"401":                  {statusError{401}, errors.CategoryProvider, errors.CategoryAuthentication, "authentication.unauthorized", "401"},
		"403":                  {statusError{403}, errors.CategoryMCP, errors.CategoryAuthentication, "authentication.forbidden", "403"},
		"unknown authority":    {x509.UnknownAuthorityError{}, "", errors.CategoryAuthentication, "authentication.certificate", "x509.UnknownAuthorityError"},
		"429 of a provider":    {statusError{429}, errors.CategoryProvider, errors.CategoryProvider, "provider.rate_limited", "429"},
		"529 of a provider":    {statusError{529}, errors.CategoryProvider, errors.CategoryProvider, "provider.overloaded", "529"},
		"500 of a provider":    {statusError{500}, errors.CategoryProvider, errors.CategoryProvider, "provider.server_error", "500"},
		"400 of a provider":    {statusError{400}, errors.CategoryProvider, errors.CategoryProvider, "provider.bad_request", "400"},
		"404 of a channel":     {statusError{404}, errors.CategoryChannel, errors.CategoryChannel, "channel.not_found", "404"},
		"of a channel":         {errors.New("chat not found"), errors.CategoryChannel, errors.CategoryChannel, "channel.error", "*errors.errorString"},
		"of MCP":               {errors.New("bad arguments"), errors.CategoryMCP, errors.CategoryMCP, "mcp.error", "*errors.errorString"},
		"says so itself":       {fmt.Errorf("call: %w", categorizedError{}), errors.CategoryChannel, errors.CategoryMCP, "mcp.error", "errors_test.categorizedError"},
		"marked":               {errors.Mark(refused, errors.WithCategory(errors.CategoryChannel), errors.WithCode("channel.webhook_down")), "", errors.CategoryChannel, "channel.webhook_down", "syscall.Errno"},
		"a file":               {&fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT}, "", errors.CategoryInternal, "internal.error", "syscall.Errno"},
		"anything else":        {errors.New("unexpected state"), "", errors.CategoryInternal, "internal.error", "*errors.errorString"},
		"canceled":             {fmt.Errorf("turn: %w", context.Canceled), "", errors.CategoryInternal, "internal.canceled", "canceled"},
		"joined with a cause":  {errors.Join(errors.New("cleanup"), refused), "", errors.CategoryNetwork, "network.refused", "*errors.errorString"},
		"wrapped, with status": {fmt.Errorf("chat: %w", statusError{503}), errors.CategoryProvider, errors.CategoryProvider, "provider.overloaded", "503"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink(t)
			_ = s.collector.Record(t.Context(), test.err, errors.In(test.subsystem))
			event := s.only(t)
			for key, want := range map[attribute.Key]string{
				errors.CategoryKey: string(test.category), errors.CodeKey: test.code, "error.type": test.errorType,
			} {
				if got := event[key].AsString(); got != want {
					t.Errorf("%s = %q, want %q", key, got, want)
				}
			}
		})
	}
}

func TestRecordDescribesTheError(t *testing.T) {
	s := newSink(t)
	ctx := correlation.WithSessionID(correlation.WithID(t.Context(), "c-1"), "s-1")
	err := fmt.Errorf("load plugin: %w", errors.Join(io.ErrUnexpectedEOF, fs.ErrPermission))
	returned := s.collector.Record(ctx, err, errors.WithMetadata(attribute.String("plugin", "x")), errors.WithSeverity(errors.SeverityWarn))
	if !errors.Is(returned, fs.ErrPermission) || returned.Error() != err.Error() {
		t.Errorf("Record() = %v", returned)
	}
	if got := errors.CorrelationID(fmt.Errorf("up: %w", returned)); got != "c-1" {
		t.Errorf("CorrelationID() = %q", got)
	}
	event := s.only(t)
	for key, want := range map[attribute.Key]string{
		"exception.message":     err.Error(),
		"exception.type":        "*errors.errorString",
		"correlation_id":        "c-1",
		"session.id":            "s-1",
		"error.metadata.plugin": "x",
		errors.SeverityKey:      "warn",
	} {
		if got := event[key].AsString(); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	wantChain := []string{
		"*fmt.wrapError: load plugin: unexpected EOF\npermission denied",
		"*errors.joinError: unexpected EOF\npermission denied",
		"*errors.errorString: unexpected EOF",
		"*errors.errorString: permission denied",
	}
	if got := event[errors.ChainKey].AsStringSlice(); strings.Join(got, "|") != strings.Join(wantChain, "|") {
		t.Errorf("chain\n got %q\nwant %q", got, wantChain)
	}
	if name := s.records[0].EventName(); name != errors.EventName {
		t.Errorf("event name %q", name)
	}
	if text := s.records[0].SeverityText(); text != "WARN" {
		t.Errorf("severity %q", text)
	}
}

func failDeep() error { return errors.Mark(errors.New("deep")) }

func TestStackIsThatOfTheInnermostMark(t *testing.T) {
	s := newSink(t)
	_ = s.collector.Record(t.Context(), errors.Mark(fmt.Errorf("up: %w", failDeep())))
	lines := strings.Split(s.only(t)["exception.stacktrace"].AsString(), "\n")
	if !strings.HasPrefix(lines[0], "goroutine ") || !strings.HasSuffix(lines[0], " [running]:") {
		t.Errorf("first line %q", lines[0])
	}
	if want := "github.com/pryx-co/pryx/runtime/internal/errors_test.failDeep(...)"; lines[1] != want {
		t.Errorf("top frame %q, want %q", lines[1], want)
	}
	if !strings.HasPrefix(lines[2], "\t/") || !strings.Contains(lines[2], "collector_test.go:") {
		t.Errorf("place of the top frame %q", lines[2])
	}
}

func TestStackIsThatOfTheCallWithoutAMark(t *testing.T) {
	s := newSink(t)
	_ = s.collector.Do(t.Context(), errors.CategoryMCP, func(context.Context) error { return errors.New("x") })
	frame := strings.Split(s.only(t)["exception.stacktrace"].AsString(), "\n")[1]
	if !strings.HasSuffix(frame, "errors_test.TestStackIsThatOfTheCallWithoutAMark(...)") {
		t.Errorf("top frame %q", frame)
	}
}

func TestRecordMarksTheSpanAndCounts(t *testing.T) {
	s := newSink(t)
	spans := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("test")
	ctx, span := tracer.Start(t.Context(), "work")
	err := s.collector.Record(ctx, errors.New("no"))
	_ = s.collector.Record(ctx, err)
	span.End()

	ended := spans.Ended()[0]
	if status := ended.Status(); status.Code != codes.Error || status.Description != "no" {
		t.Errorf("status %+v", status)
	}
	if len(ended.Events()) != 0 {
		t.Errorf("events %v: exceptions belong into log records", ended.Events())
	}
	if got := s.records[0].SpanID(); got != ended.SpanContext().SpanID() {
		t.Errorf("record of span %v, want %v", got, ended.SpanContext().SpanID())
	}
	if got := count(t, s.reader); got != 1 {
		t.Errorf("counted %d errors, want 1", got)
	}
}

func count(t *testing.T, reader *sdkmetric.ManualReader) int64 {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, scope := range collected.ScopeMetrics {
		for _, metric := range scope.Metrics {
			if sum, ok := metric.Data.(metricdata.Sum[int64]); ok && metric.Name == errors.CounterName {
				for _, point := range sum.DataPoints {
					total += point.Value
				}
			}
		}
	}
	return total
}

func TestRecordReportsAnErrorOnce(t *testing.T) {
	s := newSink(t)
	ctx := t.Context()
	first := s.collector.Record(ctx, errors.New("first"))
	_ = s.collector.Record(ctx, fmt.Errorf("wrapped: %w", first))
	_ = s.collector.Do(ctx, errors.CategoryMCP, func(context.Context) error { return first })
	_ = s.collector.Record(ctx, errors.Join(first, first))
	if events := s.events(); len(events) != 1 {
		t.Fatalf("reported %d times", len(events))
	}
	_ = s.collector.Record(ctx, errors.Join(first, errors.New("second")))
	events := s.events()
	if len(events) != 2 || events[1]["exception.message"].AsString() != "second" {
		t.Errorf("of a joined error only the new part is to be reported: %v", events)
	}
	if s.collector.Record(ctx, nil) != nil {
		t.Error("Record(nil) is not nil")
	}
}

func TestReportedErrorOfTheNetworkStaysATimeout(t *testing.T) {
	s := newSink(t)
	err := s.collector.Record(t.Context(), &net.DNSError{Err: "slow", IsTimeout: true})
	// As net/http asks: the error itself, not those it wraps.
	timeout, ok := err.(interface{ Timeout() bool })
	if !ok || !timeout.Timeout() {
		t.Errorf("%T is no timeout", err)
	}
	var network net.Error
	if plain := s.collector.Record(t.Context(), errors.New("x")); errors.As(plain, &network) {
		t.Error("an error that has nothing to do with the network became one of it")
	}
}

func TestCollectorWithoutProvidersDoesNothing(t *testing.T) {
	collector, err := errors.NewCollector(errors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := collector.Record(t.Context(), io.EOF); !errors.Is(err, io.EOF) {
		t.Errorf("Record() = %v", err)
	}
}

func TestRecordConcurrently(t *testing.T) {
	s := newSink(t)
	var group sync.WaitGroup
	for at := range 20 {
		group.Go(func() { _ = s.collector.Record(t.Context(), fmt.Errorf("error %d", at)) })
	}
	group.Wait()
	if events := s.events(); len(events) != 20 {
		t.Errorf("reported %d of 20", len(events))
	}
}
