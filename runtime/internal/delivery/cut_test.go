package delivery

import (
	"fmt"
	"testing"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func named(name string) *resourcepb.Resource {
	return &resourcepb.Resource{Attributes: []*commonpb.KeyValue{{
		Key:   "service.name",
		Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: name}},
	}}}
}

// requests has an export of each signal with several resources, scopes and, for metrics, all kinds.
func requests() map[Signal]proto.Message {
	traces := &coltrace.ExportTraceServiceRequest{}
	logs := &collogs.ExportLogsServiceRequest{}
	metrics := &colmetrics.ExportMetricsServiceRequest{}
	for at := range 3 {
		resource, schema := named(fmt.Sprint("service-", at)), fmt.Sprint("schema-", at)
		spans := &tracepb.ResourceSpans{Resource: resource, SchemaUrl: schema}
		records := &logspb.ResourceLogs{Resource: resource, SchemaUrl: schema}
		points := &metricspb.ResourceMetrics{Resource: resource, SchemaUrl: schema}
		for in := range 2 {
			scope := &commonpb.InstrumentationScope{Name: fmt.Sprint("scope-", in)}
			scopeSpans := &tracepb.ScopeSpans{Scope: scope, SchemaUrl: schema}
			scopeLogs := &logspb.ScopeLogs{Scope: scope, SchemaUrl: schema}
			for item := range 3 {
				name := fmt.Sprintf("item-%d-%d-%d", at, in, item)
				scopeSpans.Spans = append(scopeSpans.Spans, &tracepb.Span{Name: name})
				scopeLogs.LogRecords = append(scopeLogs.LogRecords, &logspb.LogRecord{EventName: name})
			}
			spans.ScopeSpans = append(spans.ScopeSpans, scopeSpans)
			records.ScopeLogs = append(records.ScopeLogs, scopeLogs)
			points.ScopeMetrics = append(points.ScopeMetrics, &metricspb.ScopeMetrics{
				Scope: scope, SchemaUrl: schema, Metrics: metricsOfAllKinds(),
			})
		}
		traces.ResourceSpans = append(traces.ResourceSpans, spans)
		logs.ResourceLogs = append(logs.ResourceLogs, records)
		metrics.ResourceMetrics = append(metrics.ResourceMetrics, points)
	}
	return map[Signal]proto.Message{Traces: traces, Logs: logs, Metrics: metrics}
}

func metricsOfAllKinds() []*metricspb.Metric {
	numbers := []*metricspb.NumberDataPoint{{TimeUnixNano: 1}, {TimeUnixNano: 2}, {TimeUnixNano: 3}}
	const delta = metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
	return []*metricspb.Metric{
		{Name: "gauge", Unit: "By", Data: &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: numbers}}},
		{Name: "sum", Description: "d", Data: &metricspb.Metric_Sum{Sum: &metricspb.Sum{
			DataPoints: numbers, AggregationTemporality: delta, IsMonotonic: true}}},
		{Name: "histogram", Data: &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{
			DataPoints: []*metricspb.HistogramDataPoint{{Count: 1}, {Count: 2}}, AggregationTemporality: delta}}},
		{Name: "exponential", Data: &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{
			DataPoints: []*metricspb.ExponentialHistogramDataPoint{{Count: 1}, {Count: 2}}, AggregationTemporality: delta}}},
		{Name: "summary", Data: &metricspb.Metric_Summary{Summary: &metricspb.Summary{
			DataPoints: []*metricspb.SummaryDataPoint{{Count: 1}, {Count: 2}}}}},
	}
}

// flat describes each item with everything that stands above it.
func flat(t *testing.T, signal Signal, body []byte) []string {
	t.Helper()
	var items []string
	add := func(parts ...any) { items = append(items, fmt.Sprint(parts...)) }
	switch signal {
	case Traces:
		request := &coltrace.ExportTraceServiceRequest{}
		mustUnmarshal(t, body, request)
		for _, resource := range request.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					add(resource.Resource, resource.SchemaUrl, scope.Scope, scope.SchemaUrl, span)
				}
			}
		}
	case Logs:
		request := &collogs.ExportLogsServiceRequest{}
		mustUnmarshal(t, body, request)
		for _, resource := range request.ResourceLogs {
			for _, scope := range resource.ScopeLogs {
				for _, record := range scope.LogRecords {
					add(resource.Resource, resource.SchemaUrl, scope.Scope, scope.SchemaUrl, record)
				}
			}
		}
	case Metrics:
		request := &colmetrics.ExportMetricsServiceRequest{}
		mustUnmarshal(t, body, request)
		for _, resource := range request.ResourceMetrics {
			for _, scope := range resource.ScopeMetrics {
				for _, metric := range scope.Metrics {
					head := fmt.Sprint(resource.Resource, resource.SchemaUrl, scope.Scope, scope.SchemaUrl, describe(metric))
					for _, point := range metric.GetGauge().GetDataPoints() {
						add(head, point)
					}
					for _, point := range metric.GetSum().GetDataPoints() {
						add(head, metric.GetSum().AggregationTemporality, metric.GetSum().IsMonotonic, point)
					}
					for _, point := range metric.GetHistogram().GetDataPoints() {
						add(head, metric.GetHistogram().AggregationTemporality, point)
					}
					for _, point := range metric.GetExponentialHistogram().GetDataPoints() {
						add(head, metric.GetExponentialHistogram().AggregationTemporality, point)
					}
					for _, point := range metric.GetSummary().GetDataPoints() {
						add(head, point)
					}
				}
			}
		}
	}
	return items
}

func mustUnmarshal(t *testing.T, body []byte, message proto.Message) {
	t.Helper()
	if err := proto.Unmarshal(body, message); err != nil {
		t.Fatal(err)
	}
}

// leaves halves a body again and again, as often as a receiver could ask for it.
func leaves(t *testing.T, signal Signal, load payload) []payload {
	t.Helper()
	if load.items <= 1 {
		return []payload{load}
	}
	head, tail, err := signal.halve(load.body)
	if err != nil {
		t.Fatal(err)
	}
	if head.items+tail.items != load.items || head.items != load.items/2 {
		t.Fatalf("halves of %d items: %d and %d", load.items, head.items, tail.items)
	}
	return append(leaves(t, signal, head), leaves(t, signal, tail)...)
}

func TestHalvingLosesNothingAndKeepsOrder(t *testing.T) {
	for signal, message := range requests() {
		t.Run(string(signal), func(t *testing.T) {
			body, err := proto.Marshal(message)
			if err != nil {
				t.Fatal(err)
			}
			decoded, err := signal.decode(body)
			if err != nil {
				t.Fatal(err)
			}
			want := flat(t, signal, body)
			if decoded.items != len(want) {
				t.Errorf("counted %d items of %d", decoded.items, len(want))
			}
			var got []string
			for _, leaf := range leaves(t, signal, payload{body: body, items: decoded.items}) {
				got = append(got, flat(t, signal, leaf.body)...)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("items after halving:\n got %v\nwant %v", got, want)
			}
		})
	}
}

func TestHalvingIsDeterministic(t *testing.T) {
	for signal, message := range requests() {
		body, err := proto.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		first, _, err := signal.halve(body)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := signal.halve(body)
		if err != nil {
			t.Fatal(err)
		}
		if string(first.body) != string(again.body) {
			t.Errorf("%s: halving the same bytes twice gives different bytes", signal)
		}
	}
}

func TestHalvingRefusesGarbage(t *testing.T) {
	for _, signal := range append(Signals(), "profiles") {
		if _, _, err := signal.halve([]byte{0xff}); err == nil {
			t.Errorf("%s: no error", signal)
		}
	}
}
