package telemetry

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// clearEnvironment takes away what the machine of a developer may have set.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "PRYX_") {
			t.Setenv(name, "")
		}
	}
}

func token(context.Context) (string, error) { return "token", nil }

func TestEndpoints(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint    string
		environment map[string]string
		insecure    bool
		traces      string
	}{
		"default":                     {"", nil, false, "https://pryx.dev/api/v1/traces"},
		"host":                        {"pryx.dev", nil, false, "https://pryx.dev/v1/traces"},
		"host and port":               {"pryx.dev:4318", nil, false, "https://pryx.dev:4318/v1/traces"},
		"host and path":               {"pryx.dev/api", nil, false, "https://pryx.dev/api/v1/traces"},
		"URL":                         {"https://pryx.dev", nil, false, "https://pryx.dev/v1/traces"},
		"URL with slash":              {"https://pryx.dev/", nil, false, "https://pryx.dev/v1/traces"},
		"URL with path":               {"https://pryx.dev/api", nil, false, "https://pryx.dev/api/v1/traces"},
		"URL with path and slash":     {"https://pryx.dev/api/", nil, false, "https://pryx.dev/api/v1/traces"},
		"URL of one signal":           {"https://pryx.dev/api/v1/logs", nil, false, "https://pryx.dev/api/v1/traces"},
		"loopback address":            {"127.0.0.1:8787", nil, false, "http://127.0.0.1:8787/v1/traces"},
		"loopback name":               {"localhost:8787", nil, false, "http://localhost:8787/v1/traces"},
		"loopback, IPv6":              {"[::1]:8787", nil, false, "http://[::1]:8787/v1/traces"},
		"loopback URL":                {"http://127.0.0.1:8787", nil, false, "http://127.0.0.1:8787/v1/traces"},
		"insecure host":               {"gateway.internal", nil, true, "http://gateway.internal/v1/traces"},
		"Pryx variable":               {"", map[string]string{"PRYX_CLOUD_API_URL": "https://x.test/api"}, false, "https://x.test/api/v1/traces"},
		"OTLP before Pryx":            {"", map[string]string{"PRYX_CLOUD_API_URL": "https://x.test", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://y.test"}, false, "https://y.test/v1/traces"},
		"signal before OTLP":          {"", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://y.test", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://z.test/in"}, false, "https://z.test/in"},
		"code before everything":      {"https://a.test", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://z.test/in"}, false, "https://a.test/v1/traces"},
		"PRYX_DEV allows plain http":  {"http://gateway.internal", map[string]string{"PRYX_DEV": "true"}, false, "http://gateway.internal/v1/traces"},
		"an empty variable is no one": {"", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, false, "https://pryx.dev/api/v1/traces"},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			for variable, value := range test.environment {
				t.Setenv(variable, value)
			}
			s, err := resolve(Config{Endpoint: test.endpoint, Insecure: test.insecure, Token: token})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.endpoints[delivery.Traces]; got != test.traces {
				t.Errorf("traces go to %q, want %q", got, test.traces)
			}
		})
	}
}

func TestEndpointsThatAreRefused(t *testing.T) {
	for name, endpoint := range map[string]string{
		"other scheme":           "ftp://pryx.dev",
		"no host":                "https:///api",
		"port that is no number": "pryx.dev:port",
		"password":               "https://user:secret@pryx.dev",
		"password, no scheme":    "user:secret@pryx.dev",
		"password, wrong scheme": "ftp://user:secret@pryx.dev",
		"password, no URL":       "https://user:secret@pryx.dev:%zz",
		"query":                  "https://pryx.dev/?key=1",
		"token over plain http":  "http://pryx.dev",
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			_, err := resolve(Config{Endpoint: endpoint, Token: token})
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	clearEnvironment(t)
	for name, value := range map[string]string{
		"PRYX_VERSION":                     "1.4.2",
		"PRYX_TELEMETRY_SAMPLING":          "0.25",
		"OTEL_SERVICE_NAME":                "pryx-test",
		"OTEL_BSP_MAX_QUEUE_SIZE":          "100",
		"OTEL_BSP_MAX_EXPORT_BATCH_SIZE":   "500",
		"OTEL_BLRP_SCHEDULE_DELAY":         "7000",
		"OTEL_METRIC_EXPORT_INTERVAL":      "3000",
		"OTEL_EXPORTER_OTLP_TIMEOUT":       "2500",
		"OTEL_EXPORTER_OTLP_COMPRESSION":   "none",
		"OTEL_METRICS_EXPORTER":            "none",
		"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://logs.test/x",
	} {
		t.Setenv(name, value)
	}
	s, err := resolve(Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"version": "1.4.2", "name": "pryx-test", "ratio": 0.25, "sampled": true, "compressed": false,
		"spans": Batch{QueueSize: 100, MaxSize: 100, Delay: 5 * time.Second},
		"logs":  Batch{QueueSize: 2048, MaxSize: 512, Delay: 7 * time.Second},
		"every": 3 * time.Second, "attempt": 2500 * time.Millisecond,
		"traces at": "https://pryx.dev/api/v1/traces", "metrics at": "", "logs at": "https://logs.test/x",
	}
	got := map[string]any{
		"version": s.ServiceVersion, "name": s.ServiceName, "ratio": *s.SamplingRatio, "sampled": s.sampled, "compressed": !s.NoCompression,
		"spans": s.Spans, "logs": s.Logs, "every": s.MetricInterval, "attempt": s.Retry.AttemptTimeout,
		"traces at": s.endpoints[delivery.Traces], "metrics at": s.endpoints[delivery.Metrics], "logs at": s.endpoints[delivery.Logs],
	}
	if !maps.Equal(got, want) {
		t.Errorf("settings\n got %v\nwant %v", got, want)
	}
}

func TestDisabledByEnvironment(t *testing.T) {
	for _, name := range []string{"PRYX_TELEMETRY_DISABLED", "OTEL_SDK_DISABLED"} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			t.Setenv(name, "true")
			// Disabled means disabled: nothing else is looked at.
			if s, err := resolve(Config{Endpoint: "ftp://"}); err != nil || !s.Disabled {
				t.Errorf("disabled %v, error %v", s.Disabled, err)
			}
		})
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	clearEnvironment(t)
	mistakes := map[string]string{
		"PRYX_TELEMETRY_SAMPLING":        "half",
		"OTEL_BSP_MAX_QUEUE_SIZE":        "-1",
		"OTEL_EXPORTER_OTLP_COMPRESSION": "zstd",
		"OTEL_LOGS_EXPORTER":             "console",
		"OTEL_EXPORTER_OTLP_CERTIFICATE": filepath.Join(t.TempDir(), "missing.pem"),
		"OTEL_EXPORTER_OTLP_CLIENT_KEY":  filepath.Join(t.TempDir(), "missing.pem"),
	}
	for name, value := range mistakes {
		t.Setenv(name, value)
	}
	_, err := New(t.Context(), Config{})
	if err == nil {
		t.Fatal("no error")
	}
	for name := range mistakes {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

func TestSamplingRatioOutOfRange(t *testing.T) {
	clearEnvironment(t)
	for _, ratio := range []float64{-0.1, 1.1} {
		if _, err := resolve(Config{SamplingRatio: &ratio}); err == nil {
			t.Errorf("ratio %v is taken", ratio)
		}
	}
}
