package climate

import (
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// mode is what somebody asked of the scene beside the everyday.
type mode struct {
	Name  string    `json:"name,omitempty"` // "", "vacation", "guest", "boost", "pause"
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

var modeNames = []string{"auto", "vacation", "guest", "boost", "pause"}

// How long a mode lasts when nobody says, and at most.
var modeLasts = map[string]time.Duration{"guest": 24 * time.Hour, "boost": time.Hour, "pause": 24 * time.Hour}

const longestMode = 180 * 24 * time.Hour

// ask takes the arguments with which somebody ran the scene: mode, and until (a time) or hours.
func (m *mode) ask(args map[string]model.Value, now time.Time) (problem string) {
	if len(args) == 0 {
		return ""
	}
	name := args["mode"].String()
	if !slices.Contains(modeNames, name) {
		return "mode " + name + ": expected one of " + strings.Join(modeNames, ", ")
	}
	if name == "auto" {
		*m = mode{}
		return ""
	}
	until := now.Add(modeLasts[name])
	if h, ok := args["hours"].Number(); ok && h > 0 && h <= longestMode.Hours() {
		until = now.Add(time.Duration(h * float64(time.Hour)))
	}
	if s, ok := args["until"].Text(); ok {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return "until " + s + ": expected a time such as 2026-02-14T18:00:00+01:00"
		}
		until = t
	}
	if name == "vacation" && !until.After(now.Add(time.Minute)) {
		return "vacation: expected until, the moment of the return"
	}
	if !until.After(now) || until.Sub(now) > longestMode {
		return "until: expected a moment to come, within 180 days"
	}
	*m = mode{Name: name, Since: now, Until: until}
	return ""
}

// lapse ends a mode whose time is over.
func (m *mode) lapse(now time.Time) {
	if m.Name != "" && !now.Before(m.Until) {
		*m = mode{}
	}
}
