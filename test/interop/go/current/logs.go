package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"
)

func emitLogs(ctx context.Context, opts options, sent *summary) error {
	exporterOptions := []otlploghttp.Option{
		otlploghttp.WithEndpointURL(opts.url("logs")),
		otlploghttp.WithHeaders(opts.headers()),
	}
	if opts.gzip() {
		exporterOptions = append(exporterOptions, otlploghttp.WithCompression(otlploghttp.GzipCompression))
	}
	exporter, err := otlploghttp.New(ctx, exporterOptions...)
	if err != nil {
		return err
	}
	provider := sdklog.NewLoggerProvider(
		sdklog.WithResource(newResource(opts)),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter, sdklog.WithExportInterval(time.Hour))),
	)
	logger := provider.Logger(scopeName,
		log.WithInstrumentationVersion(scopeVersion),
		log.WithSchemaURL(schemaURL),
		log.WithInstrumentationAttributes(attribute.String("scope.purpose", "interop")),
	)
	if opts.bulk() {
		bulkRecords(ctx, logger, opts.items, sent)
	} else {
		scenarioRecords(ctx, logger, sent)
	}
	return provider.Shutdown(ctx)
}

func scenarioRecords(ctx context.Context, logger log.Logger, sent *summary) {
	severities := []log.Severity{
		log.SeverityTrace, log.SeverityDebug, log.SeverityInfo, log.SeverityWarn, log.SeverityError, log.SeverityFatal4,
	}
	for index, severity := range severities {
		record := newRecord(at(index), severity)
		record.SetBody(attribute.StringValue("level " + severity.String()))
		record.AddAttributes(attribute.Int("index", index))
		logger.Emit(ctx, record)
		sent.Counts.Logs++
	}

	structured := newRecord(at(100), log.SeverityInfo2)
	structured.SetEventName("session.finished")
	structured.SetBody(attribute.MapValue(
		attribute.String("message", "done"),
		attribute.Int64("tokens", 1<<53+1),
		attribute.Float64("ratio", 2),
		attribute.Slice("steps", attribute.StringValue("plan"), attribute.MapValue(attribute.Bool("ok", true))),
	))
	structured.AddAttributes(
		attribute.ByteSlice("payload", []byte{0xde, 0xad, 0xbe, 0xef}),
		attribute.String("session.id", "s-0001"),
	)
	logger.Emit(trace.ContextWithSpanContext(ctx, remoteContext()), structured)
	sent.Counts.Logs++
}

func newRecord(timestamp time.Time, severity log.Severity) log.Record {
	var record log.Record
	record.SetTimestamp(timestamp)
	record.SetObservedTimestamp(timestamp.Add(time.Microsecond))
	record.SetSeverity(severity)
	record.SetSeverityText(severity.String())
	return record
}
