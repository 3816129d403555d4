#!/usr/bin/env bash
# What CI runs of the Go runtime: format, vet, staticcheck and all tests with the race
# detector. The end-to-end tests need the gateway's packages (npm ci) and are skipped without them,
# unless INTEROP_REQUIRED=1. GO_TEST_REPORT=FILE writes the results there as JSON instead of showing
# them.
set -euo pipefail

cd "$(dirname "$0")"
export GOFLAGS="-mod=readonly -buildvcs=false"

unformatted="$(gofmt -l .)"
if [[ -n "$unformatted" ]]; then
    echo "not formatted with gofmt:" "$unformatted" >&2
    exit 1
fi
go mod download
go vet ./...
go tool staticcheck ./...
if [[ -n "${GO_TEST_REPORT:-}" ]]; then
    go test -race -json ./... >"$GO_TEST_REPORT"
else
    go test -race ./...
fi
