package home

import (
	"time"

	"github.com/concord-home/hub/model"
)

// Value is what an attribute is now, without taking a view; unknown when there is no such attribute.
func (h *Home) Value(id model.DeviceID, slot Slot) model.Value {
	d := h.device(id)
	if d == nil {
		return model.Value{}
	}
	st, _ := d.State(slot)
	return st.Value
}

// Timers are the timers that the house waits for, and when each is due.
func (h *Home) Timers() map[string]time.Time {
	out := make(map[string]time.Time, len(h.st.Timers))
	for id, at := range h.st.Timers {
		out[id] = unixNano(at)
	}
	return out
}
