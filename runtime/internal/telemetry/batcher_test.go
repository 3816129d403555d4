package telemetry

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// exported collects batches, and may hold an export up.
type exported struct {
	account *account
	hold    chan struct{}

	mu      sync.Mutex
	batches [][]int
	times   []time.Time
}

func (e *exported) export(ctx context.Context, batch []int) error {
	if e.hold != nil {
		select {
		case <-e.hold:
		case <-ctx.Done():
			e.account.drop(delivery.ReasonShutdown, len(batch))
			return ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.batches = append(e.batches, slices.Clone(batch))
	e.times = append(e.times, time.Now())
	e.account.settle(&delivery.Outcome{Items: len(batch), Delivered: len(batch)})
	return nil
}

func (e *exported) sizes() []int {
	e.mu.Lock()
	defer e.mu.Unlock()
	var sizes []int
	for _, batch := range e.batches {
		sizes = append(sizes, len(batch))
	}
	return sizes
}

var smallBatch = Batch{QueueSize: 10, MaxSize: 4, Delay: 5 * time.Second}

func startTestBatcher(ctx context.Context, hold chan struct{}) (*batcher[int], *exported) {
	sink := &exported{account: newAccount(), hold: hold}
	return startBatcher(ctx, smallBatch, sink.account, sink.export), sink
}

func TestBatcherSendsAfterTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b, sink := startTestBatcher(t.Context(), nil)
		b.put(1)
		b.put(2)
		time.Sleep(smallBatch.Delay)
		synctest.Wait()
		if sizes := sink.sizes(); !slices.Equal(sizes, []int{2}) || sink.times[0].Sub(start) != smallBatch.Delay {
			t.Errorf("batches %v at %v", sizes, sink.times)
		}
		if err := b.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestBatcherSendsAFullBatchAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b, sink := startTestBatcher(t.Context(), nil)
		for item := range 6 {
			b.put(item)
		}
		synctest.Wait()
		if sizes := sink.sizes(); len(sizes) == 0 || sizes[0] != 4 || !time.Now().Equal(start) {
			t.Errorf("batches %v after %v", sizes, time.Since(start))
		}
		if err := b.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if got := slices.Concat(sink.batches...); !slices.Equal(got, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("items %v", got)
		}
	})
}

func TestBatcherGivesUpTheNewestWhenFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		b, sink := startTestBatcher(t.Context(), hold)
		for item := range 4 {
			b.put(item)
		}
		synctest.Wait() // The first batch is under way and hangs.
		for item := range 12 {
			b.put(100 + item)
		}
		close(hold)
		if err := b.flush(t.Context()); err != nil {
			t.Error(err)
		}
		stats := sink.account.snapshot()
		if stats.Recorded != 16 || stats.Delivered != 14 || stats.Dropped[delivery.ReasonQueueFull] != 2 || stats.Pending != 0 {
			t.Errorf("stats %+v", stats)
		}
		if items := slices.Concat(sink.batches...); items[len(items)-1] != 109 {
			t.Errorf("items %v: the newest are to be given up", items)
		}
		if err := b.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestBatcherFlushReturnsWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		b, _ := startTestBatcher(t.Context(), hold)
		b.put(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("flush() = %v", err)
		}
		if err := b.flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("second flush() = %v", err)
		}
		close(hold)
		if err := b.shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := b.flush(t.Context()); err != nil {
			t.Errorf("flush() after shutdown = %v", err)
		}
	})
}

func TestBatcherShutdownAccountsForEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lifetime, end := context.WithCancel(t.Context())
		b, sink := startTestBatcher(lifetime, make(chan struct{}))
		for item := range 9 {
			b.put(item)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		defer context.AfterFunc(ctx, end)()
		_ = b.shutdown(t.Context())
		b.put(9)
		stats := sink.account.snapshot()
		if stats.Recorded != 10 || stats.Dropped[delivery.ReasonShutdown] != 10 || stats.Pending != 0 {
			t.Errorf("stats %+v", stats)
		}
	})
}

func TestBatcherConcurrently(t *testing.T) {
	b, sink := startTestBatcher(t.Context(), nil)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for item := range 500 {
				b.put(item)
				if item%100 == 0 {
					if err := b.flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	if err := b.shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	stats := sink.account.snapshot()
	if stats.Recorded != 4000 || stats.Delivered+stats.DroppedTotal() != 4000 || stats.Pending != 0 {
		t.Errorf("stats %+v", stats)
	}
	if got := len(slices.Concat(sink.batches...)); int64(got) != stats.Delivered {
		t.Errorf("exported %d, counted %d", got, stats.Delivered)
	}
}
