// Package hue is the hub's adapter for Philips Hue bridges (the square ones, BSB002 and BSB003), over their local CLIP v2 API.
//
// A bridge is found by mDNS, paired by pressing its button (Permit), and from then on known by the SHA-256 of its
// certificate, which no authority that Go knows vouches for. For each bridge a [bridge] fetches all resources, follows
// the event stream and carries commands out, ten a second to lamps and one to groups, joined where they pile up. The
// bridge sends no sign of life on its stream, so a cheap question every minute tells a silent one from a dead one; after any
// gap all is fetched anew.
//
// What a resource means is in translate.go: devices with their lights, sensors and buttons, and rooms and zones as groups of
// lights with the scenes that belong to them. Lamps are known by their Zigbee address, which merges them with other adapters' views.
//
// API: https://developers.meethue.com/develop/hue-api-v2/ (facts checked against bridge firmware 1.78).
package hue
