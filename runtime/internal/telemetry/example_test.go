package telemetry_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/pryx-co/pryx/runtime/internal/errors"
	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

// session stands for what knows the token of whoever is logged in.
type session struct{}

func (session) Token(context.Context) (string, error) { return "", nil }

// Example is what README.md tells the runtime to do, compiled.
func Example() {
	ctx := context.Background()
	provider, err := telemetry.New(ctx, telemetry.Config{
		ServiceVersion: "1.4.2",
		Token:          session{}.Token,
		DeviceID:       telemetry.FileDeviceID("/var/lib/pryx/device_id"),
		Disabled:       true, // Only here: an example must not send anything.
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer func() { _ = provider.Shutdown(context.WithoutCancel(ctx)) }()
	collector, err := errors.NewCollector(errors.Options{
		LoggerProvider: provider.LoggerProvider(), MeterProvider: provider.MeterProvider(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	log := slog.New(slog.NewMultiHandler(slog.NewTextHandler(os.Stderr, nil), provider.Logger().Handler()))
	client := &http.Client{Transport: collector.Transport(nil, errors.CategoryProvider)}

	ctx, turn := provider.StartSession(ctx, "turn", "s-1")
	callCtx, call := provider.StartLLM(ctx, telemetry.LLMRequest{Provider: "anthropic", Model: "claude-sonnet-4"})
	err = collector.Do(callCtx, errors.CategoryProvider, func(context.Context) error {
		_ = client // … asks the model …
		return nil
	})
	call.SetUsage(telemetry.TokenUsage{Input: 1200, Output: 345})
	call.SetCost(0.0088, "USD")
	call.End(err)
	err = errors.Join(err, collector.MCP(ctx, "filesystem", "read_file", func(context.Context) error { return nil }))
	turn.End(err)
	log.DebugContext(ctx, "turn finished")
	fmt.Println(err)
	// Output: <nil>
}
