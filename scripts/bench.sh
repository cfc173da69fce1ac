#!/bin/sh
# Measures against the budgets: the Go benchmarks, each with its floor, then the hub's own binary with the
# outside yardstick perfload (RIGS, default ../shared/rigs).
set -eu
go test -run '^$' -bench . -benchmem ./home ./scenes/... ./rehearsal ./store ./mqtt ./adapters/... ./bridge/... ./plugins/... ./hap/...
go run ./bench -rigs "${RIGS:-../shared/rigs}" "$@"
