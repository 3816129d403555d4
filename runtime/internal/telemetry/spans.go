package telemetry

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/pryx-co/pryx/runtime/internal/correlation"
	"github.com/pryx-co/pryx/runtime/internal/redact"
)

// Attributes of the runtime's operations.
const (
	keyToolName    = attribute.Key("tool.name")
	prefixToolArg  = "tool.arg."
	keyMCPServer   = attribute.Key("mcp.server")
	keyMCPTool     = attribute.Key("mcp.tool")
	keyMCPMethod   = attribute.Key("mcp.method.name")
	keyGenAITool   = attribute.Key("gen_ai.tool.name")
	keyChannelType = attribute.Key("channel.type")
	keyChannelID   = attribute.Key("channel.id")
)

const (
	operationTool = "tool.execute"
	operationMCP  = "mcp.call"
	// mcpMethodCall is what a call of a tool is named in MCP.
	mcpMethodCall = "tools/call"
	genAIToolCall = "execute_tool"
	// maxArgumentBytes bounds one argument of a tool on a span: enough for a command or a path, not
	// for the file that a tool writes.
	maxArgumentBytes = 1024
)

// StartSession starts the span session.<operation>, "create" or "turn" for example. Everything that
// is recorded with the returned context carries the id of the session.
func (p *Provider) StartSession(ctx context.Context, operation, sessionID string) (context.Context, *Operation) {
	ctx = correlation.WithSessionID(ctx, sessionID)
	return p.startOperation(ctx, "session."+operation, trace.SpanKindInternal)
}

// StartTool starts the span tool.execute. Arguments are cut after 1 KiB each; secrets in them are
// redacted like everywhere.
func (p *Provider) StartTool(ctx context.Context, tool string, arguments map[string]any) (context.Context, *Operation) {
	attributes := []attribute.KeyValue{
		keyToolName.String(tool),
		keyGenAITool.String(tool),
		keyGenAIOperation.String(genAIToolCall),
	}
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		attributes = append(attributes, attribute.String(prefixToolArg+name, argument(arguments[name])))
	}
	return p.startOperation(ctx, operationTool, trace.SpanKindInternal, attributes...)
}

// StartMCP starts the span mcp.call, for a call of a tool of an MCP server.
func (p *Provider) StartMCP(ctx context.Context, server, tool string) (context.Context, *Operation) {
	ctx, operation := p.startOperation(ctx, operationMCP, trace.SpanKindClient,
		keyMCPServer.String(server), keyMCPTool.String(tool), keyMCPMethod.String(mcpMethodCall), keyGenAITool.String(tool))
	labels := []attribute.KeyValue{keyMCPMethod.String(mcpMethodCall), keyMCPServer.String(server), keyGenAITool.String(tool)}
	operation.onEnd = func(ctx context.Context, seconds float64, errorType string) {
		p.instruments.mcpDuration.Record(ctx, seconds, withErrorType(labels, errorType))
	}
	return ctx, operation
}

// StartChannel starts the span channel.<operation>: "send", "receive" or another.
func (p *Provider) StartChannel(ctx context.Context, operation, kind, id string) (context.Context, *Operation) {
	spanKind := trace.SpanKindInternal
	switch operation {
	case "send":
		spanKind = trace.SpanKindProducer
	case "receive":
		spanKind = trace.SpanKindConsumer
	}
	return p.startOperation(ctx, "channel."+operation, spanKind, keyChannelType.String(kind), keyChannelID.String(id))
}

// argument is the text of a tool's argument. What is cut loses its secrets before: half of one may not
// look like one any more.
func argument(value any) string {
	text := fmt.Sprint(value)
	if len(text) <= maxArgumentBytes {
		return text
	}
	return cut(redact.String(cut(text, 2*maxArgumentBytes)), maxArgumentBytes)
}

// cut shortens text to so many bytes, at a boundary of characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
