#!/bin/sh
# The vendor's path of docs/plugins.md, from nothing to a signed, gold plugin that runs in a demo house, timed, once a
# language: scripts/vendors-path.sh [go] [python] [node]. It works in an empty folder of its own and needs no network.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- go python node
work=$(mktemp -d)
hub=$work/bin/hub
house=
trap '[ -z "$house" ] || kill "$house" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
export GOPROXY=off CONCORD_DATA="$work/data"
(cd "$root" && CGO_ENABLED=0 go build -o "$hub" ./cmd/hub)
"$hub" run --demo --data "$CONCORD_DATA" --http 127.0.0.1:0 --mqtt 127.0.0.1:0 --discover=false >"$work/house.log" 2>&1 &
house=$!

now() { date +%s%N; }
step() { # NAME COMMAND...: runs the command and says how long it took
	name=$1
	shift
	began=$(now)
	"$@" >"$work/step.log" 2>&1 || { echo "$language: $name failed:"; cat "$work/step.log"; exit 1; }
	echo "$language $name: $((($(now) - began) / 1000000)) ms"
}
with_password() { echo "correct horse battery" | "$@"; }
runs() { # until the plugin runs
	for _ in $(seq 100); do
		"$hub" plugin list 2>/dev/null | grep "^acme-$language .*running" && return
		sleep 0.2
	done
	"$hub" plugin show "acme-$language"
	return 1
}

for language in "$@"; do
	mkdir "$work/$language"
	cd "$work/$language"
	start=$(now)
	if [ "$language" = go ]; then
		step new "$hub" plugin new acme-go --language go --sdk "$root"
	else
		step new "$hub" plugin new "acme-$language" --language "$language"
	fi
	step test "$hub" plugin test "acme-$language" --want gold
	step pack "$hub" plugin pack "acme-$language" -o "acme-$language.hubplugin"
	step key with_password "$hub" plugin key vendor.key
	step sign with_password "$hub" plugin sign "acme-$language.hubplugin" --key vendor.key
	step install "$hub" plugin install "acme-$language.hubplugin"
	step runs runs
	echo "$language in all: $((($(now) - start) / 1000000000)) s"
done
