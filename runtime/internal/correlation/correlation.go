// Package correlation carries through a context what ties telemetry of one piece of work together
// where a trace does not reach: the session, and an id that people can quote.
package correlation

import (
	"context"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
)

// Names of the attributes that spans and log records get from the context.
const (
	IDKey        = attribute.Key("correlation_id")
	SessionIDKey = attribute.Key("session.id")
)

type (
	idKey      struct{}
	sessionKey struct{}
)

// NewID returns an id that no other piece of work has: a random UUID, as everywhere in the runtime.
func NewID() string { return uuid.NewString() }

// WithID returns a context in which telemetry carries the given correlation id.
func WithID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// ID returns the correlation id of a context, or "".
func ID(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}

// WithSessionID returns a context in which telemetry carries the given session id.
func WithSessionID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, sessionKey{}, id)
}

// SessionID returns the session id of a context, or "".
func SessionID(ctx context.Context) string {
	id, _ := ctx.Value(sessionKey{}).(string)
	return id
}

// Attributes returns what the context carries, as attributes: none, one or both.
func Attributes(ctx context.Context) []attribute.KeyValue {
	var list []attribute.KeyValue
	if id := ID(ctx); id != "" {
		list = append(list, IDKey.String(id))
	}
	if id := SessionID(ctx); id != "" {
		list = append(list, SessionIDKey.String(id))
	}
	return list
}
