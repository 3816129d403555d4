package telemetry

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
	"github.com/pryx-co/pryx/runtime/internal/otlptest"
)

// TestLeavesAConnectionThatDied: an HTTP/2 connection whose other side is gone without a word, after a
// laptop slept for example, must not swallow one attempt after the other.
func TestLeavesAConnectionThatDied(t *testing.T) {
	receiver := &otlptest.Receiver{}
	var version atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		version.Store(int64(request.ProtoMajor))
		receiver.ServeHTTP(writer, request)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	path := startDeadEnd(t, server.Listener.Addr().String())

	certificate := writePEM(t, "CERTIFICATE", server.Certificate().Raw)
	provider := newTestProvider(t, nil, func(c *Config) {
		t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate)
		t.Setenv("OTEL_TRACES_EXPORTER", "none")
		t.Setenv("OTEL_METRICS_EXPORTER", "none")
		c.Endpoint = "https://" + path.address
		c.Retry = delivery.Retry{
			FirstDelay: 20 * time.Millisecond, MaxDelay: 100 * time.Millisecond,
			AttemptTimeout: 300 * time.Millisecond, Budget: 10 * time.Second,
		}
	})
	defer shutdown(t, provider)
	for _, message := range []string{"before", "after"} {
		provider.Logger().InfoContext(t.Context(), message)
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatalf("%s: %v", message, err)
		}
		path.die()
	}
	if got := version.Load(); got != 2 {
		t.Errorf("HTTP/%d", got)
	}
	var messages []string
	for _, record := range receiver.Records() {
		messages = append(messages, record.Body.GetStringValue())
	}
	if got := strings.Join(messages, " "); got != "before after" {
		t.Errorf("records %q", got)
	}
}

func TestShowsItsCertificate(t *testing.T) {
	receiver := &otlptest.Receiver{}
	server := httptest.NewUnstartedServer(receiver)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()
	own := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate := writePEM(t, "CERTIFICATE", own.Certificate[0])
	provider := newTestProvider(t, nil, func(c *Config) {
		t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate)
		t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate)
		t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", writePEM(t, "PRIVATE KEY", key))
		c.Endpoint = server.URL
	})
	record(t.Context(), provider)
	shutdown(t, provider)
	if got := len(receiver.Records()); got != 1 {
		t.Errorf("%d records arrived", got)
	}
}

func writePEM(t *testing.T, kind string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// deadEnd passes connections on, until those that there are die: nothing comes through any more, and
// nobody is told.
type deadEnd struct {
	address string

	mu    sync.Mutex
	alive *atomic.Bool
}

func startDeadEnd(t *testing.T, to string) *deadEnd {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	path := &deadEnd{address: listener.Addr().String(), alive: &atomic.Bool{}}
	path.alive.Store(true)
	var open sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			path.mu.Lock()
			alive := path.alive
			path.mu.Unlock()
			open.Go(func() { pass(server, client, alive) })
			open.Go(func() { pass(client, server, alive) })
		}
	})
	return path
}

// die cuts the connections that there are. New ones work.
func (d *deadEnd) die() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alive.Store(false)
	d.alive = &atomic.Bool{}
	d.alive.Store(true)
}

func pass(to, from net.Conn, alive *atomic.Bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if alive.Load() {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
}
