package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/pryx-co/pryx/runtime/internal/delivery"
)

// reportInterval is the shortest time between two lines about lost telemetry: an outage of an hour
// is some lines, not some hundred.
const reportInterval = 30 * time.Second

// diagnostics tells the log what telemetry was lost.
type diagnostics struct {
	log *slog.Logger

	mu      sync.Mutex
	last    time.Time
	dropped map[delivery.Signal]map[delivery.Reason]int
	// toldLoggedOut: that nobody is logged in was said, and nothing was delivered since.
	toldLoggedOut bool
}

func newDiagnostics(log *slog.Logger) *diagnostics {
	return &diagnostics{log: log, dropped: map[delivery.Signal]map[delivery.Reason]int{}}
}

// report takes the outcome of an export, and how many items did not even come into the queue
// meanwhile. It says what is to be said about that, now or together with the next one.
func (d *diagnostics) report(signal delivery.Signal, outcome *delivery.Outcome, overflow int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if outcome.Delivered > 0 {
		d.toldLoggedOut = false
	}
	if outcome.Err == nil && outcome.Warning == "" && overflow == 0 {
		return
	}
	reasons := d.dropped[signal]
	if reasons == nil {
		reasons = map[delivery.Reason]int{}
		d.dropped[signal] = reasons
	}
	for reason, items := range outcome.Dropped {
		reasons[reason] += items
	}
	if overflow > 0 {
		reasons[delivery.ReasonQueueFull] += overflow
	}
	if now := time.Now(); d.last.IsZero() || now.Sub(d.last) >= reportInterval {
		d.last = now
		d.write(outcome)
	}
}

// write logs what has gathered. The caller holds the lock.
func (d *diagnostics) write(outcome *delivery.Outcome) {
	var details []slog.Attr
	for signal, reasons := range d.dropped {
		var counts []any
		for reason, items := range reasons {
			counts = append(counts, slog.Int(string(reason), items))
		}
		details = append(details, slog.Group(string(signal), counts...))
	}
	level := slog.LevelWarn
	if d.onlyLoggedOut(outcome) {
		// A state of the user's choice, which may last: said once, it is no longer worth a warning.
		if d.toldLoggedOut {
			level = slog.LevelInfo
		}
		d.toldLoggedOut = true
	}
	clear(d.dropped)
	if outcome.Warning != "" {
		details = append(details, slog.String("receiver_warning", outcome.Warning))
	}
	if outcome.Err != nil {
		details = append(details, slog.Any("error", outcome.Err))
	}
	d.log.LogAttrs(context.Background(), level, "telemetry was not delivered as it should", details...)
}

// onlyLoggedOut tells whether nothing has gathered but items that nobody is logged in for.
func (d *diagnostics) onlyLoggedOut(outcome *delivery.Outcome) bool {
	if outcome.Warning != "" {
		return false
	}
	for _, reasons := range d.dropped {
		for reason := range reasons {
			if reason != delivery.ReasonLoggedOut {
				return false
			}
		}
	}
	return true
}

// summarize logs what was lost in all, once, at the end.
func (d *diagnostics) summarize(stats Stats) {
	if stats.DroppedTotal() == 0 {
		return
	}
	var details []slog.Attr
	for _, signal := range delivery.Signals() {
		lost := stats[signal]
		if lost.DroppedTotal() == 0 {
			continue
		}
		counts := []any{
			slog.Int64("recorded", lost.Recorded), slog.Int64("delivered", lost.Delivered),
			slog.Int64("unconfirmed", lost.Unconfirmed),
		}
		for reason, items := range lost.Dropped {
			counts = append(counts, slog.Int64(string(reason), items))
		}
		details = append(details, slog.Group(string(signal), counts...))
	}
	d.log.LogAttrs(context.Background(), slog.LevelWarn, "telemetry was lost", details...)
}
