package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	apiKey = "e2e-key"
	// startTimeout bounds how long the gateway may take to answer: a cold disk is slow.
	startTimeout = 90 * time.Second
	// stopTimeout bounds how long it may take to end before it is killed.
	stopTimeout = 20 * time.Second
	// required is the variable with which CI forbids to skip these tests.
	required = "INTEROP_REQUIRED"
)

// gateway is the real gateway on this machine, its data in a directory of its own.
type gateway struct {
	url     string
	port    int
	storage string
	vars    []string

	process *exec.Cmd
	exited  chan struct{}
	output  *lockedBuffer
}

// startGateway starts the gateway and ends it with the test. vars are settings of wrangler.toml, such
// as "MAX_BODY_BYTES:20000".
//
// A machine without the gateway's packages skips the test, unless INTEROP_REQUIRED=1.
func startGateway(t *testing.T, vars ...string) *gateway {
	t.Helper()
	node := findNode(t)
	g := &gateway{port: freePort(t), storage: t.TempDir(), vars: vars}
	g.url = fmt.Sprintf("http://127.0.0.1:%d", g.port)
	g.start(t, node)
	t.Cleanup(func() { g.stop(t) })
	return g
}

func projectRoot() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

func findNode(t *testing.T) string {
	t.Helper()
	path := filepath.Join(projectRoot(), "node_modules", "node", "bin", "node")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv(required) == "1" {
		t.Fatalf("the gateway is not installed (npm ci), and %s=1 forbids to skip", required)
	}
	t.Skip("needs the gateway: run npm ci at the top of the project")
	return ""
}

// freePort finds a port that is free at this moment.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeQuietly(listener)
	return listener.Addr().(*net.TCPAddr).Port
}

func (g *gateway) start(t *testing.T, node string) {
	t.Helper()
	arguments := []string{"scripts/start.ts", "--port", strconv.Itoa(g.port), "--persist-to", g.storage}
	for _, setting := range g.vars {
		arguments = append(arguments, "--var="+setting)
	}
	g.output = &lockedBuffer{}
	g.process = exec.Command(node, arguments...)
	g.process.Dir = projectRoot()
	// With npm's variable the script also ends when we do, however that happens.
	g.process.Env = append(os.Environ(), "TELEMETRY_API_KEY="+apiKey, "npm_lifecycle_event=start")
	g.process.Stdout, g.process.Stderr = g.output, g.output
	if err := g.process.Start(); err != nil {
		t.Fatalf("start the gateway: %v", err)
	}
	g.exited = make(chan struct{})
	go func(process *exec.Cmd, exited chan struct{}) {
		defer close(exited)
		// How it ended shows in its output; here only that it did counts.
		_ = process.Wait()
	}(g.process, g.exited)
	g.awaitHealth(t)
}

func (g *gateway) awaitHealth(t *testing.T) {
	t.Helper()
	healthy := func() bool {
		response, err := http.Get(g.url + "/health")
		if err != nil {
			return false
		}
		closeQuietly(response.Body)
		return response.StatusCode == http.StatusOK
	}
	deadline := time.Now().Add(startTimeout)
	for !healthy() {
		select {
		case <-g.exited:
			t.Fatalf("the gateway ended:\n%s", g.output)
		case <-time.After(pollInterval):
		}
		if time.Now().After(deadline) {
			t.Fatalf("the gateway does not answer:\n%s", g.output)
		}
	}
}

// stop ends the gateway in order. Its data stays.
func (g *gateway) stop(t *testing.T) {
	t.Helper()
	select {
	case <-g.exited:
		return
	default:
	}
	if err := g.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("stop the gateway: %v", err)
	}
	select {
	case <-g.exited:
	case <-time.After(stopTimeout):
		t.Errorf("the gateway does not end:\n%s", g.output)
		_ = g.process.Process.Kill()
		<-g.exited
	}
}

// restart starts the gateway again, on the same port and with the same data.
func (g *gateway) restart(t *testing.T) {
	t.Helper()
	g.start(t, findNode(t))
}

// pollInterval is the time between two looks at something that is awaited.
const pollInterval = 50 * time.Millisecond

// eventually waits until a condition holds.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s", within, what)
		case <-time.After(pollInterval):
		}
	}
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func closeQuietly(closer interface{ Close() error }) {
	// Nothing was written to it that could be lost.
	_ = closer.Close()
}
