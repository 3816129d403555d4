package telemetry

import (
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/pryx-co/pryx/runtime/internal/otlptest"
	"github.com/pryx-co/pryx/runtime/internal/redact"
)

func TestSecretsStayInTheProcess(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	const key, mail = "sk-ant-api03-abcdefghijklmnop", "jane@example.org"
	ctx, operation := provider.StartTool(t.Context(), "shell", map[string]any{
		"command": "curl -H 'Authorization: Bearer " + key + "' https://x.test", "token": key,
	})
	operation.Span().AddEvent("sent "+mail, trace.WithAttributes(attribute.String("to", mail)))
	operation.Span().AddLink(trace.Link{SpanContext: operation.Span().SpanContext(), Attributes: []attribute.KeyValue{attribute.String("to", mail)}})
	provider.Logger().ErrorContext(ctx, "mail to "+mail+" failed", "api_key", key, "detail", "key "+key)
	counter, err := provider.MeterProvider().Meter("test").Int64Counter("test.count")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 1)
	counter.Add(ctx, 1, withErrorType([]attribute.KeyValue{attribute.String("user", mail)}, ""))
	operation.End(errors.New("refused for " + mail + " with " + key))
	shutdown(t, provider)
	everything := textOf(receiver.Traces(), receiver.Metrics(), receiver.Logs())
	for _, secret := range []string{key, mail} {
		if at := strings.Index(everything, secret); at >= 0 {
			t.Errorf("%q left the process: …%s…", secret, everything[max(0, at-80):at+len(secret)])
		}
	}
	if !strings.Contains(everything, redact.Mark) || !strings.Contains(everything, "https://x.test") {
		t.Error("redaction took too much, or nothing")
	}
}

func TestACutLeavesNoPartOfASecret(t *testing.T) {
	receiver := &otlptest.Receiver{}
	provider := newTestProvider(t, receiver, nil)
	const key = "ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789"
	text := strings.Repeat("x", maxArgumentBytes-len(key)/2) + " " + key
	_, operation := provider.StartTool(t.Context(), "shell", map[string]any{"command": text})
	operation.End(nil)
	shutdown(t, provider)
	if got := otlptest.Attributes(receiver.Spans()[0].Attributes)["tool.arg.command"]; strings.Contains(got, "ghp") || len(got) > maxArgumentBytes+len("…") {
		t.Errorf("argument …%s", got[len(got)-40:])
	}
}

func textOf(traces []*tracepb.ResourceSpans, metrics []*metricspb.ResourceMetrics, logs []*logspb.ResourceLogs) string {
	var text strings.Builder
	for _, message := range traces {
		text.WriteString(message.String())
	}
	for _, message := range metrics {
		text.WriteString(message.String())
	}
	for _, message := range logs {
		text.WriteString(message.String())
	}
	return text.String()
}
