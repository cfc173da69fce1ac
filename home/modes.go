package home

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/concord-home/hub/model"
)

// Mode is what the house as a whole is about: exactly one at a time.
type Mode struct {
	Name  string       `json:"name"`
	Since time.Time    `json:"since,omitzero"`
	Cause *model.Cause `json:"cause,omitempty"`
}

// usualModes are the modes of a house that has not chosen its own. The first is the one it begins with.
var usualModes = []string{"home", "away", "night", "vacation", "guest"}

const (
	maxModes    = 32
	maxModeName = 64 // bytes
)

// Surroundings are what scenes see of the house as a whole.
type Surroundings struct {
	Mode  Mode
	Modes []string
	Zone  string // IANA name of the time zone; empty is UTC
	Place *Place // nil while nobody has said
}

func (s *state) surroundings() Surroundings {
	out := Surroundings{Mode: s.Mode, Modes: s.Modes, Zone: s.Zone, Place: s.Place}
	if len(out.Modes) == 0 {
		out.Modes = usualModes
	}
	if out.Mode.Name == "" {
		out.Mode.Name = out.Modes[0]
	}
	return out
}

func (r reader) Surroundings() Surroundings { return r.h.st.surroundings() }

// Surroundings are the mode, the time zone and the place.
func (v *View) Surroundings() Surroundings { return v.st.surroundings() }

func (h *Home) setMode(b ModeSet) error {
	now := h.st.surroundings()
	if !slices.Contains(now.Modes, b.Mode) {
		return refuse("mode", b.Mode, "one of "+strings.Join(now.Modes, ", "))
	}
	if b.Mode == now.Mode.Name {
		return nil
	}
	h.st.Mode = Mode{Name: b.Mode, Since: h.at, Cause: b.Cause}
	h.emit(HouseMoved{Seq: h.seq, What: "mode"})
	h.occur(Occurrence{Kind: OccurredMode, Name: b.Mode, FromState: now.Mode.Name, ToState: b.Mode, At: h.at, Cause: b.Cause})
	return nil
}

func (h *Home) setModes(b ModesSet) error {
	if len(b.Modes) == 0 || len(b.Modes) > maxModes {
		return refuse("modes", fmt.Sprint(len(b.Modes)), fmt.Sprintf("1 to %d modes", maxModes))
	}
	for i, m := range b.Modes {
		if strings.TrimSpace(m) != m || m == "" || len(m) > maxModeName || slices.Contains(b.Modes[:i], m) {
			return refuse("mode", m, "a name that no other mode has, without spaces around it")
		}
	}
	if now := h.st.surroundings().Mode.Name; !slices.Contains(b.Modes, now) {
		return refuse("modes", strings.Join(b.Modes, ", "), "the present mode, "+now+", among them: begin another first")
	}
	h.st.Modes = slices.Clone(b.Modes)
	h.emit(HouseMoved{Seq: h.seq, What: "mode"})
	return nil
}

// setZone takes the time zone's name as it is: the edge knows which there are.
func (h *Home) setZone(b ZoneSet) error {
	if b.Zone == "" || len(b.Zone) > 64 {
		return refuse("time zone", b.Zone, "an IANA name such as Europe/Berlin")
	}
	h.st.Zone = b.Zone
	h.emit(HouseMoved{Seq: h.seq, What: "zone"})
	h.occur(Occurrence{Kind: OccurredPlanned, At: h.at})
	return nil
}

// stepClock moves what was to happen in a while by as much as the clock was set: ten minutes stay ten minutes.
// What is to happen at a time of day is for the scenes to plan anew.
func (h *Home) stepClock(by time.Duration) {
	for _, id := range sortedKeys(h.st.Timers) {
		if !strings.HasPrefix(id, SceneTimer) {
			h.setTimer(id, unixNano(h.st.Timers[id]).Add(by))
		}
	}
	h.occur(Occurrence{Kind: OccurredPlanned, Stepped: by, At: h.at})
	for _, id := range sortedKeys(h.st.Timers) { // the hub's own clocks run on as before the step
		if strings.HasPrefix(id, SceneTimer) {
			h.emit(SetTimer{Timer: id, At: unixNano(h.st.Timers[id])})
		}
	}
}
