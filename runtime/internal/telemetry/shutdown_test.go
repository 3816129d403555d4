package telemetry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/otlptest"
)

func TestDisabledIsNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, func(c *Config) { c.Disabled = true })
	record(t.Context(), provider)
	if got := runtime.NumGoroutine(); got > before {
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
	})
}

func TestOpenSpansCountAsLost(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	_, ended := provider.StartSession(t.Context(), "turn", "s-1")
	_, open := provider.StartSession(t.Context(), "turn", "s-2")
	ended.End(nil)
	shutdown(t, provider)
	open.End(nil)
	stats := provider.Stats()[delivery.Traces]
	if stats.Recorded != 2 || stats.Delivered != 1 || stats.Dropped[delivery.ReasonUnfinished] != 1 {
		t.Errorf("stats %+v", stats)
	}
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

func TestShutdownAfterItsDeadlineStillAccountsForEverything(t *testing.T) {
	for name, ended := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"expired": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Now().Add(-time.Second))
		},
		"canceled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			canceled, cancel := context.WithCancel(ctx)
			cancel()
			return canceled, cancel
		},
	} {
		t.Run(name, func(t *testing.T) {
			// synctest fails when a goroutine is left.
			synctest.Test(t, func(t *testing.T) {
				provider := newTestProvider(t, &otlptest.Receiver{}, nil)
				record(t.Context(), provider)
				_, _ = provider.StartSession(t.Context(), "turn", "open")
				ctx, cancel := ended(t.Context())
				defer cancel()
				if err := provider.Shutdown(ctx); err == nil {
					t.Error("Shutdown() = nil")
				}
				stats := provider.Stats()
				for signal, reasons := range map[delivery.Signal]map[delivery.Reason]int64{
					delivery.Traces: {delivery.ReasonShutdown: 1, delivery.ReasonUnfinished: 1},
					delivery.Logs:   {delivery.ReasonShutdown: 1},
				} {
					got := stats[signal]
					for reason, want := range reasons {
						if got.Dropped[reason] != want || got.Pending != 0 {
							t.Errorf("%s: %+v, want %d of %s", signal, got, want, reason)
						}
					}
				}
			})
		})
	}
}

func TestShutdownDoesNotWaitForATokenThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		provider := newTestProvider(t, &otlptest.Receiver{}, func(c *Config) {
			c.Token = func(context.Context) (string, error) {
				<-ended // Whatever its context says.
				return "", nil
			}
		})
		record(t.Context(), provider)
		start := time.Now()
		if err := provider.Shutdown(t.Context()); err == nil || time.Since(start) > DefaultShutdownTimeout {
			t.Errorf("Shutdown() = %v after %v", err, time.Since(start))
		}
		for signal, stats := range provider.Stats() {
			if stats.Pending != 0 || stats.Recorded != stats.DroppedTotal() {
				t.Errorf("%s: %+v", signal, stats)
			}
		}
		close(ended)
	})
}
