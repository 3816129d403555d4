package errors

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
)

// MCP runs a call of an MCP server's tool and reports how it failed, as [Collector.Do] does.
func (c *Collector) MCP(ctx context.Context, server, tool string, call func(context.Context) error) error {
	return c.Do(ctx, CategoryMCP, call,
		WithMetadata(attribute.String("mcp.server", server), attribute.String("mcp.tool", tool)))
}

// Channel runs an operation of a channel, such as sending a message over Telegram, and reports how it
// failed, as [Collector.Do] does.
func (c *Collector) Channel(ctx context.Context, kind, id string, call func(context.Context) error) error {
	return c.Do(ctx, CategoryChannel, call,
		WithMetadata(attribute.String("channel.type", kind), attribute.String("channel.id", id)))
}
