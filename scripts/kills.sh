#!/bin/sh
# Kills a running hub, its own program, at random moments with scenes' timers pending (first argument: how often,
# default 1000; about a second each), and counts what became of each press: none lost, none twice, none for nothing.
set -eu
cd "$(dirname "$0")/.."
hub=$(mktemp -d)
trap 'rm -rf "$hub"' EXIT
CGO_ENABLED=0 go build -o "$hub/hub" ./cmd/hub
go test ./cmd/hub -run '^TestKillsLoseNoTimerAndRepeatNoEvent$' -count=1 -v -timeout 2h -kills "${1:-1000}" -kills.hub "$hub/hub"
