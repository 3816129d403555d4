// Command emit sends a fixed set of spans, metric points and log records to an OTLP/HTTP
// receiver through the OpenTelemetry Go exporters, and prints what it sent as one JSON line.
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
)

// options are the command line flags.
type options struct {
	endpoint    string
	token       string
	compression string
	encoding    string
	runID       string
	signals     string
	workload    string
	items       int
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
	if err := emit(ctx, opts, &sent); err != nil {
		return err
	}
	if n := exporterErrors.Load(); n > 0 {
		return fmt.Errorf("%d exporter errors", n)
	}
	return json.NewEncoder(os.Stdout).Encode(sent)
}

func emit(ctx context.Context, opts options, sent *summary) error {
	var failures []error
	if opts.has("traces") {
		failures = append(failures, emitTraces(ctx, opts, sent))
	}
	if opts.has("metrics") {
		failures = append(failures, emitMetrics(ctx, opts, sent))
	}
	if opts.has("logs") {
		failures = append(failures, emitLogs(ctx, opts, sent))
	}
	return errors.Join(failures...)
}

func parseFlags() options {
	var opts options
	flag.StringVar(&opts.endpoint, "endpoint", "", "base URL of the receiver, without /v1/{signal}")
	flag.StringVar(&opts.token, "token", "", "bearer token; empty sends no Authorization header")
	flag.StringVar(&opts.compression, "compression", "none", "none or gzip")
	flag.StringVar(&opts.encoding, "encoding", "protobuf", "protobuf or json (json: traces only)")
	flag.StringVar(&opts.runID, "run-id", "local", "tells the runs at one receiver apart")
	flag.StringVar(&opts.signals, "signals", "traces,metrics,logs", "comma-separated signals to send")
	flag.StringVar(&opts.workload, "workload", "scenario", "scenario (every kind of value) or bulk (believable volume)")
	flag.IntVar(&opts.items, "items", 512, "spans, points or records of the bulk workload, per signal")
	flag.Parse()
	return opts
}

func (o options) has(signal string) bool {
	for _, name := range strings.Split(o.signals, ",") {
		if name == signal {
			return true
		}
	}
	return false
}

func (o options) bulk() bool { return o.workload == "bulk" }

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
