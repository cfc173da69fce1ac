//go:build race

package sandbox

// Raced is whether this program carries the race detector: its shadow memory leaves no room for a limit on data.
const Raced = true
