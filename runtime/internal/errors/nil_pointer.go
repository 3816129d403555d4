package errors

import (
	"errors"
	"reflect"
)

// nilPointerError stands for an error that is, or wraps, a nil pointer: the mistake of a function that
// returns a *T as an error. Methods of such an error may panic, and a report must not.
type nilPointerError struct{ typeName string }

// Error names the type.
func (e *nilPointerError) Error() string { return "a nil " + e.typeName + " was taken for an error" }

// nilPointer finds a nil pointer in the tree of an error.
func nilPointer(err error) (error, bool) {
	for err != nil {
		if isNilPointer(err) {
			return err, true
		}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, branch := range joined.Unwrap() {
				if pointer, ok := nilPointer(branch); ok {
					return pointer, true
				}
			}
			return nil, false
		}
		err = errors.Unwrap(err)
	}
	return nil, false
}

func isNilPointer(err error) bool {
	value := reflect.ValueOf(err)
	return value.Kind() == reflect.Pointer && value.IsNil()
}
