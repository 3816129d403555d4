package errors_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/pryx-co/pryx/runtime/internal/errors"
)

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
				if route := event["error.metadata.http.route"].AsString(); route != "/sessions/{id}" && len(event) > 0 && name != "failure with its reason" {
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
