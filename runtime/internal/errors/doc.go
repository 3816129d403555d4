// Package errors reports the runtime's errors: what category they are of, with a stack trace, a
// stable code and whatever ties them to the work that failed.
//
// A [Collector] is called once where an error is noticed:
//
//	return collector.Record(ctx, err, errors.In(errors.CategoryMCP))
//
// It emits an OpenTelemetry log record with exception.* attributes, marks the current span and counts
// the error. The error that it returns remembers that it was reported: on its way up, wrapped or
// joined, it is not reported again. Most code need not call it: [Collector.Transport],
// [Collector.Middleware], [Collector.Go], [Collector.Recover] and [Collector.Do] stand on the paths
// where errors pass.
//
// The package is named as the standard one on purpose, and passes on what people need of it, so that
// a file imports one of them.
package errors

import "errors"

// New is that of the standard library.
func New(text string) error { return errors.New(text) }

// Is is that of the standard library.
func Is(err, target error) bool { return errors.Is(err, target) }

// As is that of the standard library.
func As(err error, target any) bool { return errors.As(err, target) }

// Join is that of the standard library.
func Join(errs ...error) error { return errors.Join(errs...) }

// Unwrap is that of the standard library.
func Unwrap(err error) error { return errors.Unwrap(err) }
