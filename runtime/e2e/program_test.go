package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/errors"
)

// TestProgram runs pryx-telemetry as people do, and asks the gateway for what it shows.
func TestProgram(t *testing.T) {
	g := startGateway(t)
	const service = "pryx-telemetry-e2e"
	output := runProgram(t, service, "--endpoint", g.url, "--token", apiKey, "--sessions", "24", "--rate", "50")
	if !strings.Contains(output, "sessions 24 of 24") || !strings.Contains(output, "dropped 0") {
		t.Errorf("progress:\n%s", output)
	}

	spans := stored(t, g, service, delivery.Traces)
	distinct(t, spans)
	for _, name := range []string{
		"POST /sessions/{id}/messages", "session.turn", "llm.request", "tool.execute", "mcp.call", "channel.receive", "channel.send",
	} {
		if !slices.ContainsFunc(spans, func(span storedEvent) bool { return span.Data["name"] == name }) {
			t.Errorf("no span %s", name)
		}
	}

	points := stored(t, g, service, delivery.Metrics)
	for name, want := range map[string]string{
		"gen_ai.client.operation.duration": "exponential_histogram", "gen_ai.client.token.usage": "exponential_histogram",
		"mcp.client.operation.duration": "exponential_histogram", "http.server.request.duration": "exponential_histogram",
		"pryx.operation.duration": "exponential_histogram", "pryx.requests": "sum", "pryx.provider.usage": "sum",
		"pryx.tokens": "sum", "pryx.cost": "sum", "pryx.errors": "sum", "pryx.telemetry.unconfirmed": "sum",
	} {
		if !slices.ContainsFunc(points, func(point storedEvent) bool { return point.Data["name"] == name && point.Data["type"] == want }) {
			t.Errorf("no metric %s of type %s", name, want)
		}
	}

	found := map[string]bool{}
	for _, record := range stored(t, g, service, delivery.Logs) {
		if record.Data["event_name"] != errors.EventName {
			continue
		}
		found[record.attribute(string(errors.CategoryKey))] = true
		stack := record.attribute("exception.stacktrace")
		if !strings.HasPrefix(stack, "goroutine ") || !strings.Contains(stack, "main.(*agent)") {
			t.Errorf("stack of %s:\n%s", record.attribute(string(errors.CodeKey)), stack)
		}
		if record.Data["span_id"] == nil || record.attribute("session.id") == "" || record.attribute("correlation_id") == "" {
			t.Errorf("nothing ties the error to its session: %v", record.Data)
		}
	}
	for _, category := range errors.Categories() {
		if !found[string(category)] {
			t.Errorf("no error of category %s", category)
		}
	}
}

// runProgram builds pryx-telemetry, runs it and returns what it wrote. It must succeed.
func runProgram(t *testing.T, service string, arguments ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pryx-telemetry")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, "../cmd/pryx-telemetry")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	program := exec.CommandContext(t.Context(), binary, arguments...)
	program.Env = append(os.Environ(), "OTEL_SERVICE_NAME="+service)
	output, err := program.CombinedOutput()
	if err != nil {
		t.Fatalf("run: %v\n%s", err, output)
	}
	return string(output)
}
