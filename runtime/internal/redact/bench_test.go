package redact

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
)

// BenchmarkAttributes redacts what a typical span has.
func BenchmarkAttributes(b *testing.B) {
	list := []attribute.KeyValue{
		attribute.String("llm.provider", "anthropic"), attribute.String("llm.model", "claude-sonnet-4"),
		attribute.Int("llm.tokens.total", 1545), attribute.String("session.id", "s-0001"),
		attribute.String("correlation_id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
		attribute.String("tool.arg.command", "go test ./... -run TestAll -count=1"),
	}
	b.ReportAllocs()
	for b.Loop() {
		Attributes(list)
	}
}

// BenchmarkStack redacts a stack trace of 30 frames.
func BenchmarkStack(b *testing.B) {
	frame := "\ngithub.com/pryx-co/pryx/runtime/internal/errors.(*Collector).Record(...)\n\t/src/pkg/mod/go.opentelemetry.io/otel@v1.47.0/trace/trace.go:38 +0x1c"
	text := "goroutine 7 [running]:" + strings.Repeat(frame, 30)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		String(text)
	}
}
