package climate

import (
	"maps"
	"slices"
	"time"
)

// emitter is what a kind of heating or cooling does when nothing has been learned.
type emitter struct {
	rate float64 // K/h in a middling house, 28 K colder outside
	dead float64 // hours until anything is felt
	// least is how long what makes the heat or cold must run, and stand, at least: a compressor, a burner. Its maker's figure
	// where the device keeps one itself; these are what thermostats are commonly set to.
	least time.Duration
}

var emitters = map[string]emitter{
	"radiator":  {rate: 2.2, dead: 0.25, least: 4 * time.Minute},
	"floor":     {rate: 0.5, dead: 0.8, least: 5 * time.Minute},
	"split":     {rate: 4, dead: 0.1, least: 5 * time.Minute},
	"convector": {rate: 4.5, dead: 0.05},
	"heat_pump": {rate: 1.5, dead: 0.4, least: 5 * time.Minute},
	"cooling":   {rate: 4, dead: 0.1, least: 5 * time.Minute},
}

// Emitters are the kinds that a document may name.
func Emitters() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(emitters)), func(k string) bool { return k == "cooling" })
}
