#!/usr/bin/env bash
# What CI runs of the Go runtime: format, vet, staticcheck and all tests with the race detector. It
# needs Go and a C compiler. The end-to-end tests also need the gateway's packages (npm ci): without
# them they are skipped, which the last line then says, or fail with INTEROP_REQUIRED=1.
# GO_TEST_REPORT=FILE writes the results there as JSON instead of showing them.
set -euo pipefail

cd "$(dirname "$0")"
export GOFLAGS="${GOFLAGS:-} -mod=readonly -buildvcs=false"

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
if [[ ! -e ../node_modules/node/bin/node ]]; then
    echo "SKIPPED: the end-to-end tests, because the gateway is not installed (npm ci)" >&2
fi
