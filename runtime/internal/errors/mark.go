package errors

import (
	"errors"

	"go.opentelemetry.io/otel/attribute"
)

// details is what code says about an error beyond the error itself.
type details struct {
	category  Category
	subsystem Category
	code      string
	severity  Severity
	metadata  []attribute.KeyValue
}

// Option says something about an error, to [Mark] or to [Collector.Record].
type Option func(*details)

// WithCategory sets the category, whatever the error looks like.
func WithCategory(category Category) Option { return func(d *details) { d.category = category } }

// In names the part of the runtime in which the error was noticed. It decides the category of an
// error that says nothing itself: see [Collector.Record].
func In(subsystem Category) Option { return func(d *details) { d.subsystem = subsystem } }

// WithCode sets the stable code of an error, such as "mcp.tool_not_found": what people search for
// and documentation names. It never contains data.
func WithCode(code string) Option { return func(d *details) { d.code = code } }

// WithSeverity sets the severity of an error.
func WithSeverity(severity Severity) Option { return func(d *details) { d.severity = severity } }

// WithMetadata adds data about this one error, under error.metadata.<name>.
func WithMetadata(list ...attribute.KeyValue) Option {
	return func(d *details) {
		for _, pair := range list {
			d.metadata = append(d.metadata, attribute.KeyValue{Key: metadataPrefix + pair.Key, Value: pair.Value})
		}
	}
}

// Mark attaches what the code that made or noticed an error knows about it, and the stack trace of
// the call. Of several marks the outermost counts. Mark returns nil for nil.
//
// An error type can say the same itself, with a method ErrorCategory() Category,
// ErrorCode() string or ErrorSeverity() Severity.
func Mark(err error, options ...Option) error {
	if err == nil {
		return nil
	}
	mark := &marked{error: err, stack: captureStack()}
	for _, option := range options {
		option(&mark.details)
	}
	return mark
}

type marked struct {
	error
	details
	stack stack
}

// Unwrap returns the error that was marked.
func (m *marked) Unwrap() error { return m.error }

// ErrorCategory returns the category of the mark, or "".
func (m *marked) ErrorCategory() Category { return m.category }

// ErrorCode returns the code of the mark, or "".
func (m *marked) ErrorCode() string { return m.code }

// ErrorSeverity returns the severity of the mark, or "".
func (m *marked) ErrorSeverity() Severity { return m.severity }

// What an error type can say about itself.
type (
	categorized interface{ ErrorCategory() Category }
	coded       interface{ ErrorCode() string }
	graded      interface{ ErrorSeverity() Severity }
	// statusCoded is an error that stands for an HTTP status.
	statusCoded interface{ StatusCode() int }
)

// StatusError is an answer with an HTTP status that means failure.
type StatusError struct {
	// Status is the code.
	Status int
	// Operation says what was asked, without data: "POST api.example.com".
	Operation string
}

// Error says what was asked and what was answered.
func (e *StatusError) Error() string { return e.Operation + ": " + statusText(e.Status) }

// StatusCode returns the status.
func (e *StatusError) StatusCode() int { return e.Status }

// find returns the first value in the tree of an error, outermost first, that is a T and wanted.
func find[T any](err error, wanted func(T) bool) (T, bool) {
	for err != nil && !isNilPointer(err) {
		if value, ok := err.(T); ok && wanted(value) {
			return value, true
		}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, branch := range joined.Unwrap() {
				if value, ok := find(branch, wanted); ok {
					return value, true
				}
			}
			break
		}
		err = errors.Unwrap(err)
	}
	var none T
	return none, false
}
