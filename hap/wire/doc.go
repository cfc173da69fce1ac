// Package wire carries HAP over TCP: [Conn] encrypts a connection in frames once both sides have verified each
// other, and [Reader] takes requests, responses and events off it.
//
// Use: an accessory reads requests with Reader.Request; a controller reads with Reader.Answer from one goroutine
// only, which tells responses from events. Writing goes through Conn.Write, one whole message a call: counter,
// encryption and socket are one critical section, so that an event never falls into a response.
//
// Source: HAP Specification R2, chapters 6.5.2 (session security) and 6.8 (events).
package wire
