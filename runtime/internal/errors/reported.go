package errors

import (
	"errors"
	"net"
	"slices"
)

// reported is an error that a Collector has emitted.
type reported struct {
	error
	correlationID string
}

// Unwrap returns the error that was reported.
func (r *reported) Unwrap() error { return r.error }

// reportedNetwork is a reported error of the network. net/http and others ask the error itself, not
// those it wraps, whether it is a timeout.
type reportedNetwork struct {
	*reported
	network net.Error
}

// Timeout is that of the error that was reported.
func (r *reportedNetwork) Timeout() bool { return r.network.Timeout() }

// Temporary is that of the error that was reported.
//
// Deprecated: as in [net.Error], which wants it.
func (r *reportedNetwork) Temporary() bool {
	temporary, ok := r.network.(interface{ Temporary() bool })
	return ok && temporary.Temporary()
}

// Unwrap returns the error that was reported, with the mark that it was.
func (r *reportedNetwork) Unwrap() error { return r.reported }

func newReported(err error, correlationID string) error {
	mark := &reported{error: err, correlationID: correlationID}
	if _, broken := nilPointer(err); broken {
		return mark
	}
	var network net.Error
	if errors.As(err, &network) {
		return &reportedNetwork{reported: mark, network: network}
	}
	return mark
}

// CorrelationID returns the id under which an error was reported, or "" when it was not: what to show
// to people, so that they can quote it.
func CorrelationID(err error) string {
	mark, ok := find(err, func(*reported) bool { return true })
	if !ok {
		return ""
	}
	return mark.correlationID
}

// unreported returns the parts of an error that were not reported yet: the error itself, or those of
// several joined ones.
func unreported(err error) []error {
	if !containsReported(err) {
		return []error{err}
	}
	var marks []*marked
	for current := err; current != nil; current = errors.Unwrap(current) {
		if _, ok := current.(*reported); ok {
			return nil
		}
		if mark, ok := current.(*marked); ok {
			marks = append(marks, mark)
		}
		if joined, ok := current.(interface{ Unwrap() []error }); ok {
			var rest []error
			for _, branch := range joined.Unwrap() {
				if branch != nil {
					rest = append(rest, unreported(branch)...)
				}
			}
			// What was said about all of them holds for those that are left.
			for at := range rest {
				for _, mark := range slices.Backward(marks) {
					rest[at] = &marked{error: rest[at], details: mark.details, stack: mark.stack}
				}
			}
			return rest
		}
	}
	return nil
}

func containsReported(err error) bool {
	_, ok := find(err, func(*reported) bool { return true })
	return ok
}
