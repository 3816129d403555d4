// Package e2e runs the runtime's telemetry against the real gateway, through a proxy that misbehaves
// on purpose. The gateway is started by the tests; see startGateway.
package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

// quick has the delays of a test: the same machinery, less waiting. The budget stays below the 120 s
// in which the gateway recognises copies, and is large enough that nothing but a refusal is final.
var quick = delivery.Retry{
	FirstDelay:     50 * time.Millisecond,
	MaxDelay:       time.Second,
	Budget:         100 * time.Second,
	AttemptTimeout: 3 * time.Second,
}

// device is a device id that needs no file.
type device struct{}

func (device) Load(context.Context) (string, error) { return "e2e-device", nil }

func (device) Save(context.Context, string) error { return nil }

// startRuntime makes a provider that sends to endpoint under a service name of its own.
func startRuntime(t *testing.T, endpoint string, change func(*telemetry.Config)) (*telemetry.Provider, string) {
	t.Helper()
	service := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	config := telemetry.Config{
		Endpoint:    endpoint,
		ServiceName: service,
		DeviceID:    device{},
		Token:       func(context.Context) (string, error) { return apiKey, nil },
		Retry:       quick,
		Diagnostics: slog.New(slog.DiscardHandler),
		// Metrics are exported on a flush and at the end only, unless a test says otherwise.
		MetricInterval: time.Hour,
	}
	if change != nil {
		change(&config)
	}
	provider, err := telemetry.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return provider, service
}

// emit records so many spans and log records, numbered from first, and pads each with so many bytes.
func emit(ctx context.Context, provider *telemetry.Provider, first, count, padding int) {
	text := strings.Repeat("x", padding)
	tracer := provider.TracerProvider().Tracer("e2e")
	for number := first; number < first+count; number++ {
		spanCtx, span := tracer.Start(ctx, "work", trace.WithAttributes(
			attribute.Int("number", number), attribute.String("padding", text)))
		provider.Logger().InfoContext(spanCtx, fmt.Sprint("record ", number), "number", number, "padding", text)
		span.End()
	}
}

// finish shuts the provider down with time for retries and returns what became of everything.
func finish(t *testing.T, provider *telemetry.Provider) telemetry.Stats {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), quick.Budget)
	defer cancel()
	// Drops are no failure of a test that causes them; the stats tell.
	_ = provider.Shutdown(ctx)
	stats := provider.Stats()
	for signal, counted := range stats {
		if counted.Pending != 0 || counted.Recorded != counted.Delivered+counted.DroppedTotal() {
			t.Errorf("%s: not everything is accounted for: %+v", signal, counted)
		}
	}
	return stats
}

// check holds what the gateway stored against what the runtime counted: everything that was delivered
// is stored, once, and nothing else.
func check(t *testing.T, g *gateway, service string, stats telemetry.Stats) {
	t.Helper()
	for signal, counted := range stats {
		var events []storedEvent
		eventually(t, settleTime, fmt.Sprintf("%d %s of %s are stored", counted.Delivered, signal, service), func() bool {
			events = stored(t, g, service, signal)
			return int64(len(events)) >= counted.Delivered
		})
		found := int64(distinct(t, events))
		if found != counted.Delivered || counted.Recorded != found+counted.DroppedTotal() {
			t.Errorf("%s: stored %d, counted %+v", signal, found, counted)
		}
		if total := batchTotal(t, g, events); int64(total) != found {
			t.Errorf("%s: the batch records tell of %d events, stored are %d", signal, total, found)
		}
		t.Logf("%s: sent %d = stored %d + dropped %d %v, unconfirmed %d",
			signal, counted.Recorded, found, counted.DroppedTotal(), counted.Dropped, counted.Unconfirmed)
	}
}

// concurrently runs a function several times at once.
func concurrently(times int, run func(number int)) {
	var group sync.WaitGroup
	for number := range times {
		group.Go(func() { run(number) })
	}
	group.Wait()
}
