#!/bin/sh
# Checks the web app: its types, words and built files are what their sources make, and a browser walks through all of it.
# Installs what it needs first, unless INSTALLED says that it is there. PICTURES=60 takes the pictures of docs/pictures, after a minute.
set -eu
cd "$(dirname "$0")/../web"
[ -n "${INSTALLED:-}" ] || sh ../scripts/install-web.sh
HUB_BIN=$(mktemp -d)/hub
trap 'rm -rf "$(dirname "$HUB_BIN")"' EXIT
(cd .. && go build -o "$HUB_BIN" ./cmd/hub)
export HUB_BIN
npm run --silent check
node scripts/types.mjs --check
node scripts/check-dist.mjs
npm test
