package converse

import (
	"strconv"

	"github.com/concord-home/hub/home"
	"github.com/concord-home/hub/model"
)

func can(d *home.Device, attrs ...model.Attribute) (model.Attribute, bool) {
	for _, a := range attrs {
		if s, ok := d.Find(a); ok && d.Property(s).Access.CanWrite() {
			return a, true
		}
	}
	return "", false
}

func write(d *home.Device, pairs ...any) (home.Ask, bool) {
	a := home.Ask{Device: d.ID}
	for i := 0; i+1 < len(pairs); i += 2 {
		name := pairs[i].(model.Attribute)
		if _, ok := can(d, name); ok {
			a.Writes = append(a.Writes, model.Write{Attribute: name, Value: pairs[i+1].(model.Value)})
		}
	}
	return a, len(a.Writes) > 0
}

func command(d *home.Device, name model.Attribute) (home.Ask, bool) {
	for _, e := range d.Endpoints() {
		if d.HasAction(e.ID, name) {
			return home.Ask{Device: d.ID, Endpoint: e.ID, Command: name}, true
		}
	}
	return home.Ask{}, false
}

func number(d *home.Device, a model.Attribute) (float64, bool) {
	s, ok := d.Find(a)
	if !ok {
		return 0, false
	}
	st, _ := d.State(s)
	if !st.Desired.IsUnknown() {
		return st.Desired.Number()
	}
	return st.Value.Number()
}

func text(d *home.Device, a model.Attribute) string {
	s, ok := d.Find(a)
	if !ok {
		return ""
	}
	st, _ := d.State(s)
	v, _ := st.Value.Text()
	return v
}

func truth(d *home.Device, a model.Attribute) (value, known bool) {
	s, ok := d.Find(a)
	if !ok {
		return false, false
	}
	st, _ := d.State(s)
	return st.Value.Bool()
}

// opens reports whether opening it lets somebody in.
func opens(d *home.Device) bool {
	switch classOf(d) {
	case "garage", "gate", "door":
		return true
	}
	return d.Type() == "door_lock"
}

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// everyGang switches a device; one with several gangs is switched at its main one, else the first.
func everyGang(d *home.Device, on bool) (home.Ask, bool) { return write(d, attrOn, model.Bool(on)) }

func modes(d *home.Device) []string {
	s, ok := d.Find(attrMode)
	if !ok || !d.Property(s).Access.CanWrite() {
		return nil
	}
	return d.Property(s).Options
}

func firstOf(options []string, wanted ...string) string {
	for _, w := range wanted {
		for _, o := range options {
			if o == w {
				return w
			}
		}
	}
	return options[0]
}

// within keeps a value in what the device can do: "warm white" is as warm as it gets.
func within(d *home.Device, a model.Attribute, v float64) float64 {
	s, _ := d.Find(a)
	p := d.Property(s)
	if p.Min != nil {
		v = max(v, *p.Min)
	}
	if p.Max != nil {
		v = min(v, *p.Max)
	}
	return v
}
