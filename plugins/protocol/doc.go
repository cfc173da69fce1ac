// Package protocol is what the hub and a plugin say to each other: JSON-RPC 2.0, one message a line,
// UTF-8, over the plugin's standard input and output. Protocol 1 is the contract of package adapters
// (describe, report, event, reachable, execute) for a process of its own, plus its life: initialize,
// configure, ping, shut down.
//
// Both sides use a [Conn]: the host in plugins/host, the Go SDK in plugins/sdk, and the conformance kit,
// which plays the hub. The messages are the types of messages.go; [Methods] lists them all, with who
// sends which. `go generate ./plugins/protocol` makes a JSON Schema of each (plugins/protocol/schema)
// and the tables of docs/plugins.md; unknown members of a message are ignored, so that either
// side may be newer.
package protocol

//go:generate go run ./gen
