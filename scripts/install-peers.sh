#!/bin/sh
# Installs the third-party peers that the real-peer suite talks to: mosquitto and network tools from
# Debian, zigbee2mqtt from npm (into PEERS, default .peers). A peer that cannot be installed is an error.
set -eu
peers=${PEERS:-$PWD/.peers}
missing=
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v mosquitto_pub >/dev/null 2>&1 || missing="$missing mosquitto-clients"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
if [ -n "$missing" ]; then
    apt-get update -q
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi
if [ ! -f "$peers/node_modules/zigbee2mqtt/index.js" ]; then
    mkdir -p "$peers"
    [ -f "$peers/package.json" ] || echo '{"private":true}' >"$peers/package.json"
    npm install --prefix "$peers" --no-audit --no-fund --loglevel=error zigbee2mqtt@2.14.1
fi
test -f "$peers/node_modules/zigbee2mqtt/index.js"
if [ ! -x "$peers/wyoming/bin/python" ]; then
    python3 -m venv "$peers/wyoming"
    "$peers/wyoming/bin/pip" install -q --disable-pip-version-check wyoming==1.8.0
fi
