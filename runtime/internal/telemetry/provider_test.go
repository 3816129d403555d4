package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/otlptest"
)

func TestEverySignalArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{}
		provider := newTestProvider(t, receiver, nil)
		record(t.Context(), provider)
		shutdown(t, provider)
		urls := receiver.URLs()
		slices.Sort(urls)
		want := []string{"https://receiver.test/api/v1/logs", "https://receiver.test/api/v1/metrics", "https://receiver.test/api/v1/traces"}
		if !slices.Equal(urls, want) {
			t.Errorf("requests to %v, want %v", urls, want)
		}
		for _, header := range receiver.Headers() {
			if header.Get("Content-Encoding") != "gzip" || header.Get("Content-Type") != "application/x-protobuf" {
				t.Errorf("headers %v", header)
			}
		}
		span, log := receiver.Spans()[0], receiver.Records()[0]
		if string(log.SpanId) != string(span.SpanId) || string(log.TraceId) != string(span.TraceId) {
			t.Error("the log record is not tied to the span")
		}
		for name, attributes := range map[string]map[string]string{
			"span": otlptest.Attributes(span.Attributes), "record": otlptest.Attributes(log.Attributes),
		} {
			if attributes["session.id"] != "s-1" {
				t.Errorf("%s: attributes %v", name, attributes)
			}
		}
		resource := otlptest.Attributes(receiver.Traces()[0].Resource.Attributes)
		for key, want := range map[string]string{
			"service.name": "pryx-runtime", "service.version": "dev", "device.id": "device-1",
			"host.arch": runtime.GOARCH, "os.type": runtime.GOOS, "telemetry.sdk.language": "go",
		} {
			if resource[key] != want {
				t.Errorf("resource %s = %q, want %q", key, resource[key], want)
			}
		}
	})
}

func TestResourceFromTheEnvironment(t *testing.T) {
	receiver := &otlptest.Receiver{}
	clearEnvironment(t)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,device.id=other")
	provider, err := New(t.Context(), Config{
		Endpoint: "receiver.test", HTTP: receiver, DeviceID: fixedStore("device-1"),
		ResourceAttributes: []attribute.KeyValue{attribute.String("team", "a")},
	})
	if err != nil {
		t.Fatal(err)
	}
	record(t.Context(), provider)
	shutdown(t, provider)
	resource := otlptest.Attributes(receiver.Logs()[0].Resource.Attributes)
	if resource["deployment.environment.name"] != "test" || resource["device.id"] != "device-1" || resource["team"] != "a" {
		t.Errorf("resource %v", resource)
	}
}

// TestVariablesThatTheSDKReads are those that New does not: they must work, or at least do no harm.
func TestVariablesThatTheSDKReads(t *testing.T) {
	receiver := &otlptest.Receiver{}
	clearEnvironment(t)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20from-environment")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
	provider, err := New(t.Context(), Config{Endpoint: "receiver.test", HTTP: receiver, DeviceID: fixedStore("device-1")})
	if err != nil {
		t.Fatal(err)
	}
	record(t.Context(), provider)
	shutdown(t, provider)
	for _, header := range receiver.Headers() {
		if got := header.Get("Authorization"); got != "Bearer from-environment" {
			t.Errorf("Authorization %q", got)
		}
	}
	if len(receiver.Spans()) != 1 || len(receiver.Records()) != 1 {
		t.Errorf("%d spans, %d records", len(receiver.Spans()), len(receiver.Records()))
	}
	const delta = metricspb.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA
	if got := receiver.Metric("pryx.requests").GetSum().GetAggregationTemporality(); got != delta {
		t.Errorf("temporality %v", got)
	}
}

func TestSampling(t *testing.T) {
	receiver := &otlptest.Receiver{}
	none := 0.0
	provider := newTestProvider(t, receiver, func(c *Config) { c.SamplingRatio = &none })
	record(t.Context(), provider)
	remote := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true,
	}))
	record(remote, provider)
	shutdown(t, provider)
	if spans := receiver.Spans(); len(spans) != 1 || spans[0].ParentSpanId[0] != 2 {
		t.Errorf("spans %v: only the child of a sampled parent is wanted", spans)
	}
	if stats := provider.Stats()[delivery.Traces]; stats.Recorded != 1 {
		t.Errorf("stats %+v: what was not sampled is not recorded", stats)
	}
}

func TestTokenIsAskedForOnEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{}
		var current atomic.Value
		current.Store("first")
		provider := newTestProvider(t, receiver, func(c *Config) {
			c.Token = func(context.Context) (string, error) { return current.Load().(string), nil }
		})
		provider.Logger().InfoContext(t.Context(), "with the first")
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		current.Store("second")
		provider.Logger().InfoContext(t.Context(), "with the second")
		shutdown(t, provider)
		headers := receiver.Headers()
		first, last := headers[0].Get("Authorization"), headers[len(headers)-1].Get("Authorization")
		if first != "Bearer first" || last != "Bearer second" {
			t.Errorf("Authorization %q, then %q", first, last)
		}
	})
}

func TestLoggedOutSendsNothingAndPilesUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{}
		lines := &logLines{}
		provider := newTestProvider(t, receiver, func(c *Config) {
			c.Token = func(context.Context) (string, error) { return "", nil }
			c.Diagnostics = slog.New(slog.NewTextHandler(lines, nil))
		})
		const items = 3 * DefaultQueueSize
		for at := range items {
			record(t.Context(), provider)
			if at%DefaultMaxBatchSize == 0 {
				time.Sleep(DefaultBatchDelay)
				synctest.Wait()
			}
		}
		err := provider.Shutdown(t.Context())
		if !errors.Is(err, delivery.ErrLoggedOut) {
			t.Errorf("Shutdown() = %v", err)
		}
		stats := provider.Stats()
		for _, signal := range []delivery.Signal{delivery.Traces, delivery.Logs} {
			if got := stats[signal]; got.Recorded != items || got.Dropped[delivery.ReasonLoggedOut] != items {
				t.Errorf("%s: %+v", signal, got)
			}
		}
		if receiver.Requests() != 0 {
			t.Errorf("%d requests", receiver.Requests())
		}
		all := lines.all()
		if len(all) == 0 || len(all) > 10 || !strings.Contains(strings.Join(all, ""), "logs.logged_out=") {
			t.Errorf("%d lines in the log: %v", len(all), all)
		}
	})
}

func TestRetriesUntilTheReceiverIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failures := 0
		receiver := &otlptest.Receiver{Refuse: func(writer http.ResponseWriter, _ *http.Request) bool {
			if failures++; failures > 6 {
				return false
			}
			writer.WriteHeader(http.StatusBadGateway)
			return true
		}}
		provider := newTestProvider(t, receiver, nil)
		record(t.Context(), provider)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
		shutdown(t, provider)
		if len(receiver.Spans()) != 1 || len(receiver.Records()) != 1 || provider.Stats().DroppedTotal() != 0 {
			t.Errorf("spans %d, records %d, stats %+v", len(receiver.Spans()), len(receiver.Records()), provider.Stats())
		}
	})
}

func TestSetGlobal(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	tracers, meters, loggers := otel.GetTracerProvider(), otel.GetMeterProvider(), otel.GetLoggerProvider()
	if tracers == provider.TracerProvider() {
		t.Fatal("New() changed a global")
	}
	defer func() {
		otel.SetTracerProvider(tracers)
		otel.SetMeterProvider(meters)
		otel.SetLoggerProvider(loggers)
	}()
	provider.SetGlobal()
	if otel.GetTracerProvider() != provider.TracerProvider() || otel.GetMeterProvider() != provider.MeterProvider() {
		t.Error("SetGlobal() changed nothing")
	}
	shutdown(t, provider)
}

func TestLoggedOutIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := &logLines{}
		var token atomic.Value
		token.Store("")
		provider := newTestProvider(t, &otlptest.Receiver{}, func(c *Config) {
			c.Token = func(context.Context) (string, error) { return token.Load().(string), nil }
			c.Diagnostics = slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelWarn}))
		})
		time.Sleep(10 * time.Minute)
		if got := lines.all(); len(got) != 1 || !strings.Contains(got[0], "logged_out") {
			t.Errorf("without a login: %d lines, first %.200v", len(got), got)
		}
		token.Store("token")
		time.Sleep(10 * time.Minute)
		token.Store("")
		time.Sleep(10 * time.Minute)
		if got := lines.all(); len(got) != 2 {
			t.Errorf("after the second logout: %d lines", len(got))
		}
		_ = provider.Shutdown(t.Context())
		if got := lines.all(); !strings.Contains(got[len(got)-1], "telemetry was lost") {
			t.Errorf("no summary: %v", got)
		}
	})
}

func TestAnOverflowIsSaidWhileItHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := &logLines{}
		provider := newTestProvider(t, &otlptest.Receiver{}, func(c *Config) {
			c.Logs = Batch{QueueSize: 10, MaxSize: 10}
			c.Diagnostics = slog.New(slog.NewTextHandler(lines, nil))
			c.Token = func(context.Context) (string, error) {
				time.Sleep(time.Second) // The receiver is slower than the burst.
				return "token", nil
			}
		})
		for range 50 {
			provider.Logger().InfoContext(t.Context(), "burst")
		}
		time.Sleep(time.Minute)
		if got := lines.all(); len(got) != 1 || !strings.Contains(got[0], "logs.queue_full=") {
			t.Errorf("lines %v", got)
		}
		shutdown(t, provider)
	})
}
