package delivery

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// Retry bounds how an export is tried again. The zero value of a field means its default.
type Retry struct {
	// FirstDelay is the wait after the first failure. It doubles with each further one.
	FirstDelay time.Duration
	// MaxDelay is the longest wait that is not asked for by Retry-After.
	MaxDelay time.Duration
	// Budget is how long one export may take in all, halves and waits included. Keep it below the
	// 120 s within which the gateway recognises copies of a batch without a look at its records.
	Budget time.Duration
	// AttemptTimeout bounds one request, from connecting to the end of the answer.
	AttemptTimeout time.Duration
}

// Defaults of [Retry].
const (
	DefaultFirstDelay     = time.Second
	DefaultMaxDelay       = 20 * time.Second
	DefaultBudget         = 90 * time.Second
	DefaultAttemptTimeout = 10 * time.Second
)

// jitter is the part of a wait that is drawn anew each time: clients that failed together do not
// come back together.
const jitter = 0.5

func (r Retry) withDefaults() Retry {
	set := func(field *time.Duration, value time.Duration) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&r.FirstDelay, DefaultFirstDelay)
	set(&r.MaxDelay, DefaultMaxDelay)
	set(&r.Budget, DefaultBudget)
	set(&r.AttemptTimeout, DefaultAttemptTimeout)
	return r
}

// delay returns the wait before the next attempt. failures counts the attempts that failed, from 1.
// A receiver that named a time gets that time, never less.
func (r Retry) delay(failures int, retryAfter time.Duration) time.Duration {
	backoff := r.FirstDelay
	for range failures - 1 {
		if backoff >= r.MaxDelay {
			break
		}
		backoff *= 2
	}
	backoff = min(backoff, r.MaxDelay)
	spread := time.Duration(jitter * rand.Float64() * float64(backoff))
	if retryAfter > 0 {
		return retryAfter + min(spread, retryAfter/4)
	}
	return backoff - spread
}

// longestRetryAfter stands for all longer times, which only have to outlast any budget: a time that
// cannot be counted must not look like none.
const longestRetryAfter = 365 * 24 * time.Hour

// parseRetryAfter reads a Retry-After header (RFC 9110, section 10.2.3): seconds or a date.
//
// It returns 0 when there is none or it makes no sense, and at most [longestRetryAfter].
func parseRetryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	seconds, err := strconv.ParseUint(text, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longestRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(date.Sub(now), 0), longestRetryAfter)
	}
	return 0
}
