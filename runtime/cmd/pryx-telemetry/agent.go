package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/errors"
	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

// agent plays the runtime: what it does takes time and records telemetry as the real one does.
type agent struct {
	provider  *telemetry.Provider
	collector *errors.Collector
	finished  atomic.Int64
}

func newAgent(provider *telemetry.Provider) (*agent, error) {
	collector, err := errors.NewCollector(errors.Options{
		LoggerProvider: provider.LoggerProvider(), MeterProvider: provider.MeterProvider(),
	})
	if err != nil {
		return nil, err
	}
	return &agent{provider: provider, collector: collector}, nil
}

// model is a model and what it costs, in dollars per million tokens.
type model struct {
	provider, name string
	input, output  float64
}

var models = []model{
	{"anthropic", "claude-sonnet-4", 3, 15},
	{"openai", "gpt-4o", 2.5, 10},
	{"google", "gemini-2.5-flash", 0.3, 2.5},
}

// run plays one session: a message comes in over a channel, the model thinks, tools run, the answer
// goes out. The number decides what happens, so that a few sessions show everything.
func (a *agent) run(ctx context.Context, number int) {
	defer a.finished.Add(1)
	ctx = correlation.WithID(ctx, correlation.NewID())
	ctx, request := a.provider.StartAPIRequest(ctx, http.MethodPost, "/sessions/{id}/messages")
	ctx, session := a.provider.StartSession(ctx, "turn", fmt.Sprintf("session-%06d", number))
	log := a.provider.Logger().With("component", "agent")
	log.InfoContext(ctx, "turn started", "surface", "telegram")

	err := a.turn(ctx, number)
	session.End(err)
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError
		log.ErrorContext(ctx, "turn failed", "code", status)
	} else {
		log.InfoContext(ctx, "turn finished")
	}
	request.EndStatus(status)
}

func (a *agent) turn(ctx context.Context, number int) error {
	a.receive(ctx)
	a.think(ctx, models[number%len(models)])
	if err := a.runTool(ctx); err != nil {
		return err
	}
	// One session in two goes well; the others show one kind of trouble each, in turn.
	if number%2 == 1 {
		if err := a.trouble(ctx, number/2); err != nil {
			return err
		}
	}
	a.think(ctx, models[(number+1)%len(models)])
	return a.send(ctx)
}

func (a *agent) receive(ctx context.Context) {
	ctx, operation := a.provider.StartChannel(ctx, "receive", "telegram", "chat-42")
	pause(ctx, 2, 8)
	a.provider.Logger().DebugContext(ctx, "message received")
	operation.End(nil)
}

func (a *agent) send(ctx context.Context) error {
	ctx, operation := a.provider.StartChannel(ctx, "send", "telegram", "chat-42")
	err := a.collector.Channel(ctx, "telegram", "chat-42", func(ctx context.Context) error {
		pause(ctx, 5, 25)
		return nil
	})
	operation.End(err)
	return err
}

func (a *agent) think(ctx context.Context, chosen model) {
	ctx, call := a.provider.StartLLM(ctx, telemetry.LLMRequest{Provider: chosen.provider, Model: chosen.name})
	pause(ctx, 30, 150)
	usage := telemetry.TokenUsage{Input: 200 + rand.Int64N(4000), Output: 50 + rand.Int64N(1200)}
	call.SetUsage(usage)
	call.SetCost((float64(usage.Input)*chosen.input+float64(usage.Output)*chosen.output)/1e6, "USD")
	a.provider.Logger().InfoContext(ctx, "model answered", "output_tokens", usage.Output)
	call.End(nil)
}

func (a *agent) runTool(ctx context.Context) error {
	ctx, tool := a.provider.StartTool(ctx, "filesystem.read", map[string]any{"path": "/home/jane/notes.md"})
	mcpCtx, mcp := a.provider.StartMCP(ctx, "filesystem", "read_file")
	err := a.collector.MCP(mcpCtx, "filesystem", "read_file", func(ctx context.Context) error {
		pause(ctx, 3, 30)
		return nil
	})
	mcp.End(err)
	tool.End(err)
	return err
}

// pause takes a random time of so many milliseconds, or until the context ends.
func pause(ctx context.Context, least, most int) {
	timer := time.NewTimer(time.Duration(least+rand.IntN(most-least)) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
