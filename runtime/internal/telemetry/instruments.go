package telemetry

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// Names of the metrics. Those of gen_ai and mcp are of the semantic conventions
// (https://github.com/open-telemetry/semantic-conventions-genai), which no Go package has yet.
const (
	metricGenAIDuration     = "gen_ai.client.operation.duration"
	metricGenAITokens       = "gen_ai.client.token.usage"
	metricMCPDuration       = "mcp.client.operation.duration"
	metricAPIDuration       = "http.server.request.duration"
	metricOperationDuration = "pryx.operation.duration"
	metricRequests          = "pryx.requests"
	metricProviderUsage     = "pryx.provider.usage"
	metricTokens            = "pryx.tokens"
	metricCost              = "pryx.cost"
	metricDropped           = "pryx.telemetry.dropped"
	metricUnconfirmed       = "pryx.telemetry.unconfirmed"
)

// Attributes of metrics that are not also attributes of spans.
const (
	keyName      = attribute.Key("name")
	keyOutcome   = attribute.Key("outcome")
	keyTokenType = attribute.Key("gen_ai.token.type")
	keySignal    = attribute.Key("signal")
	keyReason    = attribute.Key("reason")
)

// instruments are the metrics that the helpers of this package record.
type instruments struct {
	genAIDuration, mcpDuration, apiDuration, operationDuration metric.Float64Histogram
	genAITokens                                                metric.Int64Histogram
	requests, providerUsage, tokens                            metric.Int64Counter
	cost                                                       metric.Float64Counter
}

// newInstruments makes the instruments. stats is asked at each collection.
func newInstruments(meter metric.Meter, stats func() Stats) (*instruments, error) {
	var (
		made     instruments
		failures []error
	)
	seconds := func(name, description string) metric.Float64Histogram {
		histogram, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description))
		failures = append(failures, err)
		return histogram
	}
	counter := func(name, unit, description string) metric.Int64Counter {
		counter, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
		failures = append(failures, err)
		return counter
	}
	made.genAIDuration = seconds(metricGenAIDuration, "GenAI operation duration")
	made.mcpDuration = seconds(metricMCPDuration, "The duration of the MCP request as observed on the sender")
	made.apiDuration = seconds(metricAPIDuration, "Duration of HTTP server requests.")
	made.operationDuration = seconds(metricOperationDuration, "Duration of the runtime's operations")
	made.requests = counter(metricRequests, "{request}", "Operations that ended")
	made.providerUsage = counter(metricProviderUsage, "{request}", "Requests to providers of models")
	made.tokens = counter(metricTokens, "{token}", "Tokens used")

	var err error
	made.genAITokens, err = meter.Int64Histogram(metricGenAITokens, metric.WithUnit("{token}"),
		metric.WithDescription("Number of input and output tokens used"))
	failures = append(failures, err)
	// The currency is an attribute: a unit must not depend on the data.
	made.cost, err = meter.Float64Counter(metricCost, metric.WithUnit("{currency}"), metric.WithDescription("Money spent at providers"))
	failures = append(failures, err, observeStats(meter, stats))
	if err := errors.Join(failures...); err != nil {
		return nil, fmt.Errorf("make the metrics: %w", err)
	}
	return &made, nil
}

// observeStats makes the metrics about the telemetry itself.
func observeStats(meter metric.Meter, stats func() Stats) error {
	dropped, err := meter.Int64ObservableCounter(metricDropped, metric.WithUnit("{item}"),
		metric.WithDescription("Spans, data points and log records that were given up"))
	if err != nil {
		return err
	}
	unconfirmed, err := meter.Int64ObservableCounter(metricUnconfirmed, metric.WithUnit("{item}"),
		metric.WithDescription("Dropped items that the receiver may have stored all the same"))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, observer metric.Observer) error {
		now := stats()
		for _, signal := range delivery.Signals() {
			counted, ok := now[signal]
			if !ok {
				continue
			}
			of := keySignal.String(string(signal))
			for reason, items := range counted.Dropped {
				observer.ObserveInt64(dropped, items, metric.WithAttributes(of, keyReason.String(string(reason))))
			}
			observer.ObserveInt64(unconfirmed, counted.Unconfirmed, metric.WithAttributes(of))
		}
		return nil
	}, dropped, unconfirmed)
	return err
}
