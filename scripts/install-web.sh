#!/bin/sh
# Installs what the web app's tests need: Debian's Chromium and the pinned npm packages.
set -eu
cd "$(dirname "$0")/../web"
command -v node >/dev/null 2>&1 || { echo "the web app's tests need Node 20.19 or newer" >&2; exit 1; }
if ! command -v chromium >/dev/null 2>&1; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-inter fonts-noto-cjk
fi
command -v chromium >/dev/null
npm ci --no-audit --no-fund --loglevel=error
