// Package home is the heart of the hub: a pure state machine. It takes one [Fact]
// at a time through [Home.Apply], updates its state and answers with [Effect]s. It
// does no I/O, starts no goroutine, reads no clock and draws no random number:
// every fact carries its time and its number in the log, so that the same facts
// give the same effects, byte for byte.
//
// The package hub owns the one Home, feeds it, carries out its effects and logs its
// facts. Everybody else reads immutable [View]s. Scenes and presence run inside
// Apply through the interfaces [Scenes] and [Presence].
//
// A Home is not safe for concurrent use; its Views are.
package home
