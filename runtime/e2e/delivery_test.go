package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

// TestDelivery runs the scenarios that need a gateway with its usual settings.
func TestDelivery(t *testing.T) {
	g := startGateway(t)
	t.Run("group", func(t *testing.T) {
		for name, scenario := range map[string]func(*testing.T, *gateway){
			"Everything":       everythingArrives,
			"EndpointForms":    endpointForms,
			"NetworkFailure":   networkFailureAndRecovery,
			"RetryAfter":       retryAfter,
			"MalformedAnswers": malformedAnswers,
			"LateCopies":       lateCopies,
			"Doubt":            doubtIsCounted,
			"Concurrency":      concurrency,
			"WrongToken":       wrongToken,
			"LogIn":            logIn,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				scenario(t, g)
			})
		}
	})
}

// wantNoDrops fails when anything was given up.
func wantNoDrops(t *testing.T, stats telemetry.Stats) {
	t.Helper()
	if stats.DroppedTotal() != 0 {
		t.Errorf("dropped: %+v", stats)
	}
}

func everythingArrives(t *testing.T, g *gateway) {
	provider, service := startRuntime(t, g.url, nil)
	emit(t.Context(), provider, 0, 1000, 10)
	stats := finish(t, provider)
	wantNoDrops(t, stats)
	check(t, g, service, stats)
}

// endpointForms sends one record to each way to write the endpoint.
func endpointForms(t *testing.T, g *gateway) {
	host := strings.TrimPrefix(g.url, "http://")
	for at, endpoint := range []string{host, g.url, g.url + "/", g.url + "/api", host + "/otlp/", g.url + "/v1/traces"} {
		service := fmt.Sprint("endpoint-form-", at)
		provider, _ := startRuntime(t, endpoint, func(c *telemetry.Config) { c.ServiceName = service })
		emit(t.Context(), provider, 0, 1, 0)
		stats := finish(t, provider)
		wantNoDrops(t, stats)
		check(t, g, service, stats)
	}
}

func networkFailureAndRecovery(t *testing.T, g *gateway) {
	p := startProxy(t, g, func(int, string, []byte) fault { return none })
	watched := &failureCounter{base: &http.Transport{}}
	provider, service := startRuntime(t, p.url, func(c *telemetry.Config) { c.HTTP = watched })
	emit(t.Context(), provider, 0, 100, 0)
	if err := provider.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.refuse()
	// A full batch is sent at once, and fails again and again.
	emit(t.Context(), provider, 100, 600, 0)
	eventually(t, settleTime, "some attempts fail", func() bool { return watched.failures.Load() >= 5 })
	if got := provider.Stats()[delivery.Traces]; got.Pending != 600 || got.Delivered != 100 {
		t.Errorf("during the outage: %+v", got)
	}
	p.accept(t)
	stats := finish(t, provider)
	wantNoDrops(t, stats)
	check(t, g, service, stats)
}

// failureCounter counts the requests that got no answer.
type failureCounter struct {
	base     *http.Transport
	failures atomic.Int64
}

func (c *failureCounter) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := c.base.RoundTrip(request)
	if err != nil {
		c.failures.Add(1)
	}
	return response, err
}

func retryAfter(t *testing.T, g *gateway) {
	p := startProxy(t, g, func(number int, _ string, _ []byte) fault {
		switch {
		case number <= 3:
			return retryAfter503
		case number <= 6:
			return retryAfter429
		default:
			return none
		}
	})
	provider, service := startRuntime(t, p.url, nil)
	emit(t.Context(), provider, 0, 50, 0)
	if err := provider.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	stats := finish(t, provider)
	wantNoDrops(t, stats)
	check(t, g, service, stats)
	if _, _, counts := p.tally(); counts[retryAfter503] != 3 || counts[retryAfter429] != 3 {
		t.Errorf("faults %v", counts)
	}
}

func malformedAnswers(t *testing.T, g *gateway) {
	faults := []fault{garbage200, html200, truncate, resetAfter, page500, busy503After, garbage200, truncate, html200}
	p := startProxy(t, g, func(number int, _ string, _ []byte) fault {
		if number <= len(faults) {
			return faults[number-1]
		}
		return none
	})
	provider, service := startRuntime(t, p.url, nil)
	emit(t.Context(), provider, 0, 50, 0)
	if err := provider.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	stats := finish(t, provider)
	wantNoDrops(t, stats)
	check(t, g, service, stats)
}

// lateCopies lets requests reach the gateway after the client has sent them again.
func lateCopies(t *testing.T, g *gateway) {
	p := startProxy(t, g, func(number int, _ string, _ []byte) fault {
		if number <= 2 {
			return stall
		}
		return none
	})
	provider, service := startRuntime(t, p.url, nil)
	emit(t.Context(), provider, 0, 50, 0)
	if err := provider.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	stats := finish(t, provider)
	wantNoDrops(t, stats)
	p.drain(t)
	check(t, g, service, stats)
}

// doubtIsCounted shows what the exact invariant cannot: a receiver that stores and then says that it
// failed, so that no repeat is allowed. The items count as dropped, and as unconfirmed, which bounds
// how far the count can be off.
func doubtIsCounted(t *testing.T, g *gateway) {
	p := startProxy(t, g, func(_ int, path string, _ []byte) fault {
		if strings.HasSuffix(path, "/traces") {
			return fail500After
		}
		return none
	})
	provider, service := startRuntime(t, p.url, nil)
	emit(t.Context(), provider, 0, 20, 0)
	stats := finish(t, provider)
	got := stats[delivery.Traces]
	if got.Dropped[delivery.ReasonRefused] != 20 || got.Unconfirmed != 20 {
		t.Errorf("traces: %+v", got)
	}
	eventually(t, settleTime, "the spans are stored all the same", func() bool {
		return distinct(t, stored(t, g, service, delivery.Traces)) == 20
	})
}

func concurrency(t *testing.T, g *gateway) {
	provider, service := startRuntime(t, g.url, func(c *telemetry.Config) {
		c.Spans = telemetry.Batch{QueueSize: 10_000}
		c.Logs = telemetry.Batch{QueueSize: 10_000}
	})
	const writers, each = 16, 200
	concurrently(writers, func(number int) {
		emit(t.Context(), provider, number*each, each, 0)
		if number%4 == 0 {
			if err := provider.ForceFlush(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	stats := finish(t, provider)
	wantNoDrops(t, stats)
	check(t, g, service, stats)
	if got := stats[delivery.Traces].Recorded; got != writers*each {
		t.Errorf("recorded %d", got)
	}
}

func wrongToken(t *testing.T, g *gateway) {
	provider, service := startRuntime(t, g.url, func(c *telemetry.Config) {
		c.Token = func(context.Context) (string, error) { return "wrong", nil }
	})
	emit(t.Context(), provider, 0, 5, 0)
	stats := finish(t, provider)
	if got := stats[delivery.Logs]; got.Dropped[delivery.ReasonRefused] != 5 || got.Unconfirmed != 0 {
		t.Errorf("logs: %+v", got)
	}
	check(t, g, service, stats)
}

// logIn starts logged out, and is authorized from the first request after the login.
func logIn(t *testing.T, g *gateway) {
	var loggedIn atomic.Bool
	provider, service := startRuntime(t, g.url, func(c *telemetry.Config) {
		c.Token = func(context.Context) (string, error) {
			if loggedIn.Load() {
				return apiKey, nil
			}
			return "", nil
		}
	})
	emit(t.Context(), provider, 0, 10, 0)
	if err := provider.ForceFlush(t.Context()); err == nil {
		t.Error("no error for what was dropped")
	}
	loggedIn.Store(true)
	emit(t.Context(), provider, 10, 10, 0)
	stats := finish(t, provider)
	if got := stats[delivery.Traces]; got.Dropped[delivery.ReasonLoggedOut] != 10 || got.Delivered != 10 {
		t.Errorf("traces: %+v", got)
	}
	check(t, g, service, stats)
}

// TestGatewayRestart ends the gateway in the middle of a run and starts it again.
func TestGatewayRestart(t *testing.T) {
	g := startGateway(t)
	provider, service := startRuntime(t, g.url, func(c *telemetry.Config) {
		c.Spans = telemetry.Batch{QueueSize: 5000, MaxSize: 50, Delay: 100 * time.Millisecond}
		c.Logs = telemetry.Batch{QueueSize: 5000, MaxSize: 50, Delay: 100 * time.Millisecond}
	})
	stop := make(chan struct{})
	sent := make(chan int)
	go func() {
		number := 0
		for {
			select {
			case <-time.After(10 * time.Millisecond):
				emit(context.WithoutCancel(t.Context()), provider, number, 2, 0)
				number += 2
			case <-stop:
				sent <- number
				return
			}
		}
	}()
	delivered := func(least int64) func() bool {
		return func() bool { return provider.Stats()[delivery.Traces].Delivered >= least }
	}
	eventually(t, settleTime, "some spans are delivered", delivered(100))
	g.stop(t)
	before := provider.Stats()[delivery.Traces].Delivered
	g.restart(t)
	eventually(t, 2*settleTime, "spans are delivered again", delivered(before+100))
	close(stop)
	number := <-sent
	stats := finish(t, provider)
	wantNoDrops(t, stats)
	if got := stats[delivery.Traces].Recorded; got != int64(number) {
		t.Errorf("recorded %d spans of %d", got, number)
	}
	check(t, g, service, stats)
}

// TestLargePayload sends to a gateway that takes little at once.
func TestLargePayload(t *testing.T) {
	const limit = 20_000
	g := startGateway(t, fmt.Sprint("MAX_BODY_BYTES:", limit))
	for name, compressed := range map[string]bool{"Gzip": true, "Plain": false} {
		t.Run(name, func(t *testing.T) {
			provider, service := startRuntime(t, g.url, func(c *telemetry.Config) { c.NoCompression = !compressed })
			emit(t.Context(), provider, 0, 200, 500)
			// One item that fits in no request.
			emit(t.Context(), provider, 200, 1, 2*limit)
			emit(t.Context(), provider, 201, 99, 500)
			stats := finish(t, provider)
			for _, signal := range []delivery.Signal{delivery.Traces, delivery.Logs} {
				if got := stats[signal]; got.Delivered != 299 || got.Dropped[delivery.ReasonTooLarge] != 1 {
					t.Errorf("%s: %+v", signal, got)
				}
			}
			check(t, g, service, stats)
			if events := query(t, g, service, url.Values{"signal": {"logs"}}); len(events) != 299 {
				t.Errorf("%d records", len(events))
			}
		})
	}
}
