package telemetry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// Config is what a program chooses. A field that is left zero is taken from the environment, and
// where that says nothing it gets its default. README.md lists the variables.
type Config struct {
	// Disabled turns everything off: no goroutine, no connection, nothing recorded.
	Disabled bool
	// Endpoint is where to send: a host ("pryx.dev", "127.0.0.1:4318"), a URL or a URL with a path
	// ("https://pryx.dev/api"); /v1/traces, /v1/metrics and /v1/logs are appended. A host without a
	// scheme gets https, on the loopback interface http.
	Endpoint string
	// Insecure allows to send the token over plain http to another machine, and makes http the
	// scheme of a host without one.
	Insecure bool
	// Token authorizes each request. Nil: no authorization, or that of OTEL_EXPORTER_OTLP_HEADERS.
	Token delivery.TokenFunc
	// ServiceName is the resource attribute service.name; "pryx-runtime" by default.
	ServiceName string
	// ServiceVersion is the resource attribute service.version; "dev" by default.
	ServiceVersion string
	// ResourceAttributes describe the process further, on every item.
	ResourceAttributes []attribute.KeyValue
	// DeviceID keeps the id of this device; [DefaultDeviceIDPath] by default.
	DeviceID DeviceIDStore
	// SamplingRatio is the part of all traces that is recorded, from 0 to 1; nil is all of them. A
	// span whose parent was sampled elsewhere follows its parent.
	SamplingRatio *float64
	// LogLevel is the lowest level that is sent; INFO by default. It may change at run time.
	LogLevel slog.Leveler
	// Spans and Logs bound the queues of these signals.
	Spans, Logs Batch
	// MetricInterval is the time between two exports of metrics; 10 s by default.
	MetricInterval time.Duration
	// Retry bounds how an export is tried again.
	Retry delivery.Retry
	// NoCompression sends bodies as they are instead of with gzip.
	NoCompression bool
	// ShutdownTimeout is the deadline of a Shutdown whose context has none; 5 s by default.
	ShutdownTimeout time.Duration
	// HTTP sends the requests; by default a transport of its own, which honors HTTPS_PROXY.
	HTTP http.RoundTripper
	// Diagnostics is told what goes wrong with the telemetry itself; by default warnings go to
	// stderr. It must not lead back into the [Provider].
	Diagnostics *slog.Logger
}

// Batch bounds how items are collected before they are sent. The zero value of a field means its
// default.
type Batch struct {
	// QueueSize is how many items may wait; newer ones are given up.
	QueueSize int
	// MaxSize is how many are sent at once. A queue that has so many is sent without delay.
	MaxSize int
	// Delay is the longest time that an item waits to be sent.
	Delay time.Duration
}

// Defaults of [Config] and [Batch].
const (
	DefaultEndpoint        = "https://pryx.dev/api"
	DefaultServiceName     = "pryx-runtime"
	DefaultServiceVersion  = "dev"
	DefaultQueueSize       = 2048
	DefaultMaxBatchSize    = 512
	DefaultBatchDelay      = 5 * time.Second
	DefaultMetricInterval  = 10 * time.Second
	DefaultShutdownTimeout = 5 * time.Second
)

// settings is a Config in which nothing is open any more.
type settings struct {
	Config
	// endpoints has the URL of each signal that is sent.
	endpoints map[delivery.Signal]string
	// sampled: a ratio was given; else OTEL_TRACES_SAMPLER, which the SDK reads, has the word.
	sampled bool
	tls     *tls.Config
}

// resolve fills a Config from the environment and the defaults. It reports all mistakes at once.
func resolve(config Config) (settings, error) {
	env := &environment{}
	s := settings{Config: config}
	if env.isTrue("PRYX_TELEMETRY_DISABLED") || env.isTrue("OTEL_SDK_DISABLED") {
		s.Disabled = true
	}
	if s.Disabled {
		return s, nil
	}
	s.Insecure = s.Insecure || env.isTrue("PRYX_DEV") || env.isTrue("OTEL_EXPORTER_OTLP_INSECURE")
	s.ServiceVersion = first(s.ServiceVersion, env.text("PRYX_VERSION"), DefaultServiceVersion)
	s.ServiceName = first(s.ServiceName, env.text("OTEL_SERVICE_NAME"), DefaultServiceName)
	s.resolveSampling(env)
	s.Spans = env.batch(s.Spans, "OTEL_BSP")
	s.Logs = env.batch(s.Logs, "OTEL_BLRP")
	s.MetricInterval = first(s.MetricInterval, env.milliseconds("OTEL_METRIC_EXPORT_INTERVAL"), DefaultMetricInterval)
	s.Retry.AttemptTimeout = first(s.Retry.AttemptTimeout, env.milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT"))
	s.ShutdownTimeout = first(s.ShutdownTimeout, DefaultShutdownTimeout)
	if env.oneOf("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", "none") == "none" {
		s.NoCompression = true
	}
	if s.LogLevel == nil {
		s.LogLevel = slog.LevelInfo
	}
	if s.Diagnostics == nil {
		s.Diagnostics = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s.tls = env.tls()
	if s.DeviceID == nil {
		s.DeviceID = FileDeviceID(DefaultDeviceIDPath())
	}
	var err error
	s.endpoints, err = resolveEndpoints(s.Config, env)
	return s, errors.Join(env.err, err)
}

func (s *settings) resolveSampling(env *environment) {
	if s.SamplingRatio == nil {
		s.SamplingRatio = env.ratio("PRYX_TELEMETRY_SAMPLING")
	}
	s.sampled = s.SamplingRatio != nil || env.text("OTEL_TRACES_SAMPLER") == ""
	if s.SamplingRatio == nil {
		all := 1.0
		s.SamplingRatio = &all
	}
	if ratio := *s.SamplingRatio; math.IsNaN(ratio) || ratio < 0 || ratio > 1 {
		env.fail(fmt.Errorf("sampling ratio %v: want a number from 0 to 1", ratio))
	}
}

// first returns the first value that is not zero.
func first[T comparable](values ...T) T {
	var zero T
	for _, value := range values {
		if value != zero {
			return value
		}
	}
	return zero
}
