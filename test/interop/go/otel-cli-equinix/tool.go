// Package otelcli pins one otel-cli release and everything it is built from: the sums next to
// this file say exactly what a test runs, which "go install" of a version would not.
package otelcli
