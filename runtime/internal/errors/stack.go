package errors

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
)

// maxFrames bounds a stack. What is deeper tells nothing about an error any more.
const maxFrames = 64

// ownFunctions begin the names of the functions of this package. A stack that was captured here
// begins with them, and nobody looks for the mistake there.
const ownFunctions = "github.com/pryx-co/pryx/runtime/internal/errors."

// stack is where an error was noticed. Capturing one is cheap; only what is reported is written out.
type stack struct {
	goroutine string
	pcs       []uintptr
}

// captureStack returns the stack of its caller.
func captureStack() stack {
	pcs := make([]uintptr, maxFrames)
	// runtime.Callers and this function.
	const own = 2
	return stack{goroutine: goroutineHeader(), pcs: pcs[:runtime.Callers(own, pcs)]}
}

// String writes the stack as the Go runtime does, which is what tools read:
//
//	goroutine 7 [running]:
//	example.com/pkg.(*T).Method(...)
//		/src/pkg/file.go:38 +0x1c
func (s stack) String() string {
	var text strings.Builder
	text.WriteString(s.goroutine)
	frames := runtime.CallersFrames(s.pcs)
	leading := true
	for {
		frame, more := frames.Next()
		leading = leading && strings.HasPrefix(frame.Function, ownFunctions)
		if frame.Function != "" && !leading {
			fmt.Fprintf(&text, "\n%s(...)\n\t%s:%d", frame.Function, frame.File, frame.Line)
			// Frames that were inlined have no entry of their own.
			if frame.Entry != 0 && frame.PC >= frame.Entry {
				fmt.Fprintf(&text, " +0x%x", frame.PC-frame.Entry)
			}
		}
		if !more {
			return text.String()
		}
	}
}

// goroutineHeader is the first line of a stack trace of the current goroutine.
func goroutineHeader() string {
	buffer := make([]byte, 64)
	line, _, _ := bytes.Cut(buffer[:runtime.Stack(buffer, false)], []byte("\n"))
	return string(line)
}

// innermostStack is the stack of the mark or panic that is nearest to where an error came from, or
// otherwise where nobody took note.
func innermostStack(err error, otherwise stack) string {
	text := otherwise.String()
	for current := err; current != nil; {
		traced, ok := find(current, func(t tracedError) bool { return true })
		if !ok {
			break
		}
		text = traced.stackTrace()
		current = traced.Unwrap()
	}
	return text
}

// tracedError is an error of this package that knows where it came from.
type tracedError interface {
	error
	Unwrap() error
	stackTrace() string
}

func (m *marked) stackTrace() string { return m.stack.String() }

func (e *PanicError) stackTrace() string { return e.Stack }
