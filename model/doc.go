// Package model holds the words that every part of the hub shares: capabilities
// and their attributes, values with unit, time, quality and cause, devices as
// adapters describe them, commands and the stages of their life.
//
// It is a leaf: it imports only the standard library, does no I/O, reads no
// clock and draws no random number. The capability catalogue is data, in
// model/spec/*.yaml; `go generate ./model` makes catalogue_gen.go, the JSON
// Schemas in model/schemas and docs/capabilities.md from it. Everybody else reads
// the catalogue through [LookupCapability], [LookupAttribute] and [LookupDeviceType].
//
// Conventions, kept by every adapter at its edge: human units (°C, %, K, W,
// kWh, lx, s), string enums, and open = true and 100 %.
package model

//go:generate go run ./gen
