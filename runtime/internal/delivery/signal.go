package delivery

import (
	"fmt"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Signal is one of the three kinds of telemetry that OTLP carries. Its text is the last part of the
// path that it is sent to.
type Signal string

// The signals.
const (
	Traces  Signal = "traces"
	Metrics Signal = "metrics"
	Logs    Signal = "logs"
)

// Signals returns all signals.
func Signals() []Signal { return []Signal{Traces, Metrics, Logs} }

// request is the decoded body of a request.
type request struct {
	// items is the number of spans, data points or log records.
	items int
	// cut makes two requests of it, the first with the first keep items. The original must not be
	// used afterwards.
	cut func(keep int) (head, tail proto.Message)
}

func (s Signal) decode(body []byte) (request, error) {
	switch s {
	case Traces:
		message := &coltrace.ExportTraceServiceRequest{}
		err := proto.Unmarshal(body, message)
		return request{
			items: sum(message.ResourceSpans, spansOfResource),
			cut: func(keep int) (proto.Message, proto.Message) {
				head, tail := cut(message.ResourceSpans, keep, spansOfResource, cutResourceSpans)
				return &coltrace.ExportTraceServiceRequest{ResourceSpans: head},
					&coltrace.ExportTraceServiceRequest{ResourceSpans: tail}
			},
		}, err
	case Metrics:
		message := &colmetrics.ExportMetricsServiceRequest{}
		err := proto.Unmarshal(body, message)
		return request{
			items: sum(message.ResourceMetrics, pointsOfResource),
			cut: func(keep int) (proto.Message, proto.Message) {
				head, tail := cut(message.ResourceMetrics, keep, pointsOfResource, cutResourceMetrics)
				return &colmetrics.ExportMetricsServiceRequest{ResourceMetrics: head},
					&colmetrics.ExportMetricsServiceRequest{ResourceMetrics: tail}
			},
		}, err
	case Logs:
		message := &collogs.ExportLogsServiceRequest{}
		err := proto.Unmarshal(body, message)
		return request{
			items: sum(message.ResourceLogs, recordsOfResource),
			cut: func(keep int) (proto.Message, proto.Message) {
				head, tail := cut(message.ResourceLogs, keep, recordsOfResource, cutResourceLogs)
				return &collogs.ExportLogsServiceRequest{ResourceLogs: head},
					&collogs.ExportLogsServiceRequest{ResourceLogs: tail}
			},
		}, err
	default:
		return request{}, fmt.Errorf("unknown signal %q", s)
	}
}

// payload is the body of one request and how many items it holds.
type payload struct {
	body  []byte
	items int
}

// halve splits the body of a request into two requests with half of the items each, in their order.
// Splitting the same bytes always gives the same bytes.
func (s Signal) halve(body []byte) (head, tail payload, err error) {
	whole, err := s.decode(body)
	if err != nil {
		return payload{}, payload{}, fmt.Errorf("decode a request to split it: %w", err)
	}
	keep := whole.items / 2
	first, second := whole.cut(keep)
	if head.body, err = marshal.Marshal(first); err != nil {
		return payload{}, payload{}, fmt.Errorf("encode half of a request: %w", err)
	}
	if tail.body, err = marshal.Marshal(second); err != nil {
		return payload{}, payload{}, fmt.Errorf("encode half of a request: %w", err)
	}
	head.items, tail.items = keep, whole.items-keep
	return head, tail, nil
}

// marshal writes the same message always as the same bytes.
var marshal = proto.MarshalOptions{Deterministic: true}

// partialSuccess reads the answer to an export.
func (s Signal) partialSuccess(body []byte) (rejected int64, message string, err error) {
	switch s {
	case Traces:
		answer := &coltrace.ExportTraceServiceResponse{}
		err = proto.Unmarshal(body, answer)
		partial := answer.GetPartialSuccess()
		return partial.GetRejectedSpans(), partial.GetErrorMessage(), err
	case Metrics:
		answer := &colmetrics.ExportMetricsServiceResponse{}
		err = proto.Unmarshal(body, answer)
		partial := answer.GetPartialSuccess()
		return partial.GetRejectedDataPoints(), partial.GetErrorMessage(), err
	case Logs:
		answer := &collogs.ExportLogsServiceResponse{}
		err = proto.Unmarshal(body, answer)
		partial := answer.GetPartialSuccess()
		return partial.GetRejectedLogRecords(), partial.GetErrorMessage(), err
	default:
		return 0, "", fmt.Errorf("unknown signal %q", s)
	}
}
