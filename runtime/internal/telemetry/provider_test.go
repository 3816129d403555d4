package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/otlptest"
	"github.com/pryx-co/pryx/runtime/internal/redact"
)

// fixedStore is a store that has an id.
type fixedStore string

func (s fixedStore) Load(context.Context) (string, error) { return string(s), nil }

func (s fixedStore) Save(context.Context, string) error { return errors.New("unexpected save") }

// logLines collects what the diagnostics say.
type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	return len(line), nil
}

func (l *logLines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// newTestProvider makes a provider that sends to receiver.
func newTestProvider(t *testing.T, receiver http.RoundTripper, change func(*Config)) *Provider {
	t.Helper()
	clearEnvironment(t)
	config := Config{
		Endpoint:    "https://receiver.test/api",
		HTTP:        receiver,
		DeviceID:    fixedStore("device-1"),
		Diagnostics: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&config)
	}
	provider, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func shutdown(t *testing.T, provider *Provider) {
	t.Helper()
	if err := provider.Shutdown(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("Shutdown() = %v", err)
	}
	for signal, stats := range provider.Stats() {
		if stats.Pending != 0 || stats.Recorded != stats.Delivered+stats.DroppedTotal() {
			t.Errorf("%s: not everything is accounted for: %+v", signal, stats)
		}
	}
}

// record makes something of each signal.
func record(ctx context.Context, provider *Provider) {
	ctx, session := provider.StartSession(ctx, "turn", "s-1")
	provider.Logger().InfoContext(ctx, "hello")
	session.End(nil)
}

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

func TestHeadersFromTheEnvironment(t *testing.T) {
	receiver := &otlptest.Receiver{}
	clearEnvironment(t)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20from-environment")
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
}

func TestAPIRequests(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	for _, status := range []int{200, 404, 503} {
		_, request := provider.StartAPIRequest(t.Context(), "GET", "/sessions/{id}")
		request.EndStatus(status)
		request.EndStatus(500)
	}
	shutdown(t, provider)
	got := map[string]uint64{}
	for _, point := range receiver.Metric("http.server.request.duration").GetExponentialHistogram().GetDataPoints() {
		labels := otlptest.Attributes(point.Attributes)
		got[labels["http.response.status_code"]+" "+labels["error.type"]] += point.Count
	}
	if len(got) != 3 || got["200 "] != 1 || got["404 "] != 1 || got["503 503"] != 1 {
		t.Errorf("requests by status and error %v", got)
	}
}

func TestLogsAreBatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{}
		provider := newTestProvider(t, receiver, nil)
		for range DefaultMaxBatchSize {
			provider.Logger().InfoContext(t.Context(), "x")
		}
		synctest.Wait()
		if got := len(receiver.Records()); got != DefaultMaxBatchSize {
			t.Errorf("%d records were sent without delay, want a full batch", got)
		}
		provider.Logger().InfoContext(t.Context(), "one more")
		time.Sleep(DefaultBatchDelay)
		synctest.Wait()
		if got := len(receiver.Records()); got != DefaultMaxBatchSize+1 {
			t.Errorf("%d records after the delay", got)
		}
		shutdown(t, provider)
	})
}

func TestLevels(t *testing.T) {
	receiver := &otlptest.Receiver{}
	level := &slog.LevelVar{}
	level.Set(slog.LevelDebug)
	provider := newTestProvider(t, receiver, func(c *Config) { c.LogLevel = level })
	log := provider.Logger().With("part", "test").WithGroup("group")
	log.DebugContext(t.Context(), "debug", "n", 1)
	log.InfoContext(t.Context(), "info")
	log.WarnContext(t.Context(), "warn")
	log.ErrorContext(t.Context(), "error")
	log.Log(t.Context(), LevelFatal, "fatal")
	level.Set(slog.LevelWarn)
	log.InfoContext(t.Context(), "not wanted")
	shutdown(t, provider)
	var got []string
	for _, record := range receiver.Records() {
		got = append(got, record.SeverityText+"/"+record.SeverityNumber.String()+"/"+record.Body.GetStringValue())
	}
	want := []string{
		"DEBUG/SEVERITY_NUMBER_DEBUG/debug", "INFO/SEVERITY_NUMBER_INFO/info", "WARN/SEVERITY_NUMBER_WARN/warn",
		"ERROR/SEVERITY_NUMBER_ERROR/error", "FATAL/SEVERITY_NUMBER_FATAL/fatal",
	}
	if !slices.Equal(got, want) {
		t.Errorf("records\n got %v\nwant %v", got, want)
	}
	if attributes := otlptest.Attributes(receiver.Records()[0].Attributes); attributes["part"] != "test" || attributes["group"] != "map[n:1]" {
		t.Errorf("attributes %v", attributes)
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

func TestDisabledIsNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, func(c *Config) { c.Disabled = true })
	record(t.Context(), provider)
	if got := runtime.NumGoroutine(); got != before {
		t.Errorf("%d goroutines, %d before", got, before)
	}
	if err := errors.Join(provider.ForceFlush(t.Context()), provider.Shutdown(t.Context())); err != nil {
		t.Error(err)
	}
	if receiver.Requests() != 0 || len(provider.Stats()) != 0 || provider.DeviceID() != "" {
		t.Errorf("%d requests, stats %v", receiver.Requests(), provider.Stats())
	}
}

// TestShutdownLeavesNoGoroutine uses real connections, whose goroutines are the easiest to forget. In
// the other tests synctest fails when a goroutine is left.
func TestShutdownLeavesNoGoroutine(t *testing.T) {
	server := httptest.NewServer(&otlptest.Receiver{})
	defer server.Close()
	before := runtime.NumGoroutine()
	provider := newTestProvider(t, nil, func(c *Config) { c.Endpoint = server.URL })
	record(t.Context(), provider)
	shutdown(t, provider)
	server.CloseClientConnections()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
}

func TestNothingIsLeftRunningAfterAMistake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clearEnvironment(t)
		if _, err := New(t.Context(), Config{Endpoint: "ftp://x"}); err == nil {
			t.Error("no error")
		}
	})
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

func TestShutdownKeepsItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{Refuse: func(writer http.ResponseWriter, _ *http.Request) bool {
			writer.WriteHeader(http.StatusServiceUnavailable)
			return true
		}}
		provider := newTestProvider(t, receiver, nil)
		record(t.Context(), provider)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		err := provider.Shutdown(ctx)
		if err == nil || time.Since(start) > 3*time.Second {
			t.Errorf("Shutdown() = %v after %v", err, time.Since(start))
		}
		stats := provider.Stats()
		for _, signal := range []delivery.Signal{delivery.Traces, delivery.Logs} {
			got := stats[signal]
			if got.Dropped[delivery.ReasonShutdown] != 1 || got.Unconfirmed != 1 || got.Pending != 0 {
				t.Errorf("%s: %+v", signal, got)
			}
		}
		if again := provider.Shutdown(t.Context()); !errors.Is(again, err) && again.Error() != err.Error() {
			t.Errorf("second Shutdown() = %v", again)
		}
		provider.Logger().InfoContext(t.Context(), "too late")
	})
}

func TestShutdownTriesOnceMoreAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		receiver := &otlptest.Receiver{Refuse: func(writer http.ResponseWriter, _ *http.Request) bool {
			if up.Load() {
				return false
			}
			writer.Header().Set("Retry-After", "60")
			writer.WriteHeader(http.StatusServiceUnavailable)
			return true
		}}
		provider := newTestProvider(t, receiver, nil)
		provider.Logger().InfoContext(t.Context(), "x")
		time.Sleep(DefaultBatchDelay)
		synctest.Wait() // The export has failed and waits a minute.
		up.Store(true)
		start := time.Now()
		shutdown(t, provider)
		if len(receiver.Records()) != 1 || time.Since(start) > time.Second {
			t.Errorf("%d records after %v", len(receiver.Records()), time.Since(start))
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

func TestDropsAreMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{Refuse: func(writer http.ResponseWriter, request *http.Request) bool {
			if strings.HasSuffix(request.URL.Path, "/v1/metrics") {
				return false
			}
			writer.WriteHeader(http.StatusBadRequest)
			return true
		}}
		provider := newTestProvider(t, receiver, nil)
		record(t.Context(), provider)
		if err := provider.Shutdown(t.Context()); err == nil {
			t.Error("no error for what was refused")
		}
		dropped := map[string]int64{}
		for _, point := range receiver.Metric("pryx.telemetry.dropped").GetSum().GetDataPoints() {
			attributes := otlptest.Attributes(point.Attributes)
			dropped[attributes["signal"]+" "+attributes["reason"]] = point.GetAsInt()
		}
		if len(dropped) != 2 || dropped["traces refused"] != 1 || dropped["logs refused"] != 1 {
			t.Errorf("pryx.telemetry.dropped %v", dropped)
		}
	})
}

func TestSecretsStayInTheProcess(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	const key, mail = "sk-ant-api03-abcdefghijklmnop", "jane@example.org"
	ctx, operation := provider.StartTool(t.Context(), "shell", map[string]any{
		"command": "curl -H 'Authorization: Bearer " + key + "' https://x.test", "token": key,
	})
	operation.Span().AddEvent("sent "+mail, trace.WithAttributes(attribute.String("to", mail)))
	operation.Span().AddLink(trace.Link{SpanContext: operation.Span().SpanContext(), Attributes: []attribute.KeyValue{attribute.String("to", mail)}})
	provider.Logger().ErrorContext(ctx, "mail to "+mail+" failed", "api_key", key, "detail", "key "+key)
	counter, err := provider.MeterProvider().Meter("test").Int64Counter("test.count")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 1)
	counter.Add(ctx, 1, withErrorType([]attribute.KeyValue{attribute.String("user", mail)}, ""))
	operation.End(errors.New("refused for " + mail + " with " + key))
	shutdown(t, provider)
	everything := textOf(receiver.Traces(), receiver.Metrics(), receiver.Logs())
	for _, secret := range []string{key, mail} {
		if at := strings.Index(everything, secret); at >= 0 {
			t.Errorf("%q left the process: …%s…", secret, everything[max(0, at-80):at+len(secret)])
		}
	}
	if !strings.Contains(everything, redact.Mark) || !strings.Contains(everything, "https://x.test") {
		t.Error("redaction took too much, or nothing")
	}
}

func textOf(traces []*tracepb.ResourceSpans, metrics []*metricspb.ResourceMetrics, logs []*logspb.ResourceLogs) string {
	var text strings.Builder
	for _, message := range traces {
		text.WriteString(message.String())
	}
	for _, message := range metrics {
		text.WriteString(message.String())
	}
	for _, message := range logs {
		text.WriteString(message.String())
	}
	return text.String()
}

func TestCallerWinsOverTheContext(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	ctx := correlation.WithSessionID(correlation.WithID(t.Context(), "from context"), "s-1")
	provider.Logger().InfoContext(ctx, "x", "correlation_id", "from caller")
	shutdown(t, provider)
	attributes := otlptest.Attributes(receiver.Records()[0].Attributes)
	if attributes["correlation_id"] != "from caller" || attributes["session.id"] != "s-1" {
		t.Errorf("attributes %v", attributes)
	}
}

func TestHistogramsAreExponentialAndInSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &otlptest.Receiver{}
		provider := newTestProvider(t, receiver, nil)
		_, call := provider.StartLLM(t.Context(), LLMRequest{Provider: "anthropic", Model: "m"})
		time.Sleep(90 * time.Second)
		call.End(nil)
		call.End(errors.New("counts once"))
		shutdown(t, provider)
		metric := receiver.Metric("gen_ai.client.operation.duration")
		points := metric.GetExponentialHistogram().GetDataPoints()
		if metric.GetUnit() != "s" || len(points) != 1 || points[0].Count != 1 || points[0].GetSum() != 90 {
			t.Errorf("metric %v", metric)
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
