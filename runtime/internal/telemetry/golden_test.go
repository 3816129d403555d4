package telemetry

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	colmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/errors"
	"github.com/pryx-co/pryx/runtime/internal/otlptest"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing with them")

// TestGolden holds what goes over the wire against testdata: names, units, kinds, attributes, status
// and times of everything that the helpers emit. Time is simulated, so that durations are exact; ids,
// the stack trace and what depends on the machine are replaced.
func TestGolden(t *testing.T) {
	receiver := &otlptest.Receiver{}
	synctest.Test(t, func(t *testing.T) {
		provider := newTestProvider(t, receiver, func(c *Config) { c.ServiceVersion = "1.4.2" })
		emitScenario(t, provider)
		shutdown(t, provider)
	})
	ids := newNames()
	traces := &coltrace.ExportTraceServiceRequest{ResourceSpans: receiver.Traces()}
	for _, resource := range traces.ResourceSpans {
		normalizeResource(resource.Resource)
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				span.TraceId, span.SpanId = ids.of(span.TraceId), ids.of(span.SpanId)
				span.ParentSpanId = ids.of(span.ParentSpanId)
			}
		}
	}
	logs := &collogs.ExportLogsServiceRequest{ResourceLogs: receiver.Logs()}
	for _, resource := range logs.ResourceLogs {
		normalizeResource(resource.Resource)
		for _, scope := range resource.ScopeLogs {
			for _, record := range scope.LogRecords {
				record.TraceId, record.SpanId = ids.of(record.TraceId), ids.of(record.SpanId)
				normalizeStack(record.Attributes)
			}
		}
	}
	metrics := &colmetrics.ExportMetricsServiceRequest{ResourceMetrics: receiver.Metrics()}
	for _, resource := range metrics.ResourceMetrics {
		normalizeResource(resource.Resource)
		for _, scope := range resource.ScopeMetrics {
			for _, metric := range scope.Metrics {
				for _, point := range metric.GetExponentialHistogram().GetDataPoints() {
					for _, exemplar := range point.Exemplars {
						exemplar.TraceId, exemplar.SpanId = ids.of(exemplar.TraceId), ids.of(exemplar.SpanId)
					}
				}
				for _, point := range metric.GetSum().GetDataPoints() {
					for _, exemplar := range point.Exemplars {
						exemplar.TraceId, exemplar.SpanId = ids.of(exemplar.TraceId), ids.of(exemplar.SpanId)
					}
				}
			}
		}
	}
	compare(t, "traces.json", traces)
	compare(t, "logs.json", logs)
	compare(t, "metrics.json", metrics)
}

// emitScenario uses each helper once.
func emitScenario(t *testing.T, provider *Provider) {
	collector, err := errors.NewCollector(errors.Options{
		LoggerProvider: provider.LoggerProvider(), MeterProvider: provider.MeterProvider(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := correlation.WithID(t.Context(), "correlation-1")
	ctx, request := provider.StartAPIRequest(ctx, "POST", "/sessions/{id}/messages")
	ctx, session := provider.StartSession(ctx, "turn", "s-1")
	provider.Logger().InfoContext(ctx, "turn started", "surface", "tui")

	_, call := provider.StartLLM(ctx, LLMRequest{Provider: "anthropic", Model: "claude-sonnet-4"})
	time.Sleep(1500 * time.Millisecond)
	call.SetUsage(TokenUsage{Input: 1200, Output: 345})
	call.SetCost(0.0123, "USD")
	call.End(nil)

	toolCtx, tool := provider.StartTool(ctx, "shell", map[string]any{"command": "ls -l", "timeout": 30})
	time.Sleep(20 * time.Millisecond)
	mcpCtx, mcp := provider.StartMCP(toolCtx, "filesystem", "read_file")
	time.Sleep(300 * time.Millisecond)
	failure := collector.Record(mcpCtx, errors.New("no such file"), errors.In(errors.CategoryMCP),
		errors.WithMetadata(attribute.String("mcp.server", "filesystem")))
	mcp.End(failure)
	tool.End(failure)

	_, channel := provider.StartChannel(ctx, "send", "telegram", "42")
	time.Sleep(80 * time.Millisecond)
	channel.End(nil)
	session.End(nil)
	request.EndStatus(200)
}

// names gives ids names in the order in which they are seen.
type names struct{ known map[string]uint64 }

func newNames() names { return names{known: map[string]uint64{}} }

func (n names) of(id []byte) []byte {
	if len(id) == 0 {
		return nil
	}
	number, ok := n.known[string(id)]
	if !ok {
		number = uint64(len(n.known) + 1)
		n.known[string(id)] = number
	}
	name := make([]byte, len(id))
	binary.BigEndian.PutUint64(name[len(name)-8:], number)
	return name
}

func normalizeResource(resource *resourcepb.Resource) {
	for _, pair := range resource.Attributes {
		switch pair.Key {
		case "service.instance.id", "host.arch", "os.type", "telemetry.sdk.version":
			pair.Value = textValue("<" + pair.Key + ">")
		}
	}
}

func normalizeStack(attributes []*commonpb.KeyValue) {
	for _, pair := range attributes {
		if pair.Key == "exception.stacktrace" {
			top, _, _ := strings.Cut(pair.Value.GetStringValue(), "\n\t")
			pair.Value = textValue(regexp.MustCompile(`goroutine \d+ \[[^]]*\]`).ReplaceAllString(top, "goroutine N [running]"))
		}
	}
}

func textValue(text string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: text}}
}

// compare holds a message in canonical form, keys sorted, against a file.
func compare(t *testing.T, name string, message proto.Message) {
	t.Helper()
	compact, err := protojson.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(compact, &value); err != nil {
		t.Fatal(err)
	}
	sortUnordered(value)
	got, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("what is sent differs from %s; if that is meant, run go test . -run TestGolden -update\n%s", path, difference(want, got))
	}
}

// sortUnordered orders the lists whose order means nothing and changes from run to run: attributes,
// data points, metrics and scopes.
func sortUnordered(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			sortUnordered(member)
		}
		for _, name := range []string{"attributes", "dataPoints", "metrics", "scopeSpans", "scopeMetrics", "scopeLogs"} {
			if list, ok := value[name].([]any); ok {
				slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(sortKey(a), sortKey(b)) })
			}
		}
	case []any:
		for _, element := range value {
			sortUnordered(element)
		}
	}
}

// sortKey is the key of an attribute, the name of a metric, the scope, or the attributes of a point.
func sortKey(value any) string {
	member, ok := value.(map[string]any)
	if !ok {
		return ""
	}
	for _, name := range []string{"key", "name", "scope", "attributes"} {
		if found, ok := member[name]; ok {
			text, err := json.Marshal(found)
			if err != nil {
				return ""
			}
			return string(text)
		}
	}
	return ""
}

// difference shows the first lines that differ.
func difference(want, got []byte) string {
	wanted, gotten := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for at := range min(len(wanted), len(gotten)) {
		if wanted[at] != gotten[at] {
			return "want: " + strings.Join(wanted[at:min(at+5, len(wanted))], "\n") +
				"\ngot: " + strings.Join(gotten[at:min(at+5, len(gotten))], "\n")
		}
	}
	return "one is the beginning of the other"
}
