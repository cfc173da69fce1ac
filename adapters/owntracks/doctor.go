package owntracks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/adapters"
)

// Checks says how each phone is heard, problems first.
func (a *Adapter) Checks() []adapters.Check {
	a.mu.Lock()
	defer a.mu.Unlock()
	var bad, good []adapters.Check
	for _, tracker := range slices.Sorted(maps.Keys(a.trackers)) {
		h := a.trackers[tracker]
		c := adapters.Check{Name: strings.TrimPrefix(tracker, prefix), OK: h.problem == ""}
		if c.OK {
			c.Detail = "no position yet"
			if h.fixes > 0 {
				c.Detail = fmt.Sprintf("%d positions, the newest of %s", h.fixes, h.at.Format(time.RFC3339))
			}
			if h.regions > 0 {
				c.Detail += fmt.Sprintf("; regions were told of %d times", h.regions)
			}
			good = append(good, c)
			continue
		}
		c.Detail = fmt.Sprintf("%s (%d messages so far)", h.problem, h.problems)
		bad = append(bad, c)
	}
	if len(a.trackers) >= maxTrackers {
		bad = append(bad, adapters.Check{Name: "phones", Detail: fmt.Sprintf("%d phones have been heard of, and no more are taken: see who may write to owntracks/ on the broker", maxTrackers)})
	}
	return append(bad, good...)
}
