package errors_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/pryx-co/pryx/runtime/internal/errors"
)

func TestDoCatchesPanics(t *testing.T) {
	s := newSink(t)
	err := s.collector.MCP(t.Context(), "files", "read", func(context.Context) error { panic(fs.ErrClosed) })
	if !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Do() = %v", err)
	}
	event := s.only(t)
	if got := event[errors.CodeKey].AsString(); got != "internal.panic" {
		t.Errorf("code %q", got)
	}
	if got := event["error.metadata.mcp.tool"].AsString(); got != "read" {
		t.Errorf("tool %q", got)
	}
	if stack := event["exception.stacktrace"].AsString(); !strings.Contains(stack, "TestDoCatchesPanics.func") {
		t.Errorf("the stack is not that of the panic:\n%s", stack)
	}
	if got := s.records[0].SeverityText(); got != "FATAL" {
		t.Errorf("severity %q", got)
	}
}

func TestGoReportsAndEnds(t *testing.T) {
	s := newSink(t)
	err, open := <-s.collector.Go(t.Context(), func(context.Context) error { panic("boom") })
	if !open || err == nil || err.Error() != "panic: boom" {
		t.Errorf("result %v, %v", err, open)
	}
	s.only(t)
}

func TestRecoverFillsTheResult(t *testing.T) {
	s := newSink(t)
	run := func() (err error) {
		defer s.collector.Recover(t.Context(), &err)
		panic("boom")
	}
	if err := run(); err == nil || !strings.Contains(err.Error(), "panic: boom") {
		t.Errorf("error %v", err)
	}
	s.only(t)
	func() {
		defer s.collector.Recover(t.Context(), nil)
	}()
	s.only(t)
}
