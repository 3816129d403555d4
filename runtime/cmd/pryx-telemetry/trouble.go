package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"go.opentelemetry.io/otel/attribute"

	"github.com/pryx-co/pryx/runtime/internal/errors"
	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

// trouble plays one kind of failure, in the order of the categories, and returns an error where the
// turn cannot go on.
func (a *agent) trouble(ctx context.Context, number int) error {
	categories := errors.Categories()
	switch category := categories[number%len(categories)]; category {
	case errors.CategoryNetwork:
		return a.askModel(ctx, unreachable{})
	case errors.CategoryAuthentication:
		return a.askModel(ctx, status(http.StatusUnauthorized))
	case errors.CategoryProvider:
		// A rate limit passes: the turn goes on.
		_ = a.askModel(ctx, status(http.StatusTooManyRequests))
		return nil
	case errors.CategoryMCP:
		return a.failTool(ctx)
	case errors.CategoryChannel:
		return a.failChannel(ctx)
	default:
		return a.panicInBackground(ctx)
	}
}

// askModel sends a request to a provider that answers badly.
func (a *agent) askModel(ctx context.Context, provider http.RoundTripper) error {
	ctx, call := a.provider.StartLLM(ctx, telemetry.LLMRequest{Provider: "anthropic", Model: "claude-sonnet-4"})
	client := &http.Client{Transport: a.collector.Transport(provider, errors.CategoryProvider)}
	err := a.collector.Do(ctx, errors.CategoryProvider, func(ctx context.Context) error {
		pause(ctx, 10, 40)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.anthropic.example/v1/messages", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("ask the model: %w", err)
		}
		failure := &errors.StatusError{Status: response.StatusCode, Operation: "ask the model"}
		return errors.Join(failure, response.Body.Close())
	})
	call.End(err)
	return err
}

func (a *agent) failTool(ctx context.Context) error {
	ctx, operation := a.provider.StartMCP(ctx, "github", "create_issue")
	err := a.collector.MCP(ctx, "github", "create_issue", func(ctx context.Context) error {
		pause(ctx, 5, 30)
		return errors.Mark(errors.New("invalid arguments: title is required"), errors.WithCode("mcp.invalid_arguments"))
	})
	operation.End(err)
	return err
}

func (a *agent) failChannel(ctx context.Context) error {
	ctx, operation := a.provider.StartChannel(ctx, "send", "webhook", "hook-7")
	err := a.collector.Channel(ctx, "webhook", "hook-7", func(ctx context.Context) error {
		pause(ctx, 5, 30)
		return fmt.Errorf("deliver message: %w", errors.New("webhook is disabled by its owner jane@example.org"))
	})
	operation.End(err)
	return err
}

// panicInBackground plays the mistake that nobody expects.
func (a *agent) panicInBackground(ctx context.Context) error {
	var history []string
	return <-a.collector.Go(ctx, func(context.Context) error {
		a.provider.Logger().DebugContext(ctx, "summarize", "from", history[len(history)-1])
		return nil
	}, errors.WithMetadata(attribute.String("task", "summarize history")))
}

// unreachable is a provider that nobody can connect to.
type unreachable struct{}

// RoundTrip fails as a refused connection does.
func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// status is a provider that always answers so.
type status int

// RoundTrip answers.
func (s status) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: int(s), Status: http.StatusText(int(s)), Header: http.Header{}, Body: http.NoBody, Request: request,
	}, nil
}
