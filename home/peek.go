package home

import "github.com/concord-home/hub/model"

// Value is what an attribute is now, without taking a view; unknown when there is no such attribute.
func (h *Home) Value(id model.DeviceID, slot Slot) model.Value {
	d := h.device(id)
	if d == nil {
		return model.Value{}
	}
	st, _ := d.State(slot)
	return st.Value
}
