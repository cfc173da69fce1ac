#!/bin/sh
# Kills a running hub at random moments, with timers pending (first argument: how often, default 1000), and counts
# commands: none lost, none twice, none spurious.
set -eu
exec go test ./hub -run '^TestKillsLoseNoTimerAndRepeatNoEvent$' -count=1 -v -timeout 2h -hub.kills "${1:-1000}"
