package delivery

import (
	"context"
	"strings"
	"sync"
)

// TokenFunc returns the bearer token to send now, or "" when nobody is logged in. It is called for
// each request, by one goroutine per signal, and should be quick: a look into memory, not a login.
// Blanks around the token do not count.
type TokenFunc func(ctx context.Context) (string, error)

// tokenSource asks a [TokenFunc] and waits no longer than it may, whatever the function does. One that
// ignores its context blocks one goroutine, not one for each attempt.
type tokenSource struct {
	ask TokenFunc

	mu sync.Mutex
	// asking is the call that is under way, nil when there is none.
	asking *tokenCall
}

type tokenCall struct {
	done  chan struct{}
	token string
	err   error
}

func (s *tokenSource) token(ctx context.Context) (string, error) {
	call := s.call(ctx)
	select {
	case <-call.done:
		return call.token, call.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// call returns the call that is under way, or starts one.
func (s *tokenSource) call(ctx context.Context) *tokenCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asking != nil {
		return s.asking
	}
	call := &tokenCall{done: make(chan struct{})}
	s.asking = call
	go func() {
		token, err := s.ask(ctx)
		call.token, call.err = strings.TrimSpace(token), err
		s.mu.Lock()
		s.asking = nil
		s.mu.Unlock()
		close(call.done)
	}()
	return call
}
