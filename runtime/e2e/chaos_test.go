package e2e

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

var chaosDuration = flag.Duration("chaos.duration", 60*time.Second, "how long each run of the chaos test lasts")

// chaosSeeds are the runs. What a seed decides is which request meets which fault.
var chaosSeeds = []uint64{1, 2, 3}

// leastFaulty is the part of all requests that must meet a fault.
const leastFaulty = 0.2

// TestChaos sends through a proxy that breaks at least one request in five, and holds what is stored
// against what was sent: sent = stored + counted as dropped, and nothing twice.
//
// The queues are small, so that outages overflow them, and some bodies are refused for good: the drops
// are real. The gateway takes little at once, so that requests are split in the middle of it. Every doubt, a reset after the gateway had stored for example, is resolved by a repeat,
// because the retry budget outlasts every run of faults.
func TestChaos(t *testing.T) {
	g := startGateway(t, "MAX_BODY_BYTES:20000")
	// All at once, however many tests may run in parallel: they mostly wait.
	concurrently(len(chaosSeeds), func(number int) {
		seed := chaosSeeds[number]
		t.Run(fmt.Sprint("Seed", seed), func(t *testing.T) { runChaos(t, g, seed) })
	})
}

func runChaos(t *testing.T, g *gateway, seed uint64) {
	p := startProxy(t, g, chaos(seed))
	small := telemetry.Batch{QueueSize: 300, MaxSize: 100, Delay: 200 * time.Millisecond}
	provider, service := startRuntime(t, p.url, func(c *telemetry.Config) {
		c.Spans, c.Logs = small, small
		c.MetricInterval = 500 * time.Millisecond
	})
	ctx, cancel := context.WithTimeout(t.Context(), *chaosDuration)
	defer cancel()
	sent := generateLoad(ctx, t, provider, seed)
	outages(ctx, t, p, seed)
	number := <-sent

	stats := finish(t, provider)
	// Copies that stalled in the proxy reach the gateway before we count.
	p.drain(t)

	for _, signal := range []delivery.Signal{delivery.Traces, delivery.Logs} {
		if got := stats[signal].Recorded; got != int64(number) {
			t.Errorf("%s: recorded %d, sent %d", signal, got, number)
		}
	}
	faulty, total, counts := p.tally()
	t.Logf("%d of %d requests met a fault: %v", faulty, total, counts)
	if float64(faulty) < leastFaulty*float64(total) {
		t.Errorf("only %d of %d requests met a fault", faulty, total)
	}
	check(t, g, service, stats)
}

// generateLoad emits until ctx ends, and then tells how many spans and records that were.
func generateLoad(ctx context.Context, t *testing.T, provider *telemetry.Provider, seed uint64) <-chan int {
	t.Helper()
	result := make(chan int, 1)
	source := rand.New(rand.NewPCG(seed, 0))
	requests, err := provider.MeterProvider().Meter("e2e").Int64Counter("e2e.requests")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		ticker := time.NewTicker(25 * time.Millisecond)
		defer ticker.Stop()
		number := 0
		for {
			select {
			case <-ticker.C:
				// Bursts, so that batches have all sizes.
				burst := 1 + source.IntN(8)
				emit(context.WithoutCancel(ctx), provider, number, burst, source.IntN(200))
				requests.Add(ctx, int64(burst))
				number += burst
			case <-ctx.Done():
				result <- number
				return
			}
		}
	}()
	return result
}

// outages closes the port now and then until ctx ends, and leaves it open.
func outages(ctx context.Context, t *testing.T, p *proxy, seed uint64) {
	t.Helper()
	source := rand.New(rand.NewPCG(seed, 1))
	wait := func(least, most int) bool {
		select {
		case <-time.After(time.Duration(least+source.IntN(most-least)) * time.Millisecond):
			return true
		case <-ctx.Done():
			return false
		}
	}
	for wait(4000, 9000) {
		p.refuse()
		wait(300, 2500)
		p.accept(t)
	}
}
