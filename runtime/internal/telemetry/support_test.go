package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
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
