package home

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/concord-home/hub/model"
)

// effectOf works out the writes of a command. A toggle inverts what is desired, else what is; so two in a row are no race.
func (h *Home) effectOf(dev *Device, ep model.EndpointID, c model.Capability, spec *model.CommandSpec, args map[string]model.Value) ([]model.Write, error) {
	var out []model.Write
	attr := func(name string) model.Attribute { return model.Attribute(string(c) + "." + name) }
	if spec.Toggles != "" {
		now := dev.desired(Slot{ep, attr(spec.Toggles)})
		on, known := now.Bool()
		if !known {
			return nil, reject(model.ReasonUnknownState, "%s: whether it is %s is unknown, so it cannot be inverted", h.label(dev), spec.Toggles)
		}
		out = append(out, model.Write{Attribute: attr(spec.Toggles), Value: model.Bool(!on)})
	}
	for _, name := range sortedKeys(spec.Sets) {
		v, given, err := literal(spec.Sets[name], args)
		if err != nil {
			return nil, err
		}
		if given && dev.Property(Slot{ep, attr(name)}) != nil { // what the device lacks is left out
			out = append(out, model.Write{Attribute: attr(name), Value: v})
		}
	}
	for _, name := range sortedKeys(spec.Adds) {
		by, given, err := literal(spec.Adds[name], args)
		if err != nil {
			return nil, err
		}
		if !given || dev.Property(Slot{ep, attr(name)}) == nil {
			continue
		}
		w, err := h.added(dev, Slot{ep, attr(name)}, by)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func literal(s string, args map[string]model.Value) (model.Value, bool, error) {
	if arg, isArg := strings.CutPrefix(s, "$"); isArg {
		v, given := args[arg]
		return v, given, nil
	}
	var v model.Value
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		return v, false, fmt.Errorf("the catalogue's value %q: %w", s, err)
	}
	return v, true, nil
}

// added is a relative write made absolute, within the property's range.
func (h *Home) added(dev *Device, slot Slot, by model.Value) (model.Write, error) {
	now, known := dev.desired(slot).Number()
	step, _ := by.Number()
	if !known {
		return model.Write{}, reject(model.ReasonUnknownState, "%s: %s is unknown, so nothing can be added to it", h.label(dev), slot.Attribute)
	}
	sum := now + step
	if p := dev.Property(slot); p != nil {
		if p.Min != nil {
			sum = max(sum, *p.Min)
		}
		if p.Max != nil {
			sum = min(sum, *p.Max)
		}
	}
	return model.Write{Attribute: slot.Attribute, Value: model.Number(sum)}, nil
}

// desired is what is asked of a slot, else what it is.
func (d *Device) desired(s Slot) model.Value {
	st, _ := d.State(s)
	if !st.Desired.IsUnknown() {
		return st.Desired
	}
	return st.Value
}
