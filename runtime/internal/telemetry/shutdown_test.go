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
