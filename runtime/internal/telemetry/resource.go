package telemetry

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/pryx-co/pryx/runtime/internal/redact"
)

// newResource describes the process on every item that it sends. Config wins over
// OTEL_RESOURCE_ATTRIBUTES, which wins over what is found out here.
func newResource(ctx context.Context, s settings, deviceID string) (*resource.Resource, error) {
	found := []attribute.KeyValue{
		semconv.ServiceInstanceID(uuid.NewString()),
		semconv.HostArchKey.String(runtime.GOARCH),
		semconv.OSTypeKey.String(runtime.GOOS),
	}
	chosen := append([]attribute.KeyValue{
		semconv.ServiceName(s.ServiceName),
		semconv.ServiceVersion(s.ServiceVersion),
		semconv.DeviceID(deviceID),
	}, s.ResourceAttributes...)
	described, err := resource.New(ctx,
		resource.WithSchemaURL(semconv.SchemaURL),
		resource.WithTelemetrySDK(),
		resource.WithAttributes(found...),
		resource.WithFromEnv(),
		resource.WithAttributes(chosen...),
	)
	// Both mean a resource that is usable, with less in it or without a schema.
	if err != nil && (described == nil || !errors.Is(err, resource.ErrPartialResource) && !errors.Is(err, resource.ErrSchemaURLConflict)) {
		return nil, fmt.Errorf("describe the process: %w", err)
	}
	return resource.NewWithAttributes(described.SchemaURL(), redact.Attributes(described.Attributes())...), nil
}
