package errors

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// Transport returns a round tripper that reports failed requests to a subsystem, such as
// [CategoryProvider]: those without an answer, and answers with a status of 400 or more. It changes
// neither requests nor answers; errors it returns are marked as reported. base may be nil for
// [http.DefaultTransport].
func (c *Collector) Transport(base http.RoundTripper, subsystem Category) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{collector: c, base: base, subsystem: subsystem}
}

type transport struct {
	collector *Collector
	base      http.RoundTripper
	subsystem Category
}

// RoundTrip sends a request.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	response, err := t.base.RoundTrip(request)
	// The path may hold ids and the query secrets; method and host say which call it was.
	about := WithMetadata(
		semconv.HTTPRequestMethodKey.String(request.Method),
		semconv.ServerAddress(request.URL.Hostname()),
	)
	if err != nil {
		options := []Option{In(t.subsystem), about}
		if Is(err, io.EOF) {
			// The connection ended without an answer. That it did shows only here.
			options = append(options, WithCategory(CategoryNetwork), WithCode("network.eof"))
		}
		return response, t.collector.Record(ctx, err, options...)
	}
	if status := response.StatusCode; status >= http.StatusBadRequest {
		failure := &StatusError{Status: status, Operation: request.Method + " " + request.URL.Host}
		report := t.collector.Record(ctx, failure, In(t.subsystem), about,
			WithMetadata(semconv.HTTPResponseStatusCode(status)))
		noteAnswer(ctx, status, report)
	}
	return response, nil
}

// Middleware reports panics of a handler, which it answers with 500 (or breaks off, when the answer has
// begun), and answers with a status of 500 or more whose reason was not reported while the request was
// handled. What a client did wrong (400 to 499) is no error of ours.
func (c *Collector) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		watched := &statusWriter{ResponseWriter: writer}
		request = request.WithContext(context.WithValue(request.Context(), watchedKey{}, watched))
		about := func() Option {
			return WithMetadata(
				semconv.HTTPRequestMethodKey.String(request.Method),
				semconv.HTTPRoute(route(request)),
			)
		}
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			// How a handler ends a connection on purpose.
			if err, ok := value.(error); ok && Is(err, http.ErrAbortHandler) {
				panic(value)
			}
			_ = c.Record(request.Context(), newPanicError(value), about())
			if watched.status != 0 {
				// The answer has begun: it must not look as if it were whole.
				panic(http.ErrAbortHandler)
			}
			http.Error(writer, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}()
		next.ServeHTTP(watched, request)
		if watched.status >= http.StatusInternalServerError && !watched.explained.Load() {
			failure := &StatusError{Status: watched.status, Operation: request.Method + " " + route(request)}
			_ = c.Record(request.Context(), failure, about())
		}
	})
}

// route is the pattern that a request matched, without method and host: the semantic conventions want
// no more. It is known once a mux has found the handler. The path may hold ids.
func route(request *http.Request) string {
	return request.Pattern[max(0, strings.IndexByte(request.Pattern, '/')):]
}

type watchedKey struct{}

// noteAnswered tells the middleware that an error was reported while it handles a request.
func noteAnswered(ctx context.Context) {
	if watched, ok := ctx.Value(watchedKey{}).(*statusWriter); ok {
		watched.explained.Store(true)
	}
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
	// explained: an error was reported while the request was handled.
	explained atomic.Bool
}

// WriteHeader sends the status.
func (w *statusWriter) WriteHeader(status int) {
	// 1xx are not the answer yet.
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *statusWriter) Write(body []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(body)
}

// Flush sends what was written so far. Handlers that stream ask the writer itself for it.
func (w *statusWriter) Flush() {
	if http.NewResponseController(w.ResponseWriter).Flush() == nil && w.status == 0 {
		w.status = http.StatusOK
	}
}

// Hijack hands over the connection. Libraries of web sockets ask the writer itself for it.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	connection, buffer, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.status = http.StatusSwitchingProtocols
	}
	return connection, buffer, err
}

// Unwrap is how [http.ResponseController] finds what else the writer can do.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
