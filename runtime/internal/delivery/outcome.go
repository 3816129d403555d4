package delivery

import (
	"context"
	"errors"
	"fmt"
)

// Reason says why items were given up. The values are those of the attribute "reason" of the metric
// pryx.telemetry.dropped.
type Reason string

// The reasons, in the order in which an item can meet them.
const (
	// ReasonQueueFull: more items waited than may wait; the newest are given up.
	ReasonQueueFull Reason = "queue_full"
	// ReasonUnfinished: a span that had not ended when its provider was shut down.
	ReasonUnfinished Reason = "unfinished"
	// ReasonShutdown: not sent by the deadline of the shutdown.
	ReasonShutdown Reason = "shutdown"
	// ReasonLoggedOut: there is no token. Nothing was sent.
	ReasonLoggedOut Reason = "logged_out"
	// ReasonEncoding: the exporter could not make a request of the items.
	ReasonEncoding Reason = "encoding"
	// ReasonRefused: the receiver answered with a status that forbids a retry.
	ReasonRefused Reason = "refused"
	// ReasonRejected: the receiver took the request but not these items of it (partial success).
	ReasonRejected Reason = "rejected"
	// ReasonTooLarge: a single item is larger than the receiver takes.
	ReasonTooLarge Reason = "too_large"
	// ReasonRetriesExhausted: the receiver was not there, or busy, for the whole retry budget.
	ReasonRetriesExhausted Reason = "retries_exhausted"
)

// ErrLoggedOut reports that there is no token to send with.
var ErrLoggedOut = errors.New("no token: logged out")

// Outcome is what became of the items of one export: Items = Delivered + everything in Dropped,
// once the export has ended. It must not be read while the export runs.
type Outcome struct {
	// Items is how many spans, data points or log records were to be sent.
	Items int
	// Delivered items were acknowledged by the receiver.
	Delivered int
	// Dropped counts the items that were given up.
	Dropped map[Reason]int
	// Unconfirmed is how many of the dropped items the receiver may have stored all the same.
	Unconfirmed int
	// Err joins the first errors that led to drops; nil when everything was delivered.
	Err error
	// errs counts the errors in Err.
	errs int
	// Warning is what the receiver said about items that it took; usually empty.
	Warning string
}

// NewOutcome returns the outcome of an export that is about to start.
func NewOutcome(items int) *Outcome {
	return &Outcome{Items: items, Dropped: map[Reason]int{}}
}

// Settle accounts for items that never reached a [Transport], because the exporter above it failed.
// It does nothing when all items are accounted for.
func (o *Outcome) Settle(reason Reason, err error) {
	rest := o.Items - o.Delivered - o.dropped()
	if rest <= 0 {
		return
	}
	if err == nil {
		err = errors.New("the exporter sent fewer items than it was given")
	}
	o.drop(reason, rest, false, err)
}

func (o *Outcome) dropped() int {
	total := 0
	for _, n := range o.Dropped {
		total += n
	}
	return total
}

func (o *Outcome) drop(reason Reason, items int, doubt bool, err error) {
	if items == 0 {
		return
	}
	o.Dropped[reason] += items
	if doubt {
		o.Unconfirmed += items
	}
	if o.errs++; o.errs <= maxErrors {
		o.Err = errors.Join(o.Err, fmt.Errorf("dropped %d items (%s): %w", items, reason, err))
	}
}

// maxErrors bounds the errors of one export: one that is split can have as many as it has items, and
// they are mostly the same.
const maxErrors = 3

type outcomeKey struct{}

// NewContext returns a context that makes a [Transport] report to outcome. The context belongs to
// one export: exports must not share an outcome.
func NewContext(ctx context.Context, outcome *Outcome) context.Context {
	return context.WithValue(ctx, outcomeKey{}, outcome)
}

func outcomeFrom(ctx context.Context) (*Outcome, bool) {
	outcome, ok := ctx.Value(outcomeKey{}).(*Outcome)
	return outcome, ok
}
