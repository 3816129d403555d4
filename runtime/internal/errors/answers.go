package errors

import (
	"context"
	"sync"
)

// answers remembers which failing statuses a [Collector.Transport] has reported within one guarded
// call. A client makes an error of its own of such an answer, which cannot carry a mark.
type answers struct {
	mu sync.Mutex
	// ids are the correlation ids of the reports, by status.
	ids map[int]string
}

type answersKey struct{}

func watchAnswers(ctx context.Context) (context.Context, *answers) {
	watch := &answers{ids: map[int]string{}}
	return context.WithValue(ctx, answersKey{}, watch), watch
}

// noteAnswer remembers the report of an answer.
func noteAnswer(ctx context.Context, status int, report error) {
	watch, ok := ctx.Value(answersKey{}).(*answers)
	if !ok {
		return
	}
	watch.mu.Lock()
	defer watch.mu.Unlock()
	watch.ids[status] = CorrelationID(report)
}

// reported tells whether an error stands for an answer that was reported, and under which id.
func (a *answers) reported(err error) (string, bool) {
	if err == nil || containsReported(err) {
		return "", false
	}
	status, ok := statusOf(err)
	if !ok {
		return "", false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	id, ok := a.ids[status]
	return id, ok
}
