package telemetry

import (
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/otlptest"
)

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
