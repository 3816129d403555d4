package main

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

func emitMetrics(ctx context.Context, opts options, sent *summary) error {
	exporterOptions := []otlpmetrichttp.Option{
		otlpmetrichttp.WithEndpointURL(opts.url("metrics")),
		otlpmetrichttp.WithHeaders(opts.headers()),
	}
	if opts.gzip() {
		exporterOptions = append(exporterOptions, otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression))
	}
	exporter, err := otlpmetrichttp.New(ctx, exporterOptions...)
	if err != nil {
		return err
	}
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithResource(newResource(opts)),
		sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Hour))),
	)
	if err := runtimePoints(ctx, provider.Meter("pryx-core")); err != nil {
		return errors.Join(err, provider.Shutdown(ctx))
	}
	sent.Counts.Points += 4
	return provider.Shutdown(ctx)
}

// runtimePoints records with the runtime's four instruments, one data point each.
func runtimePoints(ctx context.Context, meter metric.Meter) error {
	requests, requestsErr := meter.Int64Counter("pryx.requests", metric.WithDescription("Total request count"))
	failures, failuresErr := meter.Int64Counter("pryx.errors", metric.WithDescription("Total error count"))
	usage, usageErr := meter.Int64Counter("pryx.provider.usage", metric.WithDescription("Provider usage count"))
	latency, latencyErr := meter.Float64Histogram("pryx.latency_ms", metric.WithDescription("Request latency in ms"))
	if err := errors.Join(requestsErr, failuresErr, usageErr, latencyErr); err != nil {
		return err
	}
	chat := metric.WithAttributes(attribute.String("name", "chat"))
	requests.Add(ctx, 3, chat)
	failures.Add(ctx, 1, chat)
	usage.Add(ctx, 2, metric.WithAttributes(attribute.String("provider", "openai")))
	latency.Record(ctx, 12.5, chat)
	latency.Record(ctx, 480, chat)
	return nil
}
