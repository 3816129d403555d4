package errors_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
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

func TestDoCatchesPanics(t *testing.T) {
	s := newSink(t)
	err := s.collector.MCP(t.Context(), "files", "read", func(context.Context) error { panic(fs.ErrClosed) })
	if !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Do() = %v", err)
	}
	event := s.only(t)
	if got := event[errors.CodeKey].AsString(); got != "internal.panic" {
		t.Errorf("code %q", got)
	}
	if got := event["error.metadata.mcp.tool"].AsString(); got != "read" {
		t.Errorf("tool %q", got)
	}
	if stack := event["exception.stacktrace"].AsString(); !strings.Contains(stack, "TestDoCatchesPanics.func") {
		t.Errorf("the stack is not that of the panic:\n%s", stack)
	}
	if got := s.records[0].SeverityText(); got != "FATAL" {
		t.Errorf("severity %q", got)
	}
}

func TestGoReportsAndEnds(t *testing.T) {
	s := newSink(t)
	err, open := <-s.collector.Go(t.Context(), func(context.Context) error { panic("boom") })
	if !open || err == nil || err.Error() != "panic: boom" {
		t.Errorf("result %v, %v", err, open)
	}
	s.only(t)
}

func TestRecoverFillsTheResult(t *testing.T) {
	s := newSink(t)
	run := func() (err error) {
		defer s.collector.Recover(t.Context(), &err)
		panic("boom")
	}
	if err := run(); err == nil || !strings.Contains(err.Error(), "panic: boom") {
		t.Errorf("error %v", err)
	}
	s.only(t)
	func() {
		defer s.collector.Recover(t.Context(), nil)
	}()
	s.only(t)
}

// roundTrip answers by a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func TestTransportReportsFailuresOnce(t *testing.T) {
	s := newSink(t)
	client := &http.Client{Transport: s.collector.Transport(roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}), errors.CategoryProvider)}
	err := s.collector.Do(t.Context(), errors.CategoryProvider, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.example.test/v1/chat?key=1", nil)
		if err != nil {
			return err
		}
		_, err = client.Do(request)
		return err
	})
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error %v", err)
	}
	event := s.only(t)
	if got := event[errors.CategoryKey].AsString(); got != "network" {
		t.Errorf("category %q", got)
	}
	if got := event[errors.SubsystemKey].AsString(); got != "provider" {
		t.Errorf("subsystem %q", got)
	}
	if got := event["error.metadata.server.address"].AsString(); got != "api.example.test" {
		t.Errorf("host %q", got)
	}
}

func TestTransportReportsStatusOnceAlthoughTheClientMakesItsOwnError(t *testing.T) {
	s := newSink(t)
	client := &http.Client{Transport: s.collector.Transport(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 429, Status: "429", Body: http.NoBody}, nil
	}), errors.CategoryProvider)}
	err := s.collector.Do(t.Context(), errors.CategoryProvider, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.example.test/v1/chat", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		return errors.Join(response.Body.Close(), statusError{response.StatusCode})
	})
	event := s.only(t)
	if got := event[errors.CodeKey].AsString(); got != "provider.rate_limited" {
		t.Errorf("code %q", got)
	}
	if got, want := errors.CorrelationID(err), event["correlation_id"].AsString(); got != want {
		t.Errorf("correlation id %q, want that of the report, %q", got, want)
	}
}

func TestMiddleware(t *testing.T) {
	for name, test := range map[string]struct {
		handler func(s *sink) http.HandlerFunc
		status  int
		codes   []string
	}{
		"success": {func(*sink) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
		}, 200, nil},
		"the client's mistake": {func(*sink) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) }
		}, 400, nil},
		"failure": {func(*sink) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }
		}, 502, []string{"internal.server_error"}},
		"failure with its reason": {func(s *sink) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				_ = s.collector.Record(r.Context(), errors.New("database"), errors.WithCode("internal.database"))
				w.WriteHeader(500)
			}
		}, 500, []string{"internal.database"}},
		"panic": {func(*sink) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic("boom") }
		}, 500, []string{"internal.panic"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink(t)
			mux := http.NewServeMux()
			mux.Handle("GET /sessions/{id}", test.handler(s))
			recorder := httptest.NewRecorder()
			s.collector.Middleware(mux).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/sessions/7", nil))
			if recorder.Code != test.status {
				t.Errorf("status %d, want %d", recorder.Code, test.status)
			}
			var codes []string
			for _, event := range s.events() {
				codes = append(codes, event[errors.CodeKey].AsString())
				if route := event["error.metadata.http.route"].AsString(); route != "GET /sessions/{id}" && len(event) > 0 && name != "failure with its reason" {
					t.Errorf("route %q", route)
				}
			}
			if fmt.Sprint(codes) != fmt.Sprint(test.codes) {
				t.Errorf("reported %v, want %v", codes, test.codes)
			}
		})
	}
}

func TestMiddlewareLetsAHandlerAbort(t *testing.T) {
	s := newSink(t)
	defer func() {
		if value := recover(); value != http.ErrAbortHandler {
			t.Errorf("recovered %v", value)
		}
		if events := s.events(); len(events) != 0 {
			t.Errorf("reported %v", events)
		}
	}()
	handler := s.collector.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
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
