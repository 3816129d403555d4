package telemetry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// environment reads variables and collects what is wrong with them. A variable that is set but
// empty counts as not set, as the OpenTelemetry specification has it.
type environment struct {
	err error
}

func (e *environment) fail(err error) { e.err = errors.Join(e.err, err) }

func (e *environment) text(name string) string { return strings.TrimSpace(os.Getenv(name)) }

func (e *environment) isTrue(name string) bool { return strings.EqualFold(e.text(name), "true") }

func (e *environment) oneOf(name string, values ...string) string {
	text := e.text(name)
	if text != "" && !slices.Contains(values, text) {
		e.fail(fmt.Errorf("%s=%q: want one of %s", name, text, strings.Join(values, ", ")))
	}
	return text
}

// ratio reads a number; nil when there is none. Its range is checked with that of the Config.
func (e *environment) ratio(name string) *float64 {
	text := e.text(name)
	if text == "" {
		return nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		e.fail(fmt.Errorf("%s=%q: want a number from 0 to 1", name, text))
		return nil
	}
	return &number
}

// positive reads a whole number above 0; 0 when there is none.
func (e *environment) positive(name string) int {
	text := e.text(name)
	if text == "" {
		return 0
	}
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil || number < 1 {
		e.fail(fmt.Errorf("%s=%q: want a whole number above 0", name, text))
		return 0
	}
	return int(number)
}

func (e *environment) milliseconds(name string) time.Duration {
	return time.Duration(e.positive(name)) * time.Millisecond
}

// batch completes the bounds of a queue from the variables with the given prefix.
func (e *environment) batch(given Batch, prefix string) Batch {
	batch := Batch{
		QueueSize: first(given.QueueSize, e.positive(prefix+"_MAX_QUEUE_SIZE"), DefaultQueueSize),
		MaxSize:   first(given.MaxSize, e.positive(prefix+"_MAX_EXPORT_BATCH_SIZE"), DefaultMaxBatchSize),
		Delay:     first(given.Delay, e.milliseconds(prefix+"_SCHEDULE_DELAY"), DefaultBatchDelay),
	}
	if batch.QueueSize < 1 || batch.MaxSize < 1 || batch.Delay < 0 {
		e.fail(fmt.Errorf("batch %+v: want sizes above 0 and no negative delay", batch))
	}
	batch.MaxSize = min(batch.MaxSize, batch.QueueSize)
	return batch
}

// tls reads which certificates to trust instead of the system's, and which one to show; nil when the
// variables name none.
func (e *environment) tls() *tls.Config {
	trusted, own := e.certificates("OTEL_EXPORTER_OTLP_CERTIFICATE"), e.keyPair("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY")
	if trusted == nil && own == nil {
		return nil
	}
	return &tls.Config{RootCAs: trusted, Certificates: own, MinVersion: tls.VersionTLS12}
}

func (e *environment) certificates(name string) *x509.CertPool {
	path := e.text(name)
	if path == "" {
		return nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		e.fail(fmt.Errorf("%s: %w", name, err))
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		e.fail(fmt.Errorf("%s: no certificate in %q", name, path))
		return nil
	}
	return pool
}

func (e *environment) keyPair(certificate, key string) []tls.Certificate {
	if e.text(certificate) == "" && e.text(key) == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(e.text(certificate), e.text(key))
	if err != nil {
		e.fail(fmt.Errorf("%s and %s: %w", certificate, key, err))
		return nil
	}
	return []tls.Certificate{pair}
}
