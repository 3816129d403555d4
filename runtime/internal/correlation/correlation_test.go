package correlation

import (
	"testing"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
)

func TestContextCarriesIDs(t *testing.T) {
	ctx := t.Context()
	if ID(ctx) != "" || SessionID(ctx) != "" || len(Attributes(ctx)) != 0 {
		t.Errorf("an empty context carries %v", Attributes(ctx))
	}
	ctx = WithSessionID(WithID(ctx, "c-1"), "s-1")
	got := attribute.NewSet(Attributes(ctx)...)
	want := attribute.NewSet(attribute.String("correlation_id", "c-1"), attribute.String("session.id", "s-1"))
	if !got.Equals(&want) || ID(ctx) != "c-1" || SessionID(ctx) != "s-1" {
		t.Errorf("attributes %v, want %v", got.ToSlice(), want.ToSlice())
	}
}

func TestNewID(t *testing.T) {
	first, second := NewID(), NewID()
	if first == second || uuid.Validate(first) != nil {
		t.Errorf("ids %q and %q", first, second)
	}
}
