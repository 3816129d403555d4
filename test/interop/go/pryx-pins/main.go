// Command emit sends what the Pryx runtime sends (its spans, counters and latency histogram)
// with the exporter versions the runtime pins, and prints what it sent as one JSON line.
// It exits with status 1 when any exporter reported an error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

// options are the command line flags.
type options struct {
	endpoint    string
	token       string
	compression string
	runID       string
}

// summary tells the test what to look for at the receiver.
type summary struct {
	RunID   string             `json:"run_id"`
	Service string             `json:"service"`
	Spans   map[string]spanRef `json:"spans"`
	Counts  counts             `json:"counts"`
}

type counts struct {
	Spans  int `json:"spans"`
	Points int `json:"points"`
	Logs   int `json:"logs"`
}

// spanRef holds the ids of one span, lower-case hex.
type spanRef struct {
	TraceID string `json:"trace_id"`
	SpanID  string `json:"span_id"`
}

// exporterErrors counts what the SDK reports asynchronously. A failed export shows nowhere else.
var exporterErrors atomic.Int64

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	opts := parseFlags()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		exporterErrors.Add(1)
		fmt.Fprintln(os.Stderr, "exporter error:", err)
	}))

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()

	sent := summary{RunID: opts.runID, Service: opts.service(), Spans: map[string]spanRef{}}
	if err := errors.Join(emitTraces(ctx, opts, &sent), emitMetrics(ctx, opts, &sent)); err != nil {
		return err
	}
	if n := exporterErrors.Load(); n > 0 {
		return fmt.Errorf("%d exporter errors", n)
	}
	return json.NewEncoder(os.Stdout).Encode(sent)
}

func parseFlags() options {
	var opts options
	flag.StringVar(&opts.endpoint, "endpoint", "", "base URL of the receiver, without /v1/{signal}")
	flag.StringVar(&opts.token, "token", "", "bearer token; empty sends no Authorization header")
	flag.StringVar(&opts.compression, "compression", "none", "none or gzip")
	flag.StringVar(&opts.runID, "run-id", "local", "tells the runs at one receiver apart")
	flag.Parse()
	return opts
}

func (o options) gzip() bool { return o.compression == "gzip" }

func (o options) url(signal string) string {
	return strings.TrimRight(o.endpoint, "/") + "/v1/" + signal
}

func (o options) headers() map[string]string {
	if o.token == "" {
		return nil
	}
	return map[string]string{"Authorization": "Bearer " + o.token}
}

func (o options) service() string { return "pryx-runtime-" + o.runID }

// newResource has exactly the attributes of the runtime's resource, with fixed values: nothing of
// the host that runs this program is sent.
func newResource(opts options) *resource.Resource {
	return resource.NewSchemaless(
		attribute.String("service.name", opts.service()),
		attribute.String("service.version", "dev"),
		attribute.String("device.id", "pryx-1767225600123456789"),
		attribute.String("host.arch", "arm64"),
		attribute.String("host.os", "darwin"),
	)
}
