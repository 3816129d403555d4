package main

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

const (
	scopeName    = "pryx-core"
	scopeVersion = "1.4.2"
	schemaURL    = "https://opentelemetry.io/schemas/1.27.0"
)

// epoch is the fixed start of everything that carries a time of our choosing. Its nanoseconds
// do not survive a trip through a float64, so a receiver that rounds is found out.
var epoch = time.Unix(1767225600, 123456789).UTC()

// newResource describes a fixed machine: nothing of the host that runs this program is sent.
func newResource(opts options) *resource.Resource {
	return resource.NewWithAttributes(schemaURL,
		attribute.String("service.name", opts.service()),
		attribute.String("service.version", "1.4.2"),
		attribute.String("device.id", "pryx-device-0001"),
		attribute.String("host.arch", "arm64"),
		attribute.String("host.os", "darwin"),
		attribute.String("run.id", opts.runID),
		attribute.String("telemetry.sdk.name", "opentelemetry"),
		attribute.String("telemetry.sdk.language", "go"),
	)
}
