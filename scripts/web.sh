#!/bin/sh
# Checks the web app: its types, words and built files are what their sources make, and a browser walks through all of it.
# Installs what it needs: the pinned npm packages and Debian's Chromium. PICTURES=60 takes the pictures of docs/pictures, after a minute.
set -eu
cd "$(dirname "$0")/../web"
command -v node >/dev/null 2>&1 || { echo "the web app's tests need Node 20.19 or newer" >&2; exit 1; }
if ! command -v chromium >/dev/null 2>&1; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-inter fonts-noto-cjk
fi
command -v chromium >/dev/null
npm ci --no-audit --no-fund --loglevel=error
HUB_BIN=$(mktemp -d)/hub
trap 'rm -rf "$(dirname "$HUB_BIN")"' EXIT
(cd .. && go build -o "$HUB_BIN" ./cmd/hub)
export HUB_BIN
npm run --silent check
node scripts/types.mjs --check
node scripts/check-dist.mjs
npm test
