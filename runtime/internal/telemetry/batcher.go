package telemetry

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// batcher collects items and exports them in batches, from one goroutine. The SDK's batch processors
// do the same, but do not say what they drop when their queue is full, and leave an export running
// that outlasts the deadline of a shutdown.
//
// When the queue is full the newest items are given up: what led to an outage is worth more than
// what repeats during it.
type batcher[T any] struct {
	bounds  Batch
	account *account
	// export sends a batch and accounts for its items. It ends when its context does.
	export func(ctx context.Context, batch []T) error

	mu     sync.Mutex
	queue  []T
	closed bool

	full    chan struct{}
	flushes chan chan error
	stop    chan struct{}
	once    sync.Once
	done    chan struct{}
	// err is what the last exports failed with. It is written before done is closed.
	err error
}

// startBatcher starts the goroutine. lifetime is the context of all exports.
func startBatcher[T any](
	lifetime context.Context,
	bounds Batch,
	account *account,
	export func(context.Context, []T) error,
) *batcher[T] {
	b := &batcher[T]{
		bounds:  bounds,
		account: account,
		export:  export,
		full:    make(chan struct{}, 1),
		flushes: make(chan chan error),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
	}
	go b.run(lifetime)
	return b
}

// put takes an item, or gives it up. It never blocks.
func (b *batcher[T]) put(item T) {
	b.account.record(1)
	b.mu.Lock()
	closed, waiting := b.closed, len(b.queue)
	accepted := !closed && waiting < b.bounds.QueueSize
	if accepted {
		b.queue = append(b.queue, item)
		waiting++
	}
	b.mu.Unlock()
	switch {
	case closed:
		b.account.drop(delivery.ReasonShutdown, 1)
	case !accepted:
		b.account.drop(delivery.ReasonQueueFull, 1)
	case waiting >= b.bounds.MaxSize:
		select {
		case b.full <- struct{}{}:
		default: // The goroutine has been told already.
		}
	}
}

func (b *batcher[T]) run(ctx context.Context) {
	defer close(b.done)
	timer := time.NewTimer(b.bounds.Delay)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			// What went wrong has been counted and logged; nobody waits for it here.
			_ = b.drain(ctx, 1)
		case <-b.full:
			_ = b.drain(ctx, b.bounds.MaxSize)
		case reply := <-b.flushes:
			reply <- b.drain(ctx, 1)
		case <-b.stop:
			b.err = b.drain(ctx, 1)
			return
		}
		timer.Reset(b.bounds.Delay)
	}
}

// drain exports the items that wait now, and stops when fewer than least are left. Items that are
// put meanwhile have their turn later, so that a flush comes to an end.
func (b *batcher[T]) drain(ctx context.Context, least int) error {
	var failures []error
	for left := b.waiting(); left >= least && left > 0; {
		batch := b.take(left)
		left -= len(batch)
		if err := b.export(ctx, batch); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

func (b *batcher[T]) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue)
}

func (b *batcher[T]) take(most int) []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	size := min(most, b.bounds.MaxSize)
	batch := slices.Clone(b.queue[:size])
	b.queue = slices.Delete(b.queue, 0, size)
	return batch
}

// flush exports everything that waits, and returns when that is done or the context ends.
func (b *batcher[T]) flush(ctx context.Context) error {
	reply := make(chan error, 1)
	select {
	case b.flushes <- reply:
	case <-b.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shutdown takes no more items, exports those that wait and ends the goroutine. It returns when that
// is done or the context ends. The caller ends the lifetime when it wants no longer to wait.
func (b *batcher[T]) shutdown(ctx context.Context) error {
	b.once.Do(func() {
		b.mu.Lock()
		b.closed = true
		b.mu.Unlock()
		close(b.stop)
	})
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
