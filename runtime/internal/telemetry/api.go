package telemetry

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// APIRequest is a request to the runtime's own API that is being answered.
type APIRequest struct {
	*Operation
	status atomic.Int64
}

// StartAPIRequest starts the span of a request to the runtime's API, named "GET /sessions/{id}".
//
// route is the pattern that the request matched, never its path: there must be few of them.
func (p *Provider) StartAPIRequest(ctx context.Context, method, route string) (context.Context, *APIRequest) {
	labels := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(method), semconv.HTTPRoute(route)}
	ctx, operation := p.startOperation(ctx, method+" "+route, trace.SpanKindServer, labels...)
	request := &APIRequest{Operation: operation}
	operation.onEnd = func(ctx context.Context, seconds float64, errorType string) {
		if status := int(request.status.Load()); status != 0 {
			labels = append(labels, semconv.HTTPResponseStatusCode(status))
		}
		p.instruments.apiDuration.Record(ctx, seconds, withErrorType(labels, errorType))
	}
	return ctx, request
}

// EndStatus ends the request with the status that it was answered with. 500 and more count as an
// error, as the semantic conventions want it.
func (r *APIRequest) EndStatus(status int) {
	r.status.Store(int64(status))
	r.span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusInternalServerError {
		r.End(apiError(status))
		return
	}
	r.End(nil)
}

// apiError is an answer of our own that means that we failed.
type apiError int

// Error names the status.
func (e apiError) Error() string { return strconv.Itoa(int(e)) + " " + http.StatusText(int(e)) }

// StatusCode returns the status, which becomes error.type.
func (e apiError) StatusCode() int { return int(e) }
