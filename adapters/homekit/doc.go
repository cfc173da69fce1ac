// Package homekit is the hub's adapter for HomeKit accessories: a HAP controller over IP. It pairs with accessories
// by their set-up code, keeps a session with each, and needs no cloud and no Apple device.
//
// It has two halves. The translation is pure: translate turns an accessory's description of itself into a
// model.Description by its metadata; what a service or characteristic means is data, in rules_table.go. The live
// half is one link a pairing, each with a goroutine of its own, so that a slow accessory delays no other: it connects,
// verifies, reads, subscribes, and goes back to the start when the connection ends, by its own backoff. What
// mDNS says only adds addresses and wakes it.
//
// Sources are named by the accessory's device id and the accessory's number within it: "homekit/AA:BB:CC:DD:EE:FF/1".
//
// Source: HAP Specification R2 (non-commercial), chapters 5 and 6.
package homekit
