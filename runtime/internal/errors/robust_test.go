package errors_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/pryx-co/pryx/runtime/internal/errors"
)

// fragile is an error whose methods do not survive a nil pointer.
type fragile struct{ text string }

func (f *fragile) Error() string { return f.text }

func (f *fragile) StatusCode() int { return len(f.text) }

func TestRecordSurvivesATypedNil(t *testing.T) {
	for name, err := range map[string]error{
		"own":       (*fragile)(nil),
		"network":   (*net.OpError)(nil),
		"wrapped":   errors.Mark((*fragile)(nil)),
		"of status": (*errors.StatusError)(nil),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink(t)
			if s.collector.Record(t.Context(), err) == nil {
				t.Error("Record() = nil for what the caller takes for an error")
			}
			event := s.only(t)
			if got := event[errors.CategoryKey].AsString(); got != "internal" {
				t.Errorf("category %q", got)
			}
			if got := event["exception.message"].AsString(); !strings.Contains(got, "nil") {
				t.Errorf("message %q", got)
			}
			if got := errors.TypeOf(err); got == "" {
				t.Error("no type")
			}
		})
	}
}

func TestANilCollectorReportsNowhere(t *testing.T) {
	var collector *errors.Collector
	if err := collector.Record(t.Context(), io.ErrNoProgress); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("Record() = %v", err)
	}
	err := collector.Do(t.Context(), errors.CategoryMCP, func(context.Context) error { panic("boom") })
	if err == nil || err.Error() != "panic: boom" {
		t.Errorf("Do() = %v", err)
	}
}

func TestCanceledWorkLeavesTheSpanAlone(t *testing.T) {
	s := newSink(t)
	spans := tracetest.NewSpanRecorder()
	ctx, span := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("test").Start(t.Context(), "work")
	_ = s.collector.Record(ctx, context.Canceled)
	span.End()
	ended := spans.Ended()[0]
	if ended.Status().Code != codes.Unset || len(ended.Attributes()) != 0 {
		t.Errorf("status %+v, attributes %v", ended.Status(), ended.Attributes())
	}
}

// TestConnectionThatEndsWithoutAnAnswer: net/http reports it as a bare io.EOF.
func TestConnectionThatEndsWithoutAnAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	s := newSink(t)
	client := &http.Client{Transport: s.collector.Transport(server.Client().Transport, errors.CategoryProvider)}
	if _, err := client.Post(server.URL, "text/plain", strings.NewReader("x")); !errors.Is(err, io.EOF) {
		t.Fatalf("error %v", err)
	}
	if got := s.only(t)[errors.CodeKey].AsString(); got != "network.eof" {
		t.Errorf("code %q", got)
	}

	s = newSink(t)
	_ = s.collector.Record(t.Context(), &url.Error{Op: "Post", URL: "https://api.test", Err: io.EOF}, errors.In(errors.CategoryProvider))
	if got := s.only(t)[errors.CodeKey].AsString(); got != "network.eof" {
		t.Errorf("of a plain client: code %q", got)
	}
}

func TestAMarkAboveJoinedErrorsHoldsForTheNewOnes(t *testing.T) {
	s := newSink(t)
	first := s.collector.Record(t.Context(), errors.New("first"))
	joined := errors.Mark(errors.Join(first, errors.New("second")), errors.WithCategory(errors.CategoryMCP), errors.WithCode("mcp.restart"))
	_ = s.collector.Record(t.Context(), joined)
	events := s.events()
	if len(events) != 2 {
		t.Fatalf("%d events", len(events))
	}
	if got := events[1][errors.CodeKey].AsString(); got != "mcp.restart" {
		t.Errorf("code %q", got)
	}
}

func TestMiddlewareBreaksOffWhatAPanicCutShort(t *testing.T) {
	s := newSink(t)
	server := httptest.NewServer(s.collector.Middleware(http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(writer, "the first half")
		_ = http.NewResponseController(writer).Flush()
		panic("boom")
	})))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%q looks like the whole answer", body)
	}
	s.only(t)
}

func TestMiddlewareKeepsWhatHandlersAskTheWriterFor(t *testing.T) {
	s := newSink(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /events", func(writer http.ResponseWriter, _ *http.Request) {
		flusher, ok := writer.(http.Flusher)
		if !ok {
			http.Error(writer, "streaming is not supported", http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(writer, "data: 1\n\n")
		flusher.Flush()
	})
	mux.HandleFunc("GET /socket", func(writer http.ResponseWriter, _ *http.Request) {
		hijacker, ok := writer.(http.Hijacker)
		if !ok {
			http.Error(writer, "cannot upgrade", http.StatusInternalServerError)
			return
		}
		connection, buffer, err := hijacker.Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = connection.Close() }()
		_, _ = buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n")
		_ = buffer.Flush()
		panic("boom")
	})
	done := make(chan struct{}, 2)
	watched := s.collector.Middleware(mux)
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		defer func() { done <- struct{}{} }()
		watched.ServeHTTP(writer, request)
	}))
	defer server.Close()
	response, err := http.Get(server.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("stream: status %d", response.StatusCode)
	}
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, _ = io.WriteString(connection, "GET /socket HTTP/1.1\r\nHost: test\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("socket: status %d", answer.StatusCode)
	}
	<-done
	<-done
	if got := s.only(t)["error.metadata.http.route"].AsString(); got != "/socket" {
		t.Errorf("route %q", got)
	}
}
