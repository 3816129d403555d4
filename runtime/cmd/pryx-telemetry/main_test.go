package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/pryx-co/pryx/runtime/internal/errors"
	"github.com/pryx-co/pryx/runtime/internal/otlptest"
)

func TestSessionsShowEverything(t *testing.T) {
	receiver := &otlptest.Receiver{}
	server := httptest.NewServer(receiver)
	defer server.Close()
	var output bytes.Buffer
	if code := run(t.Context(), []string{"--endpoint", server.URL, "--token", "key", "--sessions", "12", "--rate", "100"}, &output); code != exitDelivered {
		t.Fatalf("exit code %d:\n%s", code, output.String())
	}
	if !strings.Contains(output.String(), "sessions 12 of 12") || !strings.Contains(output.String(), "dropped 0") {
		t.Errorf("progress:\n%s", output.String())
	}
	seen := map[string]bool{}
	for _, span := range receiver.Spans() {
		seen[span.Name] = true
	}
	for _, name := range []string{
		"POST /sessions/{id}/messages", "session.turn", "llm.request", "tool.execute", "mcp.call", "channel.receive", "channel.send",
	} {
		if !seen[name] {
			t.Errorf("no span %s", name)
		}
	}
	var categories []string
	for _, record := range receiver.Records() {
		if record.EventName != errors.EventName {
			continue
		}
		attributes := otlptest.Attributes(record.Attributes)
		categories = append(categories, attributes["error.category"])
		if strings.Count(attributes["exception.stacktrace"], "\n\t") < 3 {
			t.Errorf("%s: stack %q", attributes["error.code"], attributes["exception.stacktrace"])
		}
		if strings.Contains(attributes["exception.message"], "@") {
			t.Errorf("an address left the process: %s", attributes["exception.message"])
		}
	}
	slices.Sort(categories)
	if want := []string{"authentication", "channel", "internal", "mcp", "network", "provider"}; !slices.Equal(categories, want) {
		t.Errorf("errors of %v, want one of each category", categories)
	}
	for _, name := range []string{
		"gen_ai.client.operation.duration", "gen_ai.client.token.usage", "mcp.client.operation.duration",
		"http.server.request.duration", "pryx.operation.duration", "pryx.requests", "pryx.provider.usage",
		"pryx.tokens", "pryx.cost", "pryx.errors", "pryx.telemetry.unconfirmed",
	} {
		if receiver.Metric(name) == nil {
			t.Errorf("no metric %s", name)
		}
	}
}

func TestWhatIsDroppedFailsTheRun(t *testing.T) {
	server := httptest.NewServer(&otlptest.Receiver{Refuse: func(writer http.ResponseWriter, _ *http.Request) bool {
		writer.WriteHeader(http.StatusUnauthorized)
		return true
	}})
	defer server.Close()
	var output bytes.Buffer
	code := run(t.Context(), []string{"--endpoint", server.URL, "--token", "wrong", "--sessions", "1", "--rate", "100"}, &output)
	if code != exitFailed || !strings.Contains(output.String(), "were not delivered") {
		t.Errorf("exit code %d:\n%s", code, output.String())
	}
}

func TestEndsWithTheDurationOrTheContext(t *testing.T) {
	server := httptest.NewServer(&otlptest.Receiver{})
	defer server.Close()
	arguments := []string{"--endpoint", server.URL, "--sessions", "0", "--rate", "50", "--duration", "200ms"}
	if code := run(t.Context(), arguments, &bytes.Buffer{}); code != exitDelivered {
		t.Errorf("exit code %d", code)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if code := run(ended, []string{"--endpoint", server.URL, "--sessions", "1000"}, &bytes.Buffer{}); code != exitDelivered {
		t.Errorf("exit code %d after an interrupt", code)
	}
}

func TestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		arguments []string
		code      int
	}{
		"help":                {[]string{"--help"}, exitDelivered},
		"unknown flag":        {[]string{"--speed", "9"}, exitUsage},
		"unexpected argument": {[]string{"now"}, exitUsage},
		"no end":              {[]string{"--sessions", "0"}, exitUsage},
		"no rate":             {[]string{"--rate", "0"}, exitUsage},
		"rate of nothing":     {[]string{"--rate", "NaN"}, exitUsage},
		"rate of ages":        {[]string{"--rate", "1e-12"}, exitUsage},
		"rate too high":       {[]string{"--rate", "Inf"}, exitUsage},
		"negative":            {[]string{"--duration", "-1s"}, exitUsage},
		"bad endpoint":        {[]string{"--endpoint", "ftp://x"}, exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			var output bytes.Buffer
			if code := run(t.Context(), test.arguments, &output); code != test.code || output.Len() == 0 {
				t.Errorf("exit code %d, want %d:\n%s", code, test.code, output.String())
			}
		})
	}
}

func TestTheTokenIsNeverShown(t *testing.T) {
	const token = "very-secret-key"
	t.Setenv("TELEMETRY_API_KEY", token)
	for _, arguments := range [][]string{{"--help"}, {"--rate", "x"}, {"--sessions", "0"}} {
		var output bytes.Buffer
		run(t.Context(), arguments, &output)
		if strings.Contains(output.String(), token) {
			t.Errorf("%v shows the token:\n%s", arguments, output.String())
		}
	}
}

func TestTheTokenComesFromTheEnvironment(t *testing.T) {
	t.Setenv("TELEMETRY_API_KEY", "key")
	authorization := make(chan string, 100)
	receiver := &otlptest.Receiver{}
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		authorization <- request.Header.Get("Authorization")
		receiver.ServeHTTP(writer, request)
	}))
	defer server.Close()
	if code := run(t.Context(), []string{"--endpoint", server.URL, "--sessions", "1"}, &bytes.Buffer{}); code != exitDelivered {
		t.Errorf("exit code %d", code)
	}
	if got := <-authorization; got != "Bearer key" {
		t.Errorf("Authorization %q", got)
	}
}
