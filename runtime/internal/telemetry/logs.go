package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/redact"
)

// LevelFatal is the level of what ends the process. slog has no name for it; OpenTelemetry's
// severity FATAL is as far above ERROR as ERROR is above WARN.
const LevelFatal = slog.LevelError + 4

// newLoggerProvider makes the provider of the pipeline's log records.
func newLoggerProvider(ctx context.Context, p *pipeline, s settings, res *resource.Resource) (*sdklog.LoggerProvider, error) {
	exporter, err := otlploghttp.New(ctx,
		otlploghttp.WithEndpointURL(p.endpoint),
		otlploghttp.WithHTTPClient(p.client()),
		otlploghttp.WithCompression(otlploghttp.NoCompression),
		otlploghttp.WithRetry(otlploghttp.RetryConfig{Enabled: false}),
	)
	if err != nil {
		return nil, fmt.Errorf("make the exporter of logs: %w", err)
	}
	processor := &logProcessor{batcher: startBatcher(p.lifetime, s.Logs, p.account,
		func(ctx context.Context, records []sdklog.Record) error {
			for at := range records {
				redactRecord(&records[at])
			}
			return p.deliver(ctx, len(records), func(ctx context.Context) error {
				return exporter.Export(ctx, records)
			})
		})}
	return sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithProcessor(processor)), nil
}

// logProcessor gives log records the correlation of their context and collects them.
type logProcessor struct {
	batcher *batcher[sdklog.Record]
}

// Enabled is called by the SDK.
func (p *logProcessor) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// OnEmit is called by the SDK.
func (p *logProcessor) OnEmit(ctx context.Context, record *sdklog.Record) error {
	kept := record.Clone()
	kept.AddAttributes(missing(&kept, correlation.Attributes(ctx))...)
	if kept.Severity() == log.SeverityFatal {
		// slog would have it "ERROR+4".
		kept.SetSeverityText("FATAL")
	}
	p.batcher.put(kept)
	return nil
}

// ForceFlush is called by the SDK.
func (p *logProcessor) ForceFlush(ctx context.Context) error { return p.batcher.flush(ctx) }

// Shutdown is called by the SDK.
func (p *logProcessor) Shutdown(ctx context.Context) error { return p.batcher.shutdown(ctx) }

// missing returns those attributes that a record does not have: what a caller said wins over the
// context.
func missing(record *sdklog.Record, list []attribute.KeyValue) []attribute.KeyValue {
	if len(list) == 0 {
		return nil
	}
	has := map[attribute.Key]bool{}
	record.WalkAttributes(func(pair attribute.KeyValue) bool {
		has[pair.Key] = true
		return true
	})
	var absent []attribute.KeyValue
	for _, pair := range list {
		if !has[pair.Key] {
			absent = append(absent, pair)
		}
	}
	return absent
}

// redactRecord removes the secrets of a record that belongs to the caller.
func redactRecord(record *sdklog.Record) {
	record.SetBody(redact.Value(record.Body()))
	list := make([]attribute.KeyValue, 0, record.AttributesLen())
	record.WalkAttributes(func(pair attribute.KeyValue) bool {
		list = append(list, pair)
		return true
	})
	record.SetAttributes(redact.Attributes(list)...)
}

// newSlogHandler returns the handler that turns slog records into log records of the provider.
func newSlogHandler(provider log.LoggerProvider, s settings) slog.Handler {
	return leveled{
		Handler: otelslog.NewHandler(scopeName, otelslog.WithLoggerProvider(provider), otelslog.WithVersion(s.ServiceVersion)),
		least:   s.LogLevel,
	}
}

// leveled is a handler of the records from a level upward.
type leveled struct {
	slog.Handler
	least slog.Leveler
}

// Enabled reports whether a record of the level is wanted.
func (h leveled) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.least.Level() && h.Handler.Enabled(ctx, level)
}

// WithAttrs returns a handler whose records have more attributes.
func (h leveled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return leveled{Handler: h.Handler.WithAttrs(attrs), least: h.least}
}

// WithGroup returns a handler whose records have their attributes in a group.
func (h leveled) WithGroup(name string) slog.Handler {
	return leveled{Handler: h.Handler.WithGroup(name), least: h.least}
}
