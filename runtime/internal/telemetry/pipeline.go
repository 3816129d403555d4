package telemetry

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// pipeline is the way of one signal from the SDK to the receiver.
type pipeline struct {
	signal      delivery.Signal
	endpoint    string
	transport   *delivery.Transport
	account     *account
	diagnostics *diagnostics
	// lifetime is the context of all exports. It is kept because the SDK's reader of metrics calls
	// with one of its own, which ends too early.
	lifetime context.Context
}

// newPipelines makes the pipelines of the signals that are sent.
func newPipelines(lifetime context.Context, s settings, base http.RoundTripper, diagnostics *diagnostics) map[delivery.Signal]*pipeline {
	pipelines := make(map[delivery.Signal]*pipeline, len(s.endpoints))
	for signal, endpoint := range s.endpoints {
		pipelines[signal] = &pipeline{
			signal:   signal,
			endpoint: endpoint,
			transport: delivery.NewTransport(delivery.Options{
				Signal: signal,
				Base:   base,
				Token:  s.Token,
				Gzip:   !s.NoCompression,
				Retry:  s.Retry,
			}),
			account:     newAccount(),
			diagnostics: diagnostics,
			lifetime:    lifetime,
		}
	}
	return pipelines
}

// client is what the exporter of the signal sends with. It has no timeout of its own: the transport
// bounds each attempt and the whole export.
func (p *pipeline) client() *http.Client { return &http.Client{Transport: p.transport} }

// deliver runs an exporter on so many items and accounts for each of them, whether the exporter got
// as far as making a request or not.
func (p *pipeline) deliver(ctx context.Context, items int, export func(context.Context) error) error {
	outcome := delivery.NewOutcome(items)
	err := export(delivery.NewContext(ctx, outcome))
	reason := delivery.ReasonEncoding
	if ctx.Err() != nil {
		reason, err = delivery.ReasonShutdown, errors.Join(err, ctx.Err())
	}
	outcome.Settle(reason, err)
	p.account.settle(outcome)
	p.diagnostics.report(p.signal, outcome, p.account.takeOverflow())
	return outcome.Err
}

// idleTimeout closes a connection that was not used for so long: longer than metrics take from one
// export to the next.
const idleTimeout = 90 * time.Second

// newHTTPTransport makes the transport that all signals share.
func newHTTPTransport(s settings) (base http.RoundTripper, close func()) {
	if s.HTTP != nil {
		return s.HTTP, func() {}
	}
	silence := first(s.Retry.AttemptTimeout, delivery.DefaultAttemptTimeout)
	transport := &http.Transport{
		// An HTTP/2 connection that died without a word would take one attempt after the other.
		HTTP2:               &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: silence},
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: len(delivery.Signals()),
		IdleConnTimeout:     idleTimeout,
		TLSClientConfig:     s.tls,
	}
	return transport, transport.CloseIdleConnections
}
