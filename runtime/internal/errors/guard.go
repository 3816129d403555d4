package errors

import (
	"context"
	"fmt"
	"runtime/debug"
)

// PanicError is a panic that was caught.
type PanicError struct {
	// Value is what was passed to panic.
	Value any
	// Stack is the stack trace of the panic.
	Stack string
}

// Error says what the panic said.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the error that was passed to panic, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Recover reports a panic of the function that defers it, and puts it into the error that the
// function returns. Defer it directly:
//
//	func (h *Handler) handle(ctx context.Context) (err error) {
//		defer h.collector.Recover(ctx, &err)
//
// target may be nil where there is nothing to return.
func (c *Collector) Recover(ctx context.Context, target *error, options ...Option) {
	// Not in a helper: recover works only in the deferred function itself.
	value := recover()
	if value == nil {
		return
	}
	err := c.Record(ctx, newPanicError(value), options...)
	if target != nil {
		*target = Join(*target, err)
	}
}

// Go runs a function in a goroutine. What it returns and what it panics with is reported; a panic
// does not end the process. The channel gets the result, once, and is closed.
func (c *Collector) Go(ctx context.Context, run func(context.Context) error, options ...Option) <-chan error {
	result := make(chan error, 1)
	go func() {
		defer close(result)
		result <- c.guard(ctx, run, options)
	}()
	return result
}

// Do runs one call of a subsystem and reports how it failed, panics included. The error it returns is
// marked as reported.
//
//	err := collector.Do(ctx, errors.CategoryProvider, func(ctx context.Context) error {
//		answer, err = client.Complete(ctx, prompt)
//		return err
//	})
func (c *Collector) Do(ctx context.Context, subsystem Category, call func(context.Context) error, options ...Option) error {
	return c.guard(ctx, call, append([]Option{In(subsystem)}, options...))
}

// guard runs a function and reports how it failed.
func (c *Collector) guard(ctx context.Context, run func(context.Context) error, options []Option) (err error) {
	ctx, answers := watchAnswers(ctx)
	defer func() {
		if value := recover(); value != nil {
			err = c.Record(ctx, newPanicError(value), options...)
		}
	}()
	err = run(ctx)
	if id, ok := answers.reported(err); ok {
		return newReported(err, id)
	}
	return c.Record(ctx, err, options...)
}

func newPanicError(value any) *PanicError {
	return &PanicError{Value: value, Stack: string(debug.Stack())}
}
