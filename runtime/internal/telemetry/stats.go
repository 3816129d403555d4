package telemetry

import (
	"maps"
	"sync"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// SignalStats counts the items of one signal since the start. At any time
//
//	Recorded = Delivered + Pending + everything in Dropped
//
// and after a Shutdown nothing is Pending.
type SignalStats struct {
	// Recorded spans that were sampled and have ended (after a shutdown also those that have not), log
	// records, or data points that were collected.
	Recorded int64
	// Delivered items were acknowledged by the receiver.
	Delivered int64
	// Pending items wait or are under way.
	Pending int64
	// Dropped counts the items that were given up.
	Dropped map[delivery.Reason]int64
	// Unconfirmed is how many of the dropped items the receiver may have stored all the same,
	// because its answer got lost or it failed on the way.
	Unconfirmed int64
}

// DroppedTotal is the number of items that were given up, for whichever reason.
func (s SignalStats) DroppedTotal() int64 {
	var total int64
	for _, n := range s.Dropped {
		total += n
	}
	return total
}

// Stats counts the items of each signal.
type Stats map[delivery.Signal]SignalStats

// DroppedTotal is the number of items of all signals that were given up.
func (s Stats) DroppedTotal() int64 {
	var total int64
	for _, signal := range s {
		total += signal.DroppedTotal()
	}
	return total
}

// account counts the items of one signal.
type account struct {
	mu    sync.Mutex
	stats SignalStats
	// toldOverflow is how many of the drops of a full queue takeOverflow has told.
	toldOverflow int64
}

func newAccount() *account {
	return &account{stats: SignalStats{Dropped: map[delivery.Reason]int64{}}}
}

func (a *account) record(items int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats.Recorded += int64(items)
	a.stats.Pending += int64(items)
}

func (a *account) drop(reason delivery.Reason, items int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats.Dropped[reason] += int64(items)
	a.stats.Pending -= int64(items)
}

// settle counts the items of an export that has ended.
func (a *account) settle(outcome *delivery.Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats.Delivered += int64(outcome.Delivered)
	a.stats.Unconfirmed += int64(outcome.Unconfirmed)
	for reason, items := range outcome.Dropped {
		a.stats.Dropped[reason] += int64(items)
	}
	a.stats.Pending -= int64(outcome.Items)
}

// takeOverflow returns how many items a full queue has cost since the last call.
func (a *account) takeOverflow() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	lost := a.stats.Dropped[delivery.ReasonQueueFull] - a.toldOverflow
	a.toldOverflow += lost
	return int(lost)
}

func (a *account) snapshot() SignalStats {
	a.mu.Lock()
	defer a.mu.Unlock()
	stats := a.stats
	stats.Dropped = maps.Clone(stats.Dropped)
	return stats
}
