// Package homekit shows the house in Apple Home and to every other HAP controller: one or more HAP bridges, each with
// an address, a set-up code and up to 149 accessories of its own.
//
// Use: New(Options{House: ..., Memory: ...}), then Run. Devices come and go at run time. What each can be in HomeKit is
// data, in services_table.go and devices_table.go.
//
// The data model (accessory, service, characteristic) is github.com/brutella/hap's. The transport is ours and shares
// package hap with the controller: the library's mixes events into responses, blocks the whole house on one
// phone that has left, and loses negative numbers on 64-bit ARM.
//
// Nothing here is remembered of a device's values: what is asked for is read from the house at that moment. A device that
// cannot be reached, or a value that nobody knows, is answered with HAP's status for it, never with something stale.
//
// Source: HAP Specification R2 (non-commercial), chapters 5 to 9.
package homekit
