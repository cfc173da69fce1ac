#!/bin/sh
# The real-peer suite: an unmodified zigbee2mqtt over a simulated radio, against the hub. Needs the
# rigs beside the repository (RIGS, default ../shared/rigs) and the peers that install-peers.sh installs.
set -eu
sh scripts/install-peers.sh
PEERS=${PEERS:-$PWD/.peers} RIGS=${RIGS:-$PWD/../shared/rigs} CI_PEERS=1 go test -count=1 -v -timeout 15m -parallel 3 ./realpeer/...
