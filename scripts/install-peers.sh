#!/bin/sh
# Installs the third-party peers that the real-peer suite talks to: mosquitto and network tools from
# Debian, zigbee2mqtt, hap-nodejs, hap-controller and homebridge from npm and aiohomekit from PyPI (into
# PEERS, default .peers), and qemu, which runs the arm64 build. A peer that cannot be installed is an error.
set -eu
peers=${PEERS:-$PWD/.peers}
missing=
command -v mosquitto >/dev/null 2>&1 || [ -x /usr/sbin/mosquitto ] || missing="$missing mosquitto"
command -v mosquitto_pub >/dev/null 2>&1 || missing="$missing mosquitto-clients"
command -v ip >/dev/null 2>&1 || missing="$missing iproute2"
command -v qemu-aarch64-static >/dev/null 2>&1 || missing="$missing qemu-user-static"
python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"
python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
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
if [ ! -d "$peers/node_modules/homebridge-http-webhooks" ]; then
    npm install --prefix "$peers" --no-audit --no-fund --loglevel=error \
        hap-nodejs@1.2.0 hap-controller@0.10.2 homebridge@1.11.4 homebridge-dummy@0.9.0 homebridge-http-webhooks@0.2.0
fi
if [ ! -x "$peers/venv/bin/python" ]; then
    python3 -m venv "$peers/venv"
    "$peers/venv/bin/pip" install -q aiohomekit==4.0.1
fi
"$peers/venv/bin/python" -c 'import aiohomekit'

# ECHONET Lite: a device and a controller (echonet-lite forgets to name date-utils).
if [ ! -d "$peers/node_modules/node-echonet-lite" ]; then
    npm install --prefix "$peers" --no-audit --no-fund --loglevel=error echonet-lite@2.16.2 date-utils@1.2.21 node-echonet-lite@0.6.0
fi

# The mock bridge of go-hue, a module of its own.
[ -x "$peers/huemock" ] || go -C realpeer/huemock build -o "$peers/huemock" .

# Home Assistant 2024.3 needs Python 3.11 or 3.12.
if [ ! -x "$peers/ha/bin/python" ]; then
    for python in python3.11 python3.12 python3; do
        if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            "$python" -m venv "$peers/ha"
            "$peers/ha/bin/pip" install -q homeassistant==2024.3.3 paho-mqtt==1.6.1 janus==1.0.0 aiohttp-cors==0.7.0 \
                aiohttp-fast-url-dispatcher==0.3.0 aiohttp-zlib-ng==0.3.1
            break
        fi
    done
fi
test -x "$peers/ha/bin/python"
if [ ! -x "$peers/wyoming/bin/python" ]; then
    python3 -m venv "$peers/wyoming"
    "$peers/wyoming/bin/pip" install -q --disable-pip-version-check wyoming==1.8.0
fi
