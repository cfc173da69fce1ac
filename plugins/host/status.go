package host

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/concord-home/hub/adapters"
	"github.com/concord-home/hub/model"
	"github.com/concord-home/hub/plugins/manifest"
)

// State is a stage of a plugin's life.
type State string

// The states.
const (
	Disabled   State = "disabled"    // a person stopped it
	Starting   State = "starting"    //
	Running    State = "running"     //
	Degraded   State = "degraded"    // it runs, and something is the matter
	BackingOff State = "backing-off" // it ended and is started again soon
	Failed     State = "failed"      // it ended too often: a person has to look
)

// Status says how a plugin is.
type Status struct {
	Name         string             `json:"name"`
	Version      string             `json:"version"`
	Title        model.Text         `json:"title"`
	Vendor       string             `json:"vendor,omitempty"`
	Signed       bool               `json:"signed"`
	Dev          bool               `json:"dev,omitempty"`
	State        State              `json:"state"`
	Problem      string             `json:"problem,omitempty"` // what is the matter, or why it last ended
	Since        time.Time          `json:"since"`             // in this state
	Confined     bool               `json:"confined"`
	Confinement  string             `json:"confinement,omitempty"` // in words, once it has run
	Restarts     int                `json:"restarts"`
	Devices      int                `json:"devices"`
	Messages     int                `json:"messages"`
	Faults       int                `json:"faults"` // messages, or parts of them, that were not taken
	LastFault    string             `json:"last_fault,omitempty"`
	LogsDropped  int                `json:"logs_dropped,omitempty"`
	MemoryBytes  int64              `json:"memory_bytes,omitempty"`
	Capabilities []model.Capability `json:"capabilities,omitempty"`
	Network      manifest.Network   `json:"network,omitzero"`
	Fields       []manifest.Field   `json:"fields,omitempty"` // what may be configured
	Config       json.RawMessage    `json:"config,omitempty"` // secrets are masked
	Schema       json.RawMessage    `json:"schema,omitempty"`
}

// checks are the doctor's findings about a plugin.
func (s Status) checks() []adapters.Check {
	ok := s.State == Running || s.State == Starting || s.State == Disabled
	detail := fmt.Sprintf("%s, version %s, %d devices, %d messages, %d restarts", s.State, s.Version, s.Devices, s.Messages, s.Restarts)
	if !ok {
		detail = fmt.Sprintf("%s: %s", s.State, s.Problem)
	}
	out := []adapters.Check{{Name: s.Name, OK: ok, Detail: detail}}
	if s.State == Failed {
		out = append(out, adapters.Check{Name: s.Name, Detail: "start it again with: hub plugin enable " + s.Name})
	}
	if s.Confinement != "" && !s.Confined {
		out = append(out, adapters.Check{Name: s.Name, OK: false, Detail: s.Confinement})
	}
	if s.Faults > 0 {
		out = append(out, adapters.Check{Name: s.Name, OK: true, Detail: fmt.Sprintf("%d messages not taken; the last: %s", s.Faults, s.LastFault)})
	}
	return out
}
