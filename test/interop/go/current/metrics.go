package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"
)

// emitMetrics sends one export per temporality: the temporality belongs to the exporter.
func emitMetrics(ctx context.Context, opts options, sent *summary) error {
	if opts.bulk() {
		return withMeter(ctx, opts, sdkmetric.CumulativeTemporalitySelector, func(ctx context.Context, meter metric.Meter) error {
			sent.Counts.Points += opts.items
			return bulkPoints(ctx, meter, opts.items)
		})
	}
	cumulative := withMeter(ctx, opts, sdkmetric.CumulativeTemporalitySelector, func(ctx context.Context, meter metric.Meter) error {
		sent.Counts.Points += 12
		return cumulativePoints(ctx, meter)
	})
	delta := withMeter(ctx, opts, sdkmetric.DeltaTemporalitySelector, func(ctx context.Context, meter metric.Meter) error {
		sent.Counts.Points += 3
		return deltaPoints(ctx, meter)
	})
	return errors.Join(cumulative, delta)
}

// withMeter runs record with a meter whose points are exported once, when the provider shuts down.
func withMeter(
	ctx context.Context,
	opts options,
	temporality sdkmetric.TemporalitySelector,
	record func(context.Context, metric.Meter) error,
) error {
	exporterOptions := []otlpmetrichttp.Option{
		otlpmetrichttp.WithEndpointURL(opts.url("metrics")),
		otlpmetrichttp.WithHeaders(opts.headers()),
		otlpmetrichttp.WithTemporalitySelector(temporality),
	}
	if opts.gzip() {
		exporterOptions = append(exporterOptions, otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression))
	}
	exporter, err := otlpmetrichttp.New(ctx, exporterOptions...)
	if err != nil {
		return err
	}
	readerOptions := []sdkmetric.PeriodicReaderOption{sdkmetric.WithInterval(time.Hour)}
	if temporality(sdkmetric.InstrumentKindCounter) == metricdata.CumulativeTemporality {
		readerOptions = append(readerOptions, sdkmetric.WithProducer(summaryProducer{}))
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithResource(newResource(opts)),
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter, readerOptions...)),
		sdkmetric.WithView(sdkmetric.NewView(
			sdkmetric.Instrument{Name: "pryx.payload.*"},
			sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 8, MaxScale: 20}},
		)),
	)
	meter := provider.Meter(scopeName,
		metric.WithInstrumentationVersion(scopeVersion),
		metric.WithSchemaURL(schemaURL),
		metric.WithInstrumentationAttributes(attribute.String("scope.purpose", "interop")),
	)
	if err := record(ctx, meter); err != nil {
		return errors.Join(err, provider.Shutdown(ctx))
	}
	return provider.Shutdown(ctx)
}

func cumulativePoints(ctx context.Context, meter metric.Meter) error {
	requests, requestsErr := meter.Int64Counter("pryx.requests", metric.WithDescription("Total request count"), metric.WithUnit("{request}"))
	total, totalErr := meter.Int64Counter("pryx.tokens")
	cost, costErr := meter.Float64Counter("pryx.cost", metric.WithUnit("USD"))
	active, activeErr := meter.Int64UpDownCounter("pryx.sessions.active")
	queue, queueErr := meter.Int64Gauge("pryx.queue.depth")
	_, loadErr := meter.Float64ObservableGauge("pryx.load", metric.WithFloat64Callback(
		func(_ context.Context, observer metric.Float64Observer) error {
			observer.Observe(-3.5)
			return nil
		},
	))
	latency, latencyErr := meter.Float64Histogram("pryx.latency_ms",
		metric.WithDescription("Request latency in ms"), metric.WithExplicitBucketBoundaries(10, 100, 1000))
	payload, payloadErr := meter.Int64Histogram("pryx.payload.size", metric.WithUnit("By"))
	if err := errors.Join(requestsErr, totalErr, costErr, activeErr, queueErr, loadErr, latencyErr, payloadErr); err != nil {
		return err
	}

	chat := metric.WithAttributes(attribute.String("name", "chat"))
	tools := metric.WithAttributes(attribute.String("name", "tools"))
	// A sampled span in the context makes the SDK attach an exemplar.
	sampled := trace.ContextWithSpanContext(ctx, remoteContext())

	requests.Add(ctx, 3, chat)
	requests.Add(ctx, 4, chat)
	requests.Add(ctx, 1, tools)
	total.Add(ctx, 1<<53+1)
	cost.Add(sampled, 0.75)
	active.Add(ctx, 5)
	active.Add(ctx, -7)
	queue.Record(ctx, 0)
	for _, milliseconds := range []float64{5, 50, 500, 5000} {
		latency.Record(ctx, milliseconds, chat)
	}
	latency.Record(ctx, 0.25, tools)
	for _, size := range []int64{0, 1, 2, 4} {
		payload.Record(ctx, size)
	}
	payload.Record(ctx, 1024, chat)
	return nil
}

func deltaPoints(ctx context.Context, meter metric.Meter) error {
	failures, failuresErr := meter.Int64Counter("pryx.errors", metric.WithDescription("Total error count"))
	latency, latencyErr := meter.Float64Histogram("pryx.delta.latency_ms", metric.WithExplicitBucketBoundaries(10))
	payload, payloadErr := meter.Float64Histogram("pryx.payload.delta")
	if err := errors.Join(failuresErr, latencyErr, payloadErr); err != nil {
		return err
	}
	failures.Add(ctx, 2, metric.WithAttributes(attribute.String("name", "provider")))
	latency.Record(ctx, 7.5)
	payload.Record(ctx, 1)
	return nil
}

// summaryProducer stands for a bridge from another metrics library: the only way this SDK
// exports a Summary.
type summaryProducer struct{}

// Produce implements the SDK's Producer interface.
func (summaryProducer) Produce(context.Context) ([]metricdata.ScopeMetrics, error) {
	scopeMetrics := metricdata.ScopeMetrics{Metrics: []metricdata.Metrics{{
		Name: "pryx.bridge.duration",
		Unit: "s",
		Data: metricdata.Summary{DataPoints: []metricdata.SummaryDataPoint{{
			Attributes: attribute.NewSet(attribute.String("name", "bridge")),
			StartTime:  at(0),
			Time:       at(1000),
			Count:      4,
			Sum:        10.5,
			QuantileValues: []metricdata.QuantileValue{
				{Quantile: 0.5, Value: 2.25},
				{Quantile: 0.99, Value: 4},
			},
		}}},
	}}}
	scopeMetrics.Scope.Name = "pryx-bridge"
	return []metricdata.ScopeMetrics{scopeMetrics}, nil
}
