package telemetry

import (
	"context"
	"fmt"
	"sync"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// newMeterProvider makes the provider of the pipeline's metrics. The exporter is returned as well:
// it knows how the last export went.
func newMeterProvider(ctx context.Context, p *pipeline, s settings, res *resource.Resource) (*sdkmetric.MeterProvider, *metricExporter, error) {
	otlp, err := otlpmetrichttp.New(ctx,
		otlpmetrichttp.WithEndpointURL(p.endpoint),
		otlpmetrichttp.WithHTTPClient(p.client()),
		otlpmetrichttp.WithCompression(otlpmetrichttp.NoCompression),
		otlpmetrichttp.WithRetry(otlpmetrichttp.RetryConfig{Enabled: false}),
		otlpmetrichttp.WithAggregationSelector(exponentialHistograms),
	)
	if err != nil {
		return nil, nil, fmt.Errorf("make the exporter of metrics: %w", err)
	}
	exporter := &metricExporter{Exporter: otlp, pipeline: p}
	reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(s.MetricInterval))
	return sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(reader)), exporter, nil
}

// Scale and size of exponential histograms: what the OpenTelemetry specification recommends. The
// scale shrinks by itself as values spread.
const (
	histogramMaxSize  = 160
	histogramMaxScale = 20
)

// exponentialHistograms makes every histogram one whose buckets follow the values, so that
// quantiles mean something at 20 ms and at 20 minutes. Fixed buckets end at 10 s.
func exponentialHistograms(kind sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	if kind == sdkmetric.InstrumentKindHistogram {
		return sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: histogramMaxSize, MaxScale: histogramMaxScale}
	}
	return sdkmetric.DefaultAggregationSelector(kind)
}

// metricExporter accounts for the data points that a reader exports.
type metricExporter struct {
	sdkmetric.Exporter
	pipeline *pipeline

	mu sync.Mutex
	// err is what the last export failed with. Those before it nobody asked about, and there may be
	// many.
	err error
}

// Export sends what a reader collected.
//
// It always returns nil: what went wrong has been counted and logged by the pipeline, and the reader
// would report it once more to a global handler. The reader cancels an export after 30 s and on
// shutdown; this one goes on until the pipeline ends, as exports of spans and logs do.
func (e *metricExporter) Export(_ context.Context, metrics *metricdata.ResourceMetrics) error {
	points := countPoints(metrics)
	if points == 0 {
		return nil
	}
	e.pipeline.account.record(points)
	redactMetrics(metrics)
	err := e.pipeline.deliver(e.pipeline.lifetime, points, func(ctx context.Context) error {
		return e.Exporter.Export(ctx, metrics)
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
	return nil
}

// takeError returns what the last export failed with, once.
func (e *metricExporter) takeError() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.err
	e.err = nil
	return err
}

func countPoints(metrics *metricdata.ResourceMetrics) int {
	points := 0
	for _, scope := range metrics.ScopeMetrics {
		for _, metric := range scope.Metrics {
			points += pointsOf(metric.Data)
		}
	}
	return points
}

func pointsOf(data metricdata.Aggregation) int {
	switch data := data.(type) {
	case metricdata.Gauge[int64]:
		return len(data.DataPoints)
	case metricdata.Gauge[float64]:
		return len(data.DataPoints)
	case metricdata.Sum[int64]:
		return len(data.DataPoints)
	case metricdata.Sum[float64]:
		return len(data.DataPoints)
	case metricdata.Histogram[int64]:
		return len(data.DataPoints)
	case metricdata.Histogram[float64]:
		return len(data.DataPoints)
	case metricdata.ExponentialHistogram[int64]:
		return len(data.DataPoints)
	case metricdata.ExponentialHistogram[float64]:
		return len(data.DataPoints)
	case metricdata.Summary:
		return len(data.DataPoints)
	default:
		return 0
	}
}
