#!/bin/sh
# Runs each fuzz target of the repository for a time (first argument, default 30s).
set -eu
time=${1:-30s}
go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' ./... | while read -r dir; do
    for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/^func //' | sort -u); do
        echo "-- $target in ${dir#"$PWD"/}"
        (cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" .)
    done
done
