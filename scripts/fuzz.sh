#!/bin/sh
# Runs each fuzz target of the repository for a time (first argument, default 30s). Each package's
# instrumented test is built once.
set -eu
time=${1:-30s}
cache=$(go env GOCACHE)/fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}} {{.ImportPath}}{{end}}' ./... | while read -r dir path; do
    targets=$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/^func //' | sort -u)
    [ -n "$targets" ] || continue
    (cd "$dir" && go test -c -fuzz . -o "$work/fuzz.test" .)
    for target in $targets; do
        echo "-- $target in ${dir#"$PWD"/}"
        (cd "$dir" && "$work/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" -test.fuzzcachedir "$cache/$path")
    done
done
