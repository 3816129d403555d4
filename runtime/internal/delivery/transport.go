package delivery

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// Options configures a [Transport].
type Options struct {
	// Signal is what the requests carry.
	Signal Signal
	// Base sends the requests.
	Base http.RoundTripper
	// Token authorizes them; nil leaves the headers of the exporter as they are.
	Token TokenFunc
	// Gzip compresses the bodies. The exporter above must not.
	Gzip bool
	// Retry bounds the attempts.
	Retry Retry
}

// Transport is the [http.RoundTripper] of one OTLP/HTTP exporter: see the package comment.
//
// In two points it is unlike other round trippers, because the exporters leave no other place for
// it: it makes several requests of one, and its response is always an empty success, made up here
// when everything was delivered; else it returns an error.
type Transport struct {
	options Options
	tokens  *tokenSource
	hurry   chan struct{}
	once    sync.Once
}

// NewTransport returns a transport.
func NewTransport(options Options) *Transport {
	options.Retry = options.Retry.withDefaults()
	transport := &Transport{options: options, hurry: make(chan struct{})}
	if options.Token != nil {
		transport.tokens = &tokenSource{ask: options.Token}
	}
	return transport
}

// Hurry ends a wait for the next attempt, once per export: what cannot be sent now will not be.
func (t *Transport) Hurry() { t.once.Do(func() { close(t.hurry) }) }

// RoundTrip delivers the items in the body of an exporter's request. The body must be protobuf and
// not compressed. Where the context carries an [Outcome] it is filled in.
func (t *Transport) RoundTrip(original *http.Request) (*http.Response, error) {
	ctx := original.Context()
	body, err := readBody(original)
	if err != nil {
		return nil, fmt.Errorf("read the request of the exporter: %w", err)
	}
	outcome, ok := outcomeFrom(ctx)
	if !ok {
		decoded, err := t.options.Signal.decode(body)
		if err != nil {
			return nil, fmt.Errorf("count the items of a request: %w", err)
		}
		outcome = NewOutcome(decoded.items)
	}
	export := &export{
		transport: t,
		original:  original,
		outcome:   outcome,
		deadline:  time.Now().Add(t.options.Retry.Budget),
	}
	export.deliver(ctx, payload{body: body, items: outcome.Items}, false)
	if outcome.Err != nil {
		return nil, outcome.Err
	}
	return acknowledge(original), nil
}

func readBody(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(request.Body)
	return body, errors.Join(err, request.Body.Close())
}

// acknowledge is the response to an exporter whose items have all arrived.
func acknowledge(request *http.Request) *http.Response {
	return &http.Response{
		Status:     "200 OK",
		StatusCode: http.StatusOK,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     http.Header{"Content-Type": {contentTypeProtobuf}},
		Body:       http.NoBody,
		Request:    request,
	}
}

var errBudget = errors.New("the time of the export was used up")

// export is the delivery of one request of an exporter.
type export struct {
	transport *Transport
	original  *http.Request
	outcome   *Outcome
	// deadline is when the last attempt ends at the latest.
	deadline time.Time
	// hurried: the wait that Hurry ends has been ended.
	hurried bool
}

// deliver sends a payload, in halves where the receiver wants it smaller, and accounts for each
// item. doubt tells that the receiver may have the items already.
func (e *export) deliver(ctx context.Context, load payload, doubt bool) {
	encoded, err := e.encode(load.body)
	if err != nil {
		e.outcome.drop(ReasonEncoding, load.items, doubt, err)
		return
	}
	result, reason := e.persist(ctx, encoded, doubt)
	switch {
	case reason != "":
		e.outcome.drop(reason, load.items, result.doubt, result.err)
	case result.verdict == tooLarge && load.items > 1:
		e.deliverHalves(ctx, load, result)
	case result.verdict == tooLarge:
		e.outcome.drop(ReasonTooLarge, load.items, result.doubt, result.err)
	default:
		rejected := min(result.rejected, load.items)
		e.outcome.Delivered += load.items - rejected
		e.outcome.drop(ReasonRejected, rejected, false, result.err)
		if result.warning != "" {
			e.outcome.Warning = result.warning
		}
	}
}

func (e *export) deliverHalves(ctx context.Context, load payload, refusal answer) {
	head, tail, err := e.transport.options.Signal.halve(load.body)
	if err != nil {
		e.outcome.drop(ReasonTooLarge, load.items, refusal.doubt, errors.Join(refusal.err, err))
		return
	}
	e.deliver(ctx, head, refusal.doubt)
	e.deliver(ctx, tail, refusal.doubt)
}

// persist makes attempts until one is decisive, or none may be made any more. In the latter case it
// returns the reason, and the last answer.
func (e *export) persist(ctx context.Context, body encodedBody, doubt bool) (answer, Reason) {
	if time.Now().After(e.deadline) {
		// A half of a request that took all the time there was.
		return answer{doubt: doubt, err: errBudget}, ReasonRetriesExhausted
	}
	var retriedToken bool
	for failures := 1; ; failures++ {
		result := e.attempt(ctx, body)
		doubt = doubt || result.doubt
		result.doubt = doubt
		switch result.verdict {
		case accepted, tooLarge:
			return result, ""
		case loggedOut:
			return result, ReasonLoggedOut
		case refused:
			return result, ReasonRefused
		case unauthorized:
			if retriedToken || !e.hasOtherToken(ctx, result.token) {
				return result, ReasonRefused
			}
			// Refreshed while the request was on its way.
			retriedToken = true
			continue
		case failed:
		}
		if ctx.Err() != nil {
			return result, ReasonShutdown
		}
		delay := e.transport.options.Retry.delay(failures, result.retryAfter)
		if time.Now().Add(delay).After(e.deadline) {
			return result, ReasonRetriesExhausted
		}
		if !e.wait(ctx, delay) {
			return result, ReasonShutdown
		}
	}
}

// hasOtherToken reports whether there is a token that is not the one that was just refused.
func (e *export) hasOtherToken(ctx context.Context, tried string) bool {
	if e.transport.tokens == nil {
		return false
	}
	ctx, cancel := e.limit(ctx)
	defer cancel()
	now, err := e.transport.tokens.token(ctx)
	return err == nil && now != "" && now != tried
}

// limit returns the context of one attempt.
func (e *export) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(e.transport.options.Retry.AttemptTimeout)
	if e.deadline.Before(end) {
		end = e.deadline
	}
	return context.WithDeadline(ctx, end)
}

// wait returns after the delay, or at once when there is a hurry; false when the context has ended.
func (e *export) wait(ctx context.Context, delay time.Duration) bool {
	hurry := e.transport.hurry
	if e.hurried {
		hurry = nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-hurry:
		e.hurried = true
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// attempt makes one request.
func (e *export) attempt(ctx context.Context, body encodedBody) answer {
	options := e.transport.options
	if err := ctx.Err(); err != nil {
		return answer{verdict: failed, err: err}
	}
	ctx, cancel := e.limit(ctx)
	defer cancel()
	var token string
	if e.transport.tokens != nil {
		var err error
		if token, err = e.transport.tokens.token(ctx); err != nil {
			return answer{verdict: failed, err: fmt.Errorf("get the token: %w", err)}
		}
		if token == "" {
			return answer{verdict: loggedOut, err: ErrLoggedOut}
		}
	}
	watch := &sending{}
	request, err := e.newRequest(watch.trace(ctx), body, token)
	if err != nil {
		return answer{verdict: refused, err: err, token: token}
	}
	response, err := options.Base.RoundTrip(request)
	if err != nil {
		return answer{verdict: failed, doubt: watch.mayHaveArrived(), err: err, token: token}
	}
	result := options.Signal.read(response, time.Now())
	// The answer has been read to its end or given up: an error here changes nothing.
	_ = response.Body.Close()
	result.token = token
	return result
}

func (e *export) newRequest(ctx context.Context, body encodedBody, token string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.original.URL.String(), bytes.NewReader(body.bytes))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	request.Header = e.original.Header.Clone()
	if body.coding != "" {
		request.Header.Set("Content-Encoding", body.coding)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, nil
}

// encodedBody is a body as it goes over the wire, made once for all attempts.
type encodedBody struct {
	bytes  []byte
	coding string
}

func (e *export) encode(body []byte) (encodedBody, error) {
	if !e.transport.options.Gzip {
		return encodedBody{bytes: body}, nil
	}
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	_, err := writer.Write(body)
	if err := errors.Join(err, writer.Close()); err != nil {
		return encodedBody{}, fmt.Errorf("compress a request: %w", err)
	}
	return encodedBody{bytes: buffer.Bytes(), coding: "gzip"}, nil
}

// sending watches how far a request got before it failed.
type sending struct {
	asked, connected atomic.Bool
}

func (s *sending) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { s.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { s.connected.Store(true) },
	})
}

// mayHaveArrived is false only when it is certain that nothing was sent: there was no connection. A
// round tripper that does not report its progress leaves that open.
func (s *sending) mayHaveArrived() bool { return !s.asked.Load() || s.connected.Load() }
