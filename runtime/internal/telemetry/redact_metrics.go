package telemetry

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/pryx-co/pryx/runtime/internal/redact"
)

// redactMetrics removes secrets from the attributes of data points. There should be none: attributes
// of metrics have few values. Series that a secret told apart stay apart, as points with the same
// attributes.
func redactMetrics(metrics *metricdata.ResourceMetrics) {
	for _, scope := range metrics.ScopeMetrics {
		for _, metric := range scope.Metrics {
			redactPoints(metric.Data)
		}
	}
}

func redactPoints(data metricdata.Aggregation) {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		redactNumbers(data.DataPoints)
	case metricdata.Gauge[float64]:
		redactNumbers(data.DataPoints)
	case metricdata.Sum[int64]:
		redactNumbers(data.DataPoints)
	case metricdata.Sum[float64]:
		redactNumbers(data.DataPoints)
	case metricdata.Histogram[int64]:
		redactHistograms(data.DataPoints)
	case metricdata.Histogram[float64]:
		redactHistograms(data.DataPoints)
	case metricdata.ExponentialHistogram[int64]:
		redactExponential(data.DataPoints)
	case metricdata.ExponentialHistogram[float64]:
		redactExponential(data.DataPoints)
	case metricdata.Summary:
		for at := range data.DataPoints {
			data.DataPoints[at].Attributes = redactSet(data.DataPoints[at].Attributes)
		}
	}
}

func redactNumbers[N int64 | float64](points []metricdata.DataPoint[N]) {
	for at := range points {
		points[at].Attributes = redactSet(points[at].Attributes)
		redactExemplars(points[at].Exemplars)
	}
}

func redactHistograms[N int64 | float64](points []metricdata.HistogramDataPoint[N]) {
	for at := range points {
		points[at].Attributes = redactSet(points[at].Attributes)
		redactExemplars(points[at].Exemplars)
	}
}

func redactExponential[N int64 | float64](points []metricdata.ExponentialHistogramDataPoint[N]) {
	for at := range points {
		points[at].Attributes = redactSet(points[at].Attributes)
		redactExemplars(points[at].Exemplars)
	}
}

func redactExemplars[N int64 | float64](exemplars []metricdata.Exemplar[N]) {
	for at := range exemplars {
		exemplars[at].FilteredAttributes = redact.Attributes(exemplars[at].FilteredAttributes)
	}
}

// redactSet keeps a set without secrets as it is, which is nearly always.
func redactSet(set attribute.Set) attribute.Set {
	list := set.ToSlice()
	if clean := redact.Attributes(list); len(list) > 0 && &clean[0] != &list[0] {
		return attribute.NewSet(clean...)
	}
	return set
}
