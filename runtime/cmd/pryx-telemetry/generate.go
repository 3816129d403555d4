package main

import (
	"context"
	"sync"
	"time"
)

const (
	// minRate and maxRate bound what one process starts per second.
	minRate = 0.001
	maxRate = 1000
	// maxSessions bounds those that run at the same time; more wait for their turn.
	maxSessions = 256
)

// generate starts sessions until there are enough, the time is over or ctx ends, and waits for them.
func generate(ctx context.Context, agent *agent, o options) {
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	ticker := time.NewTicker(time.Duration(float64(time.Second) / o.rate))
	defer ticker.Stop()
	free := make(chan struct{}, maxSessions)
	var running sync.WaitGroup
	defer running.Wait()
	for number := 0; o.sessions == 0 || number < o.sessions; number++ {
		if number > 0 {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		// A session that has started is not cut off: what it records must be whole.
		session := context.WithoutCancel(ctx)
		running.Go(func() {
			defer func() { <-free }()
			agent.run(session, number)
		})
	}
}
