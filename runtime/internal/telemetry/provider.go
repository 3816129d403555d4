package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/log"
	lognoop "go.opentelemetry.io/otel/log/noop"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// scopeName is the instrumentation scope of what the helpers of this package record.
const scopeName = "github.com/pryx-co/pryx/runtime"

// flusher is what the SDK's providers have in common.
type flusher interface {
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// Provider is the telemetry of a process. Its methods may be called concurrently.
type Provider struct {
	settings    settings
	deviceID    string
	diagnostics *diagnostics
	pipelines   map[delivery.Signal]*pipeline
	// endLifetime ends all exports.
	endLifetime      context.CancelFunc
	closeConnections func()

	tracers     trace.TracerProvider
	meters      metric.MeterProvider
	loggers     log.LoggerProvider
	flushers    map[delivery.Signal]flusher
	metrics     *metricExporter
	tracer      trace.Tracer
	logger      *slog.Logger
	instruments *instruments

	shutdown    sync.Once
	shutdownErr error
}

// New sets up traces, metrics and logs. Call [Provider.Shutdown] at the end.
//
// Nothing is sent yet: a receiver that cannot be reached is no error. It fails when the Config or the
// environment make no sense, with all that is wrong in one error; then nothing is left running.
func New(ctx context.Context, config Config) (*Provider, error) {
	s, err := resolve(config)
	if err != nil {
		return nil, fmt.Errorf("configure telemetry: %w", err)
	}
	p := &Provider{
		settings:         s,
		endLifetime:      func() {},
		closeConnections: func() {},
		tracers:          tracenoop.NewTracerProvider(),
		meters:           metricnoop.NewMeterProvider(),
		loggers:          lognoop.NewLoggerProvider(),
		flushers:         map[delivery.Signal]flusher{},
	}
	if !s.Disabled {
		if err := p.start(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("start telemetry: %w", err), p.abandon(ctx))
		}
	}
	p.tracer = p.tracers.Tracer(scopeName, trace.WithInstrumentationVersion(s.ServiceVersion))
	p.logger = slog.New(slog.DiscardHandler)
	if p.flushers[delivery.Logs] != nil {
		p.logger = slog.New(newSlogHandler(p.loggers, s))
	}
	if p.instruments, err = newInstruments(p.meters.Meter(scopeName, metric.WithInstrumentationVersion(s.ServiceVersion)), p.Stats); err != nil {
		return nil, errors.Join(err, p.abandon(ctx))
	}
	return p, nil
}

// start starts the pipelines. What it has started when it fails is in p.
func (p *Provider) start(ctx context.Context) error {
	s := p.settings
	p.diagnostics = newDiagnostics(s.Diagnostics)
	var err error
	if p.deviceID, err = deviceID(ctx, s.DeviceID); err != nil {
		s.Diagnostics.LogAttrs(ctx, slog.LevelWarn, "the device id holds for this run only", slog.Any("error", err))
	}
	described, err := newResource(ctx, s, p.deviceID)
	if err != nil {
		return err
	}
	// The values of ctx, but not its end: that is the caller's deadline for starting.
	lifetime, end := context.WithCancel(context.WithoutCancel(ctx))
	p.endLifetime = end
	base, closeConnections := newHTTPTransport(s)
	p.closeConnections = closeConnections
	p.pipelines = newPipelines(lifetime, s, base, p.diagnostics)
	return p.startProviders(ctx, described)
}

func (p *Provider) startProviders(ctx context.Context, described *resource.Resource) error {
	if pipeline, ok := p.pipelines[delivery.Traces]; ok {
		provider, err := newTracerProvider(ctx, pipeline, p.settings, described)
		if err != nil {
			return err
		}
		p.tracers, p.flushers[delivery.Traces] = provider, provider
	}
	if pipeline, ok := p.pipelines[delivery.Logs]; ok {
		provider, err := newLoggerProvider(ctx, pipeline, p.settings, described)
		if err != nil {
			return err
		}
		p.loggers, p.flushers[delivery.Logs] = provider, provider
	}
	if pipeline, ok := p.pipelines[delivery.Metrics]; ok {
		provider, exporter, err := newMeterProvider(ctx, pipeline, p.settings, described)
		if err != nil {
			return err
		}
		p.meters, p.metrics, p.flushers[delivery.Metrics] = provider, exporter, provider
	}
	return nil
}

// abandon ends what has been started, without sending anything.
func (p *Provider) abandon(ctx context.Context) error {
	p.endLifetime()
	var failures []error
	for _, flusher := range p.flushers {
		failures = append(failures, flusher.Shutdown(context.WithoutCancel(ctx)))
	}
	p.closeConnections()
	return errors.Join(failures...)
}

// TracerProvider makes tracers whose spans are sent.
func (p *Provider) TracerProvider() trace.TracerProvider { return p.tracers }

// MeterProvider makes meters whose metrics are sent.
func (p *Provider) MeterProvider() metric.MeterProvider { return p.meters }

// LoggerProvider makes loggers whose records are sent. Most code wants [Provider.Logger].
func (p *Provider) LoggerProvider() log.LoggerProvider { return p.loggers }

// Logger returns the structured logger whose records are sent, from the level that the Config says.
// Its methods with a context tie a record to the span in it. See also [LevelFatal].
func (p *Provider) Logger() *slog.Logger { return p.logger }

// DeviceID returns the id of this device, "" when telemetry is disabled.
func (p *Provider) DeviceID() string { return p.deviceID }

// Stats tells what became of all items so far. Signals that are switched off are not in it.
func (p *Provider) Stats() Stats {
	stats := make(Stats, len(p.pipelines))
	for signal, pipeline := range p.pipelines {
		stats[signal] = pipeline.account.snapshot()
	}
	return stats
}

// SetGlobal makes the provider that of the process: OpenTelemetry's globals for traces, metrics,
// logs, propagation (W3C) and errors. It is opt-in because a library or a test wants none of that.
func (p *Provider) SetGlobal() {
	otel.SetTracerProvider(p.tracers)
	otel.SetMeterProvider(p.meters)
	otel.SetLoggerProvider(p.loggers)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	if p.settings.Disabled {
		return
	}
	diagnostics := p.settings.Diagnostics
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		diagnostics.LogAttrs(context.Background(), slog.LevelWarn, "OpenTelemetry reports an error", slog.Any("error", err))
	}))
}

// ForceFlush sends everything that was recorded before the call, and returns when that is done or
// the context ends. An error says what was not delivered.
func (p *Provider) ForceFlush(ctx context.Context) error {
	return p.each(ctx, flusher.ForceFlush)
}

// Shutdown sends what is left and ends everything. It returns by the deadline of the context; a
// context that has none gets that of the Config. What could not be sent by then is dropped, counted
// and logged. After the first call it does nothing and returns the same error.
//
// Spans that are open count as dropped ([delivery.ReasonUnfinished]). What is recorded afterwards the
// SDK discards: end the work first.
func (p *Provider) Shutdown(ctx context.Context) error {
	p.shutdown.Do(func() { p.shutdownErr = p.close(ctx) })
	return p.shutdownErr
}

func (p *Provider) close(ctx context.Context) error {
	if p.settings.Disabled {
		return nil
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.settings.ShutdownTimeout)
		defer cancel()
	}
	if ctx.Err() != nil {
		p.endLifetime()
	}
	stop := context.AfterFunc(ctx, p.endLifetime)
	defer stop()
	for _, pipeline := range p.pipelines {
		pipeline.transport.Hurry()
	}
	// The SDK does not even tell its processors when the context has ended already: they would go on
	// running, with everything they hold uncounted.
	lasting, cancel := outlast(ctx, stragglerGrace)
	defer cancel()
	err := p.each(lasting, flusher.Shutdown)
	p.endLifetime()
	p.closeConnections()
	p.diagnostics.summarize(p.Stats())
	return err
}

// stragglerGrace is how long a shutdown waits, beyond its deadline, for what has just been canceled.
// Requests end at once; only a round tripper that ignores its context does not.
const stragglerGrace = time.Second

// outlast returns a context that ends some time after another one.
func outlast(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	lasting, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			end()
		case <-lasting.Done():
		}
	})
	return lasting, func() {
		stop()
		end()
	}
}

// each calls a method of all providers. Metrics come last, so that they tell what became of the rest.
func (p *Provider) each(ctx context.Context, call func(flusher, context.Context) error) error {
	var (
		wait     sync.WaitGroup
		failures [3]error
	)
	for at, signal := range []delivery.Signal{delivery.Traces, delivery.Logs} {
		if flusher, ok := p.flushers[signal]; ok {
			wait.Go(func() { failures[at] = call(flusher, ctx) })
		}
	}
	wait.Wait()
	if flusher, ok := p.flushers[delivery.Metrics]; ok {
		failures[2] = errors.Join(call(flusher, ctx), p.metrics.takeError())
	}
	return errors.Join(failures[:]...)
}
