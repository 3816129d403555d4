// Package otlptest is an OTLP/HTTP receiver for tests. It is in memory: as an [http.RoundTripper] it
// needs no connection and no goroutine, so it also works where time is simulated (testing/synctest).
package otlptest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Receiver keeps what it is sent. The zero value is ready to use.
type Receiver struct {
	// Refuse, where it is set, may answer a request instead of the receiver, which then keeps nothing
	// of it. It returns whether it did.
	Refuse func(http.ResponseWriter, *http.Request) bool

	mu       sync.Mutex
	requests int
	headers  []http.Header
	urls     []string
	traces   []*tracepb.ResourceSpans
	metrics  []*metricspb.ResourceMetrics
	logs     []*logspb.ResourceLogs
}

// RoundTrip answers a request.
func (r *Receiver) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, request)
	return recorder.Result(), nil
}

// ServeHTTP answers a request.
func (r *Receiver) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	r.headers = append(r.headers, request.Header.Clone())
	r.urls = append(r.urls, request.URL.String())
	writer.Header().Set("Content-Type", "application/x-protobuf")
	if r.Refuse != nil && r.Refuse(writer, request) {
		return
	}
	if err := r.keep(request); err != nil {
		http.Error(writer, err.Error(), http.StatusBadRequest)
	}
}

func (r *Receiver) keep(request *http.Request) error {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return err
	}
	if request.Header.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return err
		}
		if body, err = io.ReadAll(reader); err != nil {
			return err
		}
	}
	switch path := request.URL.Path; {
	case strings.HasSuffix(path, "/v1/traces"):
		message := &coltrace.ExportTraceServiceRequest{}
		err = proto.Unmarshal(body, message)
		r.traces = append(r.traces, message.ResourceSpans...)
	case strings.HasSuffix(path, "/v1/metrics"):
		message := &colmetrics.ExportMetricsServiceRequest{}
		err = proto.Unmarshal(body, message)
		r.metrics = append(r.metrics, message.ResourceMetrics...)
	case strings.HasSuffix(path, "/v1/logs"):
		message := &collogs.ExportLogsServiceRequest{}
		err = proto.Unmarshal(body, message)
		r.logs = append(r.logs, message.ResourceLogs...)
	default:
		err = fmt.Errorf("unknown path %q", path)
	}
	return err
}

// Requests returns how many requests came, refused ones included.
func (r *Receiver) Requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

// Headers returns the headers of all requests.
func (r *Receiver) Headers() []http.Header {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]http.Header(nil), r.headers...)
}

// URLs returns where all requests went.
func (r *Receiver) URLs() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.urls...)
}

// Traces returns what came to /v1/traces.
func (r *Receiver) Traces() []*tracepb.ResourceSpans {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*tracepb.ResourceSpans(nil), r.traces...)
}

// Metrics returns what came to /v1/metrics.
func (r *Receiver) Metrics() []*metricspb.ResourceMetrics {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*metricspb.ResourceMetrics(nil), r.metrics...)
}

// Logs returns what came to /v1/logs.
func (r *Receiver) Logs() []*logspb.ResourceLogs {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*logspb.ResourceLogs(nil), r.logs...)
}

// Spans returns all spans.
func (r *Receiver) Spans() []*tracepb.Span {
	var spans []*tracepb.Span
	for _, resource := range r.Traces() {
		for _, scope := range resource.ScopeSpans {
			spans = append(spans, scope.Spans...)
		}
	}
	return spans
}

// Records returns all log records.
func (r *Receiver) Records() []*logspb.LogRecord {
	var records []*logspb.LogRecord
	for _, resource := range r.Logs() {
		for _, scope := range resource.ScopeLogs {
			records = append(records, scope.LogRecords...)
		}
	}
	return records
}

// Metric returns the last state of a metric, or nil.
func (r *Receiver) Metric(name string) *metricspb.Metric {
	var last *metricspb.Metric
	for _, resource := range r.Metrics() {
		for _, scope := range resource.ScopeMetrics {
			for _, metric := range scope.Metrics {
				if metric.Name == name {
					last = metric
				}
			}
		}
	}
	return last
}

// Attributes returns attributes as text by name. Lists are joined by newlines.
func Attributes(list []*commonpb.KeyValue) map[string]string {
	texts := make(map[string]string, len(list))
	for _, pair := range list {
		texts[pair.Key] = text(pair.Value)
	}
	return texts
}

func text(value *commonpb.AnyValue) string {
	switch value := value.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return value.StringValue
	case *commonpb.AnyValue_ArrayValue:
		var texts []string
		for _, element := range value.ArrayValue.Values {
			texts = append(texts, text(element))
		}
		return strings.Join(texts, "\n")
	case *commonpb.AnyValue_KvlistValue:
		return fmt.Sprint(Attributes(value.KvlistValue.Values))
	case *commonpb.AnyValue_IntValue:
		return fmt.Sprint(value.IntValue)
	case *commonpb.AnyValue_DoubleValue:
		return fmt.Sprint(value.DoubleValue)
	case *commonpb.AnyValue_BoolValue:
		return fmt.Sprint(value.BoolValue)
	default:
		return ""
	}
}
