package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Attributes of requests to models: those of the runtime, and those of the semantic conventions.
const (
	keyLLMProvider     = attribute.Key("llm.provider")
	keyLLMModel        = attribute.Key("llm.model")
	keyLLMInput        = attribute.Key("llm.tokens.input")
	keyLLMOutput       = attribute.Key("llm.tokens.output")
	keyLLMTotal        = attribute.Key("llm.tokens.total")
	keyGenAIOperation  = attribute.Key("gen_ai.operation.name")
	keyGenAIProvider   = attribute.Key("gen_ai.provider.name")
	keyGenAIModel      = attribute.Key("gen_ai.request.model")
	keyGenAIInput      = attribute.Key("gen_ai.usage.input_tokens")
	keyGenAIOutput     = attribute.Key("gen_ai.usage.output_tokens")
	defaultOperation   = "chat"
	tokenTypeInput     = "input"
	tokenTypeOutput    = "output"
	operationLLM       = "llm.request"
	unknownGenAIEntity = "_OTHER"
)

// LLMRequest is a request to a model.
type LLMRequest struct {
	// Provider is who runs the model, as the semantic conventions write it: "openai", "anthropic".
	Provider string
	// Model is the name of the model that is asked for.
	Model string
	// Operation is what is asked of it; "chat" when empty.
	Operation string
}

// TokenUsage is what a request to a model used.
type TokenUsage struct {
	Input, Output int64
}

// LLMCall is a request to a model that is under way.
type LLMCall struct {
	*Operation
	labels []attribute.KeyValue
}

// StartLLM starts the span llm.request. The returned context carries it.
func (p *Provider) StartLLM(ctx context.Context, request LLMRequest) (context.Context, *LLMCall) {
	labels := []attribute.KeyValue{
		keyGenAIOperation.String(first(request.Operation, defaultOperation)),
		keyGenAIProvider.String(first(request.Provider, unknownGenAIEntity)),
		keyGenAIModel.String(first(request.Model, unknownGenAIEntity)),
	}
	attributes := append([]attribute.KeyValue{
		keyLLMProvider.String(request.Provider),
		keyLLMModel.String(request.Model),
	}, labels...)
	ctx, operation := p.startOperation(ctx, operationLLM, trace.SpanKindClient, attributes...)
	operation.onEnd = func(ctx context.Context, seconds float64, errorType string) {
		with := withErrorType(labels, errorType)
		p.instruments.genAIDuration.Record(ctx, seconds, with)
		p.instruments.providerUsage.Add(ctx, 1, with)
	}
	return ctx, &LLMCall{Operation: operation, labels: labels}
}

// SetUsage tells how many tokens the request used, and counts them: call it once, with the totals.
func (c *LLMCall) SetUsage(usage TokenUsage) {
	c.span.SetAttributes(
		keyLLMInput.Int64(usage.Input), keyLLMOutput.Int64(usage.Output), keyLLMTotal.Int64(usage.Input+usage.Output),
		keyGenAIInput.Int64(usage.Input), keyGenAIOutput.Int64(usage.Output),
	)
	metrics := c.provider.instruments
	for _, used := range []struct {
		kind  string
		count int64
	}{{tokenTypeInput, usage.Input}, {tokenTypeOutput, usage.Output}} {
		with := metric.WithAttributes(append(c.labels[:len(c.labels):len(c.labels)], keyTokenType.String(used.kind))...)
		metrics.genAITokens.Record(c.ctx, used.count, with)
		metrics.tokens.Add(c.ctx, used.count, with)
	}
}

// SetCost tells what the request cost, and counts it by provider and model: call it once.
//
// currency is an ISO 4217 code such as "USD".
func (c *LLMCall) SetCost(amount float64, currency string) {
	c.Operation.SetCost(amount, currency, c.labels[1:]...)
}
