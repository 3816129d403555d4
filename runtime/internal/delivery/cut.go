package delivery

import (
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// OTLP groups items in two levels (resource, scope), metrics in three. Both functions below work on
// any level: size counts the items in one element, divide cuts one element.

func sum[E any](list []E, size func(E) int) int {
	total := 0
	for _, element := range list {
		total += size(element)
	}
	return total
}

// cut splits list so that head holds its first keep items. At most one element is divided, all
// others move as they are.
func cut[E any](list []E, keep int, size func(E) int, divide func(E, int) (E, E)) (head, tail []E) {
	for at, element := range list {
		switch items := size(element); {
		case keep == 0:
			return head, append(tail, list[at:]...)
		case items <= keep:
			head = append(head, element)
			keep -= items
		default:
			first, second := divide(element, keep)
			return append(head, first), append(append(tail, second), list[at+1:]...)
		}
	}
	return head, tail
}

// cutItems splits a list whose elements are items.
func cutItems[E any](list []E, keep int) (head, tail []E) { return list[:keep], list[keep:] }

func spansOfResource(of *tracepb.ResourceSpans) int { return sum(of.ScopeSpans, spansOfScope) }

func spansOfScope(of *tracepb.ScopeSpans) int { return len(of.Spans) }

func cutResourceSpans(of *tracepb.ResourceSpans, keep int) (*tracepb.ResourceSpans, *tracepb.ResourceSpans) {
	head, tail := cut(of.ScopeSpans, keep, spansOfScope, cutScopeSpans)
	return &tracepb.ResourceSpans{Resource: of.Resource, SchemaUrl: of.SchemaUrl, ScopeSpans: head},
		&tracepb.ResourceSpans{Resource: of.Resource, SchemaUrl: of.SchemaUrl, ScopeSpans: tail}
}

func cutScopeSpans(of *tracepb.ScopeSpans, keep int) (*tracepb.ScopeSpans, *tracepb.ScopeSpans) {
	head, tail := cutItems(of.Spans, keep)
	return &tracepb.ScopeSpans{Scope: of.Scope, SchemaUrl: of.SchemaUrl, Spans: head},
		&tracepb.ScopeSpans{Scope: of.Scope, SchemaUrl: of.SchemaUrl, Spans: tail}
}

func recordsOfResource(of *logspb.ResourceLogs) int { return sum(of.ScopeLogs, recordsOfScope) }

func recordsOfScope(of *logspb.ScopeLogs) int { return len(of.LogRecords) }

func cutResourceLogs(of *logspb.ResourceLogs, keep int) (*logspb.ResourceLogs, *logspb.ResourceLogs) {
	head, tail := cut(of.ScopeLogs, keep, recordsOfScope, cutScopeLogs)
	return &logspb.ResourceLogs{Resource: of.Resource, SchemaUrl: of.SchemaUrl, ScopeLogs: head},
		&logspb.ResourceLogs{Resource: of.Resource, SchemaUrl: of.SchemaUrl, ScopeLogs: tail}
}

func cutScopeLogs(of *logspb.ScopeLogs, keep int) (*logspb.ScopeLogs, *logspb.ScopeLogs) {
	head, tail := cutItems(of.LogRecords, keep)
	return &logspb.ScopeLogs{Scope: of.Scope, SchemaUrl: of.SchemaUrl, LogRecords: head},
		&logspb.ScopeLogs{Scope: of.Scope, SchemaUrl: of.SchemaUrl, LogRecords: tail}
}

func pointsOfResource(of *metricspb.ResourceMetrics) int { return sum(of.ScopeMetrics, pointsOfScope) }

func pointsOfScope(of *metricspb.ScopeMetrics) int { return sum(of.Metrics, pointsOfMetric) }

func pointsOfMetric(of *metricspb.Metric) int {
	return len(of.GetGauge().GetDataPoints()) +
		len(of.GetSum().GetDataPoints()) +
		len(of.GetHistogram().GetDataPoints()) +
		len(of.GetExponentialHistogram().GetDataPoints()) +
		len(of.GetSummary().GetDataPoints())
}

func cutResourceMetrics(of *metricspb.ResourceMetrics, keep int) (*metricspb.ResourceMetrics, *metricspb.ResourceMetrics) {
	head, tail := cut(of.ScopeMetrics, keep, pointsOfScope, cutScopeMetrics)
	return &metricspb.ResourceMetrics{Resource: of.Resource, SchemaUrl: of.SchemaUrl, ScopeMetrics: head},
		&metricspb.ResourceMetrics{Resource: of.Resource, SchemaUrl: of.SchemaUrl, ScopeMetrics: tail}
}

func cutScopeMetrics(of *metricspb.ScopeMetrics, keep int) (*metricspb.ScopeMetrics, *metricspb.ScopeMetrics) {
	head, tail := cut(of.Metrics, keep, pointsOfMetric, cutMetric)
	return &metricspb.ScopeMetrics{Scope: of.Scope, SchemaUrl: of.SchemaUrl, Metrics: head},
		&metricspb.ScopeMetrics{Scope: of.Scope, SchemaUrl: of.SchemaUrl, Metrics: tail}
}

// cutMetric divides the data points of one metric: both parts carry its name and kind.
func cutMetric(of *metricspb.Metric, keep int) (head, tail *metricspb.Metric) {
	head, tail = describe(of), describe(of)
	switch data := of.Data.(type) {
	case *metricspb.Metric_Gauge:
		first, second := cutItems(data.Gauge.DataPoints, keep)
		head.Data = &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: first}}
		tail.Data = &metricspb.Metric_Gauge{Gauge: &metricspb.Gauge{DataPoints: second}}
	case *metricspb.Metric_Sum:
		first, second := cutItems(data.Sum.DataPoints, keep)
		temporality, monotonic := data.Sum.AggregationTemporality, data.Sum.IsMonotonic
		head.Data = &metricspb.Metric_Sum{Sum: &metricspb.Sum{
			DataPoints: first, AggregationTemporality: temporality, IsMonotonic: monotonic}}
		tail.Data = &metricspb.Metric_Sum{Sum: &metricspb.Sum{
			DataPoints: second, AggregationTemporality: temporality, IsMonotonic: monotonic}}
	case *metricspb.Metric_Histogram:
		first, second := cutItems(data.Histogram.DataPoints, keep)
		temporality := data.Histogram.AggregationTemporality
		head.Data = &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{
			DataPoints: first, AggregationTemporality: temporality}}
		tail.Data = &metricspb.Metric_Histogram{Histogram: &metricspb.Histogram{
			DataPoints: second, AggregationTemporality: temporality}}
	case *metricspb.Metric_ExponentialHistogram:
		first, second := cutItems(data.ExponentialHistogram.DataPoints, keep)
		temporality := data.ExponentialHistogram.AggregationTemporality
		head.Data = &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{
			DataPoints: first, AggregationTemporality: temporality}}
		tail.Data = &metricspb.Metric_ExponentialHistogram{ExponentialHistogram: &metricspb.ExponentialHistogram{
			DataPoints: second, AggregationTemporality: temporality}}
	case *metricspb.Metric_Summary:
		first, second := cutItems(data.Summary.DataPoints, keep)
		head.Data = &metricspb.Metric_Summary{Summary: &metricspb.Summary{DataPoints: first}}
		tail.Data = &metricspb.Metric_Summary{Summary: &metricspb.Summary{DataPoints: second}}
	}
	return head, tail
}

// describe copies what a metric says about itself, without its data points.
func describe(of *metricspb.Metric) *metricspb.Metric {
	return &metricspb.Metric{
		Name: of.Name, Description: of.Description, Unit: of.Unit, Metadata: of.Metadata,
	}
}
