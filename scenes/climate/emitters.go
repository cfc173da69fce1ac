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
	fall  float64 // share of the difference to outside that a room with such an emitter loses in an hour when let go
}

var emitters = map[string]emitter{
	"radiator":  {rate: 2.2, dead: 0.25, least: 4 * time.Minute, fall: 0.03},
	"floor":     {rate: 0.5, dead: 0.8, least: 5 * time.Minute, fall: 0.015},
	"split":     {rate: 4, dead: 0.1, least: 5 * time.Minute, fall: 0.03},
	"convector": {rate: 4.5, dead: 0.05, fall: 0.045},
	"heat_pump": {rate: 1.5, dead: 0.4, least: 5 * time.Minute, fall: 0.025},
	"cooling":   {rate: 4, dead: 0.1, least: 5 * time.Minute, fall: 0.03},
}

// Emitters are the kinds that a document may name.
func Emitters() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(emitters)), func(k string) bool { return k == "cooling" })
}
