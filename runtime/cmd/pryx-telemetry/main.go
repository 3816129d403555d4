// Command pryx-telemetry sends the telemetry of believable agent sessions to a gateway: a demo, and a
// generator of load.
//
//	pryx-telemetry --endpoint http://127.0.0.1:8787 --token pryx-local-key
//
// It shows its progress on stderr and exits with status 1 when anything was not delivered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/telemetry"
)

// shutdownTimeout is how long the last items may take: more than the default, because nobody waits
// for a prompt here.
const shutdownTimeout = 30 * time.Second

// Exit codes.
const (
	exitDelivered = iota
	exitFailed
	exitUsage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second interrupt ends the program at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// options are the flags.
type options struct {
	endpoint string
	token    string
	sessions int
	rate     float64
	duration time.Duration
}

func parse(arguments []string, output io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("pryx-telemetry", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.StringVar(&o.endpoint, "endpoint", "", "where to send: a host, or a URL without /v1/traces (default: as the runtime does)")
	flags.StringVar(&o.token, "token", "", "bearer `token`; by default that of the environment variable TELEMETRY_API_KEY")
	flags.IntVar(&o.sessions, "sessions", 12, "how many sessions to run; 0 with --duration: as many as fit")
	flags.Float64Var(&o.rate, "rate", 10, "sessions that start per second")
	flags.DurationVar(&o.duration, "duration", 0, "start no more sessions after this time, such as 30s; 0: no limit")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if o.token == "" {
		// Not as the default of the flag, which the usage shows.
		o.token = os.Getenv("TELEMETRY_API_KEY")
	}
	var wrong error
	switch {
	case flags.NArg() > 0:
		wrong = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case o.sessions < 0 || o.duration < 0:
		wrong = errors.New("--sessions and --duration must not be negative")
	case o.sessions == 0 && o.duration == 0:
		wrong = errors.New("--sessions 0 needs a --duration")
	// In this form it is true of NaN too.
	case !(o.rate >= minRate && o.rate <= maxRate):
		wrong = fmt.Errorf("--rate must be from %v to %d", minRate, maxRate)
	}
	if wrong != nil {
		fmt.Fprintln(output, wrong)
		flags.Usage()
	}
	return o, wrong
}

// run does everything and returns the exit code. It ends early, but in order, when ctx does.
func run(ctx context.Context, arguments []string, output io.Writer) int {
	o, err := parse(arguments, output)
	if errors.Is(err, flag.ErrHelp) {
		return exitDelivered
	}
	if err != nil {
		return exitUsage
	}
	onTerminal := isTerminal(output)
	output = &lockedWriter{output: output}
	config := telemetry.Config{
		Endpoint:    o.endpoint,
		DeviceID:    demoDevice{},
		Diagnostics: slog.New(slog.NewTextHandler(output, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if o.token != "" {
		config.Token = func(context.Context) (string, error) { return o.token, nil }
	}
	// The end of ctx means to stop starting sessions, not to lose what they recorded.
	whole := context.WithoutCancel(ctx)
	provider, err := telemetry.New(whole, config)
	if err != nil {
		fmt.Fprintln(output, err)
		return exitUsage
	}
	agent, err := newAgent(provider)
	if err != nil {
		fmt.Fprintln(output, err)
		return exitFailed
	}
	progress := startProgress(output, onTerminal, agent, o.sessions)
	generate(ctx, agent, o)
	deadline, cancel := context.WithTimeout(whole, shutdownTimeout)
	defer cancel()
	err = provider.Shutdown(deadline)
	progress.stop()
	if dropped := provider.Stats().DroppedTotal(); dropped > 0 {
		fmt.Fprintf(output, "%d items were not delivered\n", dropped)
		return exitFailed
	}
	if err != nil {
		fmt.Fprintln(output, err)
		return exitFailed
	}
	return exitDelivered
}

// demoDevice is a device id that leaves no file behind.
type demoDevice struct{}

// Load returns the id.
func (demoDevice) Load(context.Context) (string, error) { return "pryx-telemetry-demo", nil }

// Save is never called.
func (demoDevice) Save(context.Context, string) error { return errors.ErrUnsupported }

// lockedWriter lets the progress and the diagnostics write to one place.
type lockedWriter struct {
	mu     sync.Mutex
	output io.Writer
}

// Write writes.
func (w *lockedWriter) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.output.Write(text)
}
