package climate

import "time"

// LeastCycle is how long what makes an emitter's heat or cold runs, and stands, at least; of "" that of a radiator.
func LeastCycle(kind string) time.Duration {
	if kind == "" {
		kind = "radiator"
	}
	return emitters[kind].least
}
